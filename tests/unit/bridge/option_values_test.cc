// Options are type-checked before anything is sent.
#include <cstdlib>

#include "bridge_testing.h"
#include "lancedb/connect_options.h"

namespace metaxy::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

arrow::Status Make(const std::string& uri, const std::string& kwargs) {
  return MakeConnectOptions({.uri = uri, .connect_kwargs = Must(Json::Parse(kwargs))}).status();
}

std::string StorageOption(const std::string& name, const std::string& json) {
  return R"({"storage_options": {")" + name + R"(": )" + json + "}}";
}

struct Case {
  const char* uri;
  const char* name;
  const char* json;     ///< The value.
  const char* message;  ///< Empty: taken.
};

constexpr const char* kAddress = " must be an address with its scheme and without spaces, such as";

const std::vector<Case>& Cases() {
  static const std::vector<Case> kCases = {
      {"s3://b/d", "timeout", "60", ".timeout must be a duration with its unit, such as \"60s\""},
      {"s3://b/d", "timeout", "\"60\"",
       ".timeout must be a duration with its unit, such as \"60s\""},
      {"s3://b/d", "timeout", "\"soon\"", ".timeout must be a duration"},
      {"s3://b/d", "timeout", "\"5 parsecs\"", ".timeout must be a duration"},
      {"s3://b/d", "timeout", "\"\"", ".timeout must be a duration"},
      {"s3://b/d", "timeout", "\"60s\"", ""},
      {"s3://b/d", "timeout", "\"1m 30 seconds\"", ""},
      {"s3://b/d", "timeout", "\"500ms\"", ""},
      {"gs://b/d", "Connect_Timeout", "5", ".Connect_Timeout must be a duration"},
      {"az://b/d", "pool_idle_timeout", "1.5", ".pool_idle_timeout must be a duration"},
      {"s3://b/d", "allow_http", "\"perhaps\"", ".allow_http must be true or false"},
      {"s3://b/d", "aws_allow_http", "2", ".aws_allow_http must be true or false"},
      {"s3://b/d", "allow_http", "true", ""},
      {"s3://b/d", "allow_http", "\"Yes\"", ""},
      {"s3://b/d", "aws_virtual_hosted_style_request", "\"path\"", " must be true or false"},
      {"s3://b/d", "client_max_retries", "-1", " must be a whole number, 0 or more"},
      {"s3://b/d", "client_max_retries", "\"many\"", " must be a whole number, 0 or more"},
      {"s3://b/d", "client_max_retries", "0", ""},
      {"s3://b/d", "aws_provider_scheme", "\"sso\"", " must be one of token, ecs, irsa"},
      {"s3://b/d", "aws_endpoint", "\"minio:9000\"", kAddress},
      {"s3://b/d", "aws_endpoint", "\"127.0.0.1:9000\"", kAddress},
      {"s3://b/d", "aws_endpoint", "\" https://minio:9000\"", kAddress},
      {"s3://b/d", "aws_endpoint", "\"https://mi nio\"", kAddress},
      {"s3://b/d", "aws_endpoint", "\"https://\"", kAddress},
      {"s3://b/d", "aws_endpoint", "\"https://minio:port\"", kAddress},
      {"s3://b/d", "aws_endpoint", "\"s3://minio\"", kAddress},
      {"s3://b/d", "AWS_ENDPOINT_URL", "\"minio\"", kAddress},
      {"s3://b/d", "endpoint_url", "\"minio\"", kAddress},
      {"s3://b/d", "aws_endpoint_url_s3", "\"minio\"", kAddress},
      {"s3://b/d", "proxy_url", "\"proxy:3128\"", kAddress},
      {"s3://b/d", "proxy_url", "\"http://proxy:3128\"", ""},
      {"s3://b/d", "aws_endpoint", "\"https://minio:9000\"", ""},
      {"gs://b/d", "google_base_url", "\"storage\"", kAddress},
      {"az://b/d", "azure_storage_endpoint", "\"azurite:10000\"", kAddress},
      {"s3://b/d", "aws_endpoint", "\"http://minio:9000\"", "set allow_http = true"},
      {"s3://b/d", "AWS_ENDPOINT_URL", "\"http://minio:9000\"", "set allow_http = true"},
      {"gs://b/d", "google_base_url", "\"http://gcs:4443\"", "set allow_http = true"},
      {"az://b/d", "azure_storage_endpoint", "\"http://azurite\"", "set allow_http = true"},
  };
  return kCases;
}

TEST(OptionValuesTest, EachMustBeOfItsType) {
  for (const Case& c : Cases()) {
    const arrow::Status status = Make(c.uri, StorageOption(c.name, c.json));
    SCOPED_TRACE(std::string(c.uri) + " " + c.name + " = " + c.json);
    if (*c.message == '\0') {
      EXPECT_TRUE(status.ok()) << status.ToString();
    } else {
      EXPECT_THAT(status, FailsWith(ErrorCode::kInvalidConfig, c.message));
      EXPECT_THAT(status.message(), HasSubstr(std::string("storage_options.") + c.name));
    }
  }
}

TEST(OptionValuesTest, ValuesAreNotPrinted) {
  const arrow::Status status =
      Make("s3://b/d", StorageOption("aws_endpoint", "\"user:5ecr3t@minio\""));
  EXPECT_THAT(status, FailsWith(ErrorCode::kInvalidConfig, "aws_endpoint must be"));
  EXPECT_THAT(status.message(), Not(HasSubstr("5ecr3t")));
}

TEST(OptionValuesTest, OfVariablesToo) {
  struct Variable {
    const char* name;
    const char* value;
    const char* message;
  };
  for (const Variable& v :
       {Variable{"TIMEOUT", "",
                 "TIMEOUT in the environment is taken as an option of the store and "
                 "must be a duration"},
        Variable{"aws_endpoint_url", "minio:9000", "aws_endpoint_url in the environment"},
        Variable{"ENDPOINT", "minio", ": unset it, or set storage_options.endpoint"},
        Variable{"ENDPOINT_URL", "http://minio",
                 "ENDPOINT_URL in the environment is an address of"}}) {
    SCOPED_TRACE(v.name);
    setenv(v.name, v.value, 1);
    const arrow::Status status = Make("s3://b/d", "{}");
    unsetenv(v.name);
    EXPECT_THAT(status, FailsWith(ErrorCode::kInvalidConfig, v.message));
  }
}

TEST(OptionValuesTest, WhatIsSetWins) {
  setenv("TIMEOUT", "", 1);
  const arrow::Status status = Make("s3://b/d", StorageOption("timeout", "\"30s\""));
  unsetenv("TIMEOUT");
  EXPECT_TRUE(status.ok()) << status.ToString();
}

TEST(OptionValuesTest, AServersAddressToo) {
  EXPECT_THAT(
      Make("db://films", R"({"api_key": "k", "host_override": "films:80"})"),
      FailsWith(ErrorCode::kInvalidConfig, "connect_kwargs.host_override must be an address"));
  EXPECT_TRUE(Make("db://films", R"({"api_key": "k", "host_override": "http://films:80"})").ok());
}

}  // namespace
}  // namespace metaxy::internal
