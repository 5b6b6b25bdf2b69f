// Credentials never appear in output or messages: they are planted wherever possible, and every
// command is made to succeed and to fail with them.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecret = "planted-5ecr3t";

// A store for each way of providing credentials.
constexpr const char* kConfig = R"(
project = "demo"
store = "local"
entrypoints = ["features.toml"]
[stores.local]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.local.config]
uri = "data"
[stores.local.config.connect_kwargs.storage_options]
aws_secret_access_key = "planted-5ecr3t"
aws_session_token = "planted-5ecr3t"
[stores.bucket]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.bucket.config]
uri = "s3://user:planted-5ecr3t@bucket/path?token=planted-5ecr3t"
[stores.bucket.config.connect_kwargs.storage_options]
aws_access_key_id = "planted-5ecr3t"
aws_secret_access_key = "planted-5ecr3t"
aws_endpoint = "http://127.0.0.1:1"
allow_http = "true"
[stores.server]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.server.config]
uri = "db://name"
[stores.server.config.connect_kwargs]
api_key = "planted-5ecr3t"
host_override = "http://127.0.0.1:1"
[stores.plain_url]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.plain_url.config]
uri = "https://user:planted-5ecr3t@host/path?sig=planted-5ecr3t"
[stores.wrong]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.wrong.config]
uri = "data"
connect_kwargs = { api_key = ["planted-5ecr3t"] }
[stores.unknown_option]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.unknown_option.config]
uri = "data"
connect_kwargs = { password = "planted-5ecr3t" }
)";
constexpr const char* kFeatures =
    "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio']\n"
    "[[feature]]\nkey = 'crop'\nid_columns = ['id']\ndeps = ['video']\n";

class SecretsTest : public ::testing::Test {
 protected:
  SecretsTest() {
    program_.Write("metaxy.toml", kConfig);
    program_.Write("features.toml", kFeatures);
    program_.Write("videos.ndjson", R"({"id": "a", "metaxy_provenance_by_field": {"audio": "a1"}})"
                                    "\n");
  }

  void ExpectSilent(const std::vector<std::string>& arguments) const {
    std::string line;
    for (const std::string& argument : arguments) line += argument + " ";
    SCOPED_TRACE(line);
    const Finished finished = program_.Run(arguments);
    EXPECT_THAT(finished.out, Not(HasSubstr(kSecret)));
    EXPECT_THAT(finished.err, Not(HasSubstr(kSecret)));
  }

  Program program_;
};

TEST_F(SecretsTest, NoCommandPrintsThem) {
  for (const char* format : {"plain", "json"}) ExpectSilent({"list", "stores", "--format", format});
  for (const char* format : {"toml", "json"}) ExpectSilent({"config", "print", "--format", format});
  for (const char* store : {"local", "plain_url", "wrong", "unknown_option", "bucket", "server"}) {
    ExpectSilent({"metadata", "write", "video", "--from", "videos.ndjson", "--store", store});
    ExpectSilent({"metadata", "read", "video", "--store", store});
    ExpectSilent({"metadata", "status", "--all-features", "--store", store, "--format", "json"});
    ExpectSilent({"doctor", store, "--format", "json"});
    ExpectSilent({"push", "--store", store});
  }
}

TEST_F(SecretsTest, NoMessageAboutTheConfigurationContainsThem) {
  for (const char* damage : {"\n[stores.local.config.connect_kwargs.storage_options]\nx = 1\n",
                             "\n[stores.local]\n", "\n= 'planted-5ecr3t'\n"}) {
    program_.Write("metaxy.toml", std::string(kConfig) + damage);
    ExpectSilent({"list", "stores"});
    ExpectSilent({"config", "print"});
  }
}

TEST_F(SecretsTest, VariablesAreNotPrintedEither) {
  program_.SetVariable("LANCEDB_API_KEY", kSecret);
  program_.SetVariable("AWS_SECRET_ACCESS_KEY", kSecret);
  program_.SetVariable("METAXY_STORES__LOCAL__CONFIG__CONNECT_KWARGS",
                       R"({"storage_options": {"aws_secret_access_key": "planted-5ecr3t"}})");
  ExpectSilent({"config", "print", "--format", "json"});
  ExpectSilent({"list", "stores"});
  ExpectSilent({"metadata", "read", "video", "--store", "server"});
}

// Nor are they written into the tables.
TEST_F(SecretsTest, NoFileOfTheStoreHasThem) {
  ASSERT_EQ(program_.Run({"metadata", "write", "video", "--from", "videos.ndjson"}).code, 0);
  ASSERT_EQ(program_.Run({"push"}).code, 0);
  for (const std::string& name : program_.Files()) {
    if (name.rfind("data/", 0) != 0) continue;
    std::ifstream file(program_.path(name), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(bytes.find(kSecret), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace metaxy::testing
