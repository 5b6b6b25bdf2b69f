// A store's uri names the same location as in LanceDB's Python client, or is refused.
#include "lancedb/store_place.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "bridge_testing.h"
#include "lancedb/connect_options.h"

namespace metaxy::internal {
namespace {

// A temporary home directory.
class StorePlaceTest : public ::testing::Test {
 protected:
  StorePlaceTest() {
    if (const char* home = std::getenv("HOME")) before_ = home;
    setenv("HOME", "/homes/me", 1);
  }
  ~StorePlaceTest() override { setenv("HOME", before_.c_str(), 1); }

 private:
  std::string before_;
};

TEST_F(StorePlaceTest, IsWhereThePythonClientLooks) {
  const std::string here = std::filesystem::current_path().string();
  const std::string root = getpwuid(0)->pw_dir;
  struct Case {
    const char* uri;
    std::string place;
  };
  const std::vector<Case> cases = {
      {"metadata", here + "/metadata"},
      {"/data/store", "/data/store"},
      {"./metadata", here + "/./metadata"},
      {"a b#c?d", here + "/a b#c?d"},
      {"/data/my%20store", "/data/my%20store"},
      {"/data/a://b", "/data/a://b"},
      {"~", "/homes/me"},
      {"~/store", "/homes/me/store"},
      {"./~/store", "/homes/me/store"},
      {"data/~/store", here + "/data/~/store"},
      {"~root/store", root + "/store"},
      {"file:///data/store", "/data/store"},
      {"file:///data/my%20store", "/data/my%20store"},
      {"file:///data/a?b#c", "/data/a?b#c"},
      {"file://localhost/data", "/data"},
      {"file://~/store", "/homes/me/store"},
      {"file:/data/store", "/data/store"},
      {"file:store", here + "/file:store"},
      {"s3://bucket/a?b", "s3://bucket/a?b"},
      {"db://name", "db://name"},
      {"memory://", "memory://"},
  };
  for (const Case& c : cases) EXPECT_EQ(Must(StorePlace(c.uri)), c.place) << c.uri;
}

TEST_F(StorePlaceTest, RefusesOtherHostsAndUnknownHomes) {
  struct Case {
    const char* uri;
    const char* words;
  };
  for (const Case& c :
       {Case{"file://server/data", "names the host 'server'"},
        Case{"file://rel/path", "names the host 'rel'"}, Case{"file://", "names no directory"},
        Case{"file://localhost", "names no directory"},
        Case{"~no-such-user-here/store", "'no-such-user-here'"}}) {
    EXPECT_THAT(StorePlace(c.uri).status(), FailsWith(ErrorCode::kInvalidConfig, c.words)) << c.uri;
    EXPECT_THAT(MakeConnectOptions({.uri = c.uri}).status(),
                FailsWith(ErrorCode::kInvalidConfig, "file:///PATH"));
  }
}

TEST_F(StorePlaceTest, IsADirectoryIfItIsAPath) {
  EXPECT_EQ(LocalDirectory("/data/a://b"), std::filesystem::path("/data/a://b"));
  EXPECT_EQ(LocalDirectory("s3://bucket"), std::nullopt);
  EXPECT_EQ(Must(MakeConnectOptions({.uri = "~/store"})).uri, "/homes/me/store");
  EXPECT_EQ(DisplayUri("file:///data/a?b"), "file:///data/a?b");
}

// The first file format loses which values are null.
TEST_F(StorePlaceTest, NewTablesKeepNulls) {
  for (const char* version : {"legacy", "0.1"}) {
    const auto kwargs = Must(
        Json::Parse(std::string(R"({"storage_options": {"new_table_data_storage_version": ")") +
                    version + "\"}}"));
    EXPECT_THAT(MakeConnectOptions({.uri = "data", .connect_kwargs = kwargs}).status(),
                FailsWith(ErrorCode::kInvalidConfig, "loses nulls"));
  }
}

}  // namespace
}  // namespace metaxy::internal
