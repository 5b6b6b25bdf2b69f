// metaxy config schema
#include <gtest/gtest.h>

#include "config/json_schema.h"
#include "program.h"

namespace metaxy::testing {
namespace {

TEST(ConfigSchemaTest, PrintsSchemas) {
  Program program;  // without any configuration
  EXPECT_THAT(program.Run({"config", "schema"}),
              Printed(internal::ConfigSchema().DumpIndented() + "\n"));
  EXPECT_THAT(program.Run({"config", "schema", "LanceDBMetadataStoreConfig"}),
              Printed(internal::LanceDBConfigSchema().DumpIndented() + "\n"));
  EXPECT_THAT(program.Run({"config", "schema", "StoreConfig"}),
              FailedWith(2, "must be one of MetaxyConfig, LanceDBMetadataStoreConfig"));
}

}  // namespace
}  // namespace metaxy::testing
