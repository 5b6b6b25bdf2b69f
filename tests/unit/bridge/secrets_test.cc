// Credentials repeated in messages.
#include "lancedb/secrets.h"

#include <gtest/gtest.h>

namespace metaxy::internal {
namespace {

LanceConnectOptions WithKey(const std::string& api_key) {
  LanceConnectOptions options;
  options.api_key = api_key;
  return options;
}

TEST(SecretsTest, LongOnesAreReplacedWhereverTheyStand) {
  EXPECT_EQ(WithoutSecrets("a=sk-1234567890&b, sk-1234567890", WithKey("sk-1234567890")),
            "a=***&b, ***");
}

TEST(SecretsTest, ShortOnesAreReplacedWhereTheyAreWords) {
  EXPECT_EQ(WithoutSecrets("check the key 'k' of disk k", WithKey("k")),
            "check the key '***' of disk ***");
  EXPECT_EQ(WithoutSecrets("chec is not check", WithKey("chec")), "*** is not check");
  EXPECT_EQ(WithoutSecrets("x_any-key, any-key_x", WithKey("any-key")), "x_any-key, any-key_x");
  EXPECT_EQ(WithoutSecrets("nothing", WithKey("")), "nothing");
}

TEST(SecretsTest, OptionsAreSecretByTheirNames) {
  LanceConnectOptions options;
  options.storage_options = {{"aws_region", "us-gov-west-1"},
                             {"AWS_SECRET_ACCESS_KEY", "5ecr3t-5ecr3t"},
                             {"aws_endpoint", "http://127.0.0.1:9000"},
                             {"proxy_url", "http://me:word@proxy:8080"},
                             {"headers.authorization", "Bearer abc"}};
  EXPECT_EQ(WithoutSecrets("us-gov-west-1 5ecr3t-5ecr3t http://127.0.0.1:9000 "
                           "http://me:word@proxy:8080 Bearer abc",
                           options),
            "us-gov-west-1 *** http://127.0.0.1:9000 *** ***");
}

}  // namespace
}  // namespace metaxy::internal
