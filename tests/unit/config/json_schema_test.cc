// The JSON schemas compared with the Python package's
// (tests/reference/recorded/capture/capture_schema.py), and with what is actually read.
#include "config/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/config_fields.h"
#include "metaxy/config.h"
#include "support/golden.h"

namespace metaxy {
namespace {

Json Golden(const std::string& name) {
  for (const Json& golden : testing::Goldens("schema")) {
    if (testing::Text(golden, "name") == name) return *golden.Find("schema");
  }
  ADD_FAILURE() << "no schema " << name;
  return {};
}

// A schema without its documentation.
Json Bare(const Json& schema) {
  if (schema.is_array()) {
    Json::Array items;
    for (const Json& item : schema.as_array()) items.push_back(Bare(item));
    return items;
  }
  if (!schema.is_object()) return schema;
  Json::Object members;
  for (const auto& [key, value] : schema.as_object()) {
    if (key != "description" && key != "title") members.emplace_back(key, Bare(value));
  }
  return members;
}

TEST(JsonSchemaTest, OfAStoreIsThatOfThePage) {
  EXPECT_EQ(internal::LanceDBConfigSchema().DumpIndented(), Golden("page").DumpIndented());
}

// The package has gained one algorithm since the page was written.
TEST(JsonSchemaTest, OfAStoreHasTheKeysOfThePackage) {
  EXPECT_EQ(Bare(*internal::LanceDBConfigSchema().Find("properties")).DumpIndented(),
            Bare(*Golden("LanceDBMetadataStoreConfig").Find("properties")).DumpIndented());
}

TEST(JsonSchemaTest, HasAllKeysWithTheirDefaults) {
  const Json schema = internal::ConfigSchema();
  const Json golden = Golden("MetaxyConfig");
  const Json defaults = MetaxyConfig().ToJson();
  const Json::Object& properties = schema.Find("properties")->as_object();
  ASSERT_EQ(properties.size(), internal::ConfigFields().size());
  for (const auto& [key, property] : properties) {
    SCOPED_TRACE(key);
    ASSERT_NE(defaults.Find(key), nullptr);
    EXPECT_EQ(property.Find("default")->DumpPython(), defaults.Find(key)->DumpPython());
    const Json* there = golden.Find("properties")->Find(key);
    ASSERT_NE(there, nullptr);
    if (property.Find("type") != nullptr) {
      EXPECT_EQ(property.Find("type")->as_string(), there->Find("type")->as_string());
    } else {
      const Json& first = property.Find("anyOf")->as_array()[0];
      EXPECT_EQ(first.Find("type")->as_string(),
                there->Find("anyOf")->as_array()[0].Find("type")->as_string());
    }
  }
}

void CollectReferences(const Json& schema, std::set<std::string>* references) {
  if (schema.is_array()) {
    for (const Json& item : schema.as_array()) CollectReferences(item, references);
  }
  if (!schema.is_object()) return;
  for (const auto& [key, value] : schema.as_object()) {
    if (key == "$ref") references->insert(value.as_string());
    CollectReferences(value, references);
  }
}

TEST(JsonSchemaTest, RefersToWhatItHas) {
  const Json schema = internal::ConfigSchema();
  std::set<std::string> references;
  CollectReferences(schema, &references);
  EXPECT_EQ(references.size(), 7u);
  for (const std::string& reference : references) {
    ASSERT_EQ(reference.rfind("#/$defs/", 0), 0u);
    EXPECT_NE(schema.Find("$defs")->Find(reference.substr(8)), nullptr) << reference;
  }
}

}  // namespace
}  // namespace metaxy
