#include "config/toml_writer.h"

#include <gtest/gtest.h>

#include "config/toml_reader.h"

namespace metaxy::internal {
namespace {

TEST(TomlWriterTest, WritesTablesAfterValues) {
  auto json = Json::Parse(
      R"({"t": {"x": {"a": 1}}, "b": true, "n": null, "e": {}, "l": [{"a": 1}, {"b": {"c": 2}}], "i": [1, [2.0]]})");
  EXPECT_EQ(
      WriteToml(*json),
      "b = true\ni = [1, [2.0]]\n\n[t.x]\na = 1\n\n[e]\n\n[[l]]\na = 1\n\n[[l]]\n\n[l.b]\nc = 2\n");
}

TEST(TomlWriterTest, WhatItWritesReadsBack) {
  auto json = Json::Parse(
      R"({"q r": "a\"b\\c\nd\u0001\u007fe\u00e9", "f": 1e-07, "g": 1e+16, "big": 9223372036854775807,
                              "neg": -1, "empty": [], "": "x", "mixed": [1, {"a": [true]}], "t": {"k.l": {"m": "\t"}}})");
  ASSERT_TRUE(json.ok()) << json.status();
  auto read = ParseToml(WriteToml(*json), "f");
  ASSERT_TRUE(read.ok()) << read.status() << WriteToml(*json);
  EXPECT_EQ(read->ToJson().DumpPython(true), json->DumpPython(true));
}

}  // namespace
}  // namespace metaxy::internal
