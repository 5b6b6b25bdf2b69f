// Known object store options, and options from the environment.
#include <cstdlib>

#include "bridge_testing.h"
#include "lancedb/connect_options.h"
#include "lancedb/storage_option_names.h"
#include "lancedb/store_address.h"

namespace metaxy::internal {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

using StorageOptions = std::vector<std::pair<std::string, std::string>>;

LanceConnectOptions Options(const std::string& uri, StorageOptions storage_options = {}) {
  LanceConnectOptions options;
  options.uri = uri;
  options.storage_options = std::move(storage_options);
  return options;
}

std::vector<std::string> Unknown(const std::string& uri, const StorageOptions& storage_options) {
  return Must(LanceConnection::UnknownStorageOptions(Options(uri, storage_options)));
}

/// Sets an environment variable, and restores it afterwards.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(StorageOptionsTest, NamesInMessagesAreKnown) {
  for (const char* scheme : {"s3", "s3+ddb", "gs", "az", "abfss"}) {
    const std::vector<std::string> names = StorageOptionNames(scheme);
    EXPECT_THAT(names, Not(IsEmpty()));
    StorageOptions options;
    for (const std::string& name : names) options.emplace_back(name, "x");
    EXPECT_THAT(Unknown(std::string(scheme) + "://bucket/path", options), IsEmpty()) << scheme;
  }
  EXPECT_THAT(StorageOptionNames("db"), IsEmpty());
}

TEST(StorageOptionsTest, OthersAreUnknown) {
  EXPECT_THAT(Unknown("s3://b", {{"regoin", "x"}, {"AWS_REGION", "x"}, {"aws_profile", "x"}}),
              ElementsAre("aws_profile", "regoin"));
  EXPECT_THAT(Unknown("gs://b", {{"aws_region", "x"}}), ElementsAre("aws_region"));
  EXPECT_THAT(Unknown("az://b", {{"account_name", "x"}, {"acount_key", "x"}}),
              ElementsAre("acount_key"));
  EXPECT_THAT(Unknown("s3://b", {{"headers.x-a", "x"}, {"lance_aimd_max_rate", "5"}}), IsEmpty());
}

// A directory accepts the options of the bucket that it stands in for; OpenDAL has many of its own.
TEST(StorageOptionsTest, WhereNamesAreNotKnownAllAreTaken) {
  EXPECT_THAT(Unknown("data", {{"what", "x"}}), IsEmpty());
  EXPECT_THAT(Unknown("db://name", {{"what", "x"}}), IsEmpty());
  EXPECT_THAT(Unknown("s3://b", {{"use_opendal", "true"}, {"what", "x"}}), IsEmpty());
}

TEST(StorageOptionsTest, AMisspeltNameIsAnErrorWithASuggestion) {
  const auto make = [](const char* options) {
    return MakeConnectOptions({.uri = "s3://b", .connect_kwargs = Must(Json::Parse(options))})
        .status();
  };
  EXPECT_TRUE(make(R"({"storage_options": {"region": "x", "allow_http": true}})").ok());
  const arrow::Status misspelt = make(R"({"storage_options": {"aws_acces_key_id": "x"}})");
  EXPECT_THAT(misspelt,
              FailsWith(ErrorCode::kInvalidConfig,
                        "has no option 'aws_acces_key_id' for s3://; did you mean "
                        "'aws_access_key_id'? It has, among others: aws_access_key_id, "));
  EXPECT_THAT(make(R"({"storage_options": {"colour": "x"}})"),
              FailsWith(ErrorCode::kInvalidConfig, "has no option 'colour' for s3://; it has, "));
}

TEST(StorageOptionsTest, VariablesWithoutTheServicesNameAreOptionsToo) {
  const Variable timeout("TIMEOUT", "");
  const Variable prefixed("AWS_TIMEOUT", "5s");
  const Variable other("TIMEOUT_OF_SOMETHING", "5s");
  const auto taken = [](const LanceConnectOptions& options) {
    return Must(LanceConnection::EnvironmentStorageOptions(options));
  };
  for (const char* uri : {"s3://b", "gs://b", "az://b"}) {
    EXPECT_THAT(taken(Options(uri)), Contains("TIMEOUT")) << uri;
    EXPECT_THAT(taken(Options(uri)), Not(Contains("TIMEOUT_OF_SOMETHING"))) << uri;
  }
  EXPECT_THAT(taken(Options("s3://b")), Not(Contains("AWS_TIMEOUT")));
  EXPECT_THAT(taken(Options("s3://b", {{"timeout", "1s"}})), Not(Contains("TIMEOUT")));
  EXPECT_THAT(taken(Options("data")), IsEmpty());
  EXPECT_THAT(taken(Options("db://name")), IsEmpty());
}

TEST(StoreAddressTest, FollowsFromOptionsAndEnvironment) {
  for (const char* name : {"AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"})
    unsetenv(name);
  EXPECT_EQ(StoreAddress(Options("s3://b")), "https://s3.amazonaws.com");
  EXPECT_EQ(StoreAddress(Options("s3://b", {{"Endpoint", "http://h:1"}})), "http://h:1");
  {
    const Variable endpoint("AWS_ENDPOINT", "http://e:2");
    EXPECT_EQ(StoreAddress(Options("s3://b")), "http://e:2");
  }
  EXPECT_EQ(StoreAddress(Options("gs://b")), "https://storage.googleapis.com");
  EXPECT_EQ(StoreAddress(Options(
                "gs://b", {{"google_service_account_key", R"({"gcs_base_url": "http://g:3"})"}})),
            "http://g:3");
  EXPECT_EQ(StoreAddress(Options("az://c", {{"account_name", "films"}})),
            "https://films.blob.core.windows.net");
  EXPECT_EQ(StoreAddress(Options("db://films/x")), "https://films.us-east-1.api.lancedb.com");
  LanceConnectOptions server = Options("db://films");
  server.host_override = "http://h:4";
  EXPECT_EQ(StoreAddress(server), "http://h:4");
  EXPECT_EQ(StoreAddress(Options("data")), std::nullopt);
}

}  // namespace
}  // namespace metaxy::internal
