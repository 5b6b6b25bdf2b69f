// Versions from structs and maps, whatever their type.
#include "columns/version_strings.h"

#include <arrow/compute/initialize.h>
#include <arrow/json/from_string.h>

#include "support/matchers.h"

namespace metaxy::testing {
namespace {

using internal::VersionStrings;

std::vector<std::string> Texts(const std::shared_ptr<arrow::DataType>& type, const char* json,
                               const char* member) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  const auto array = Get(arrow::json::ArrayFromJSONString(type, json));
  const VersionStrings texts = Get(VersionStrings::Extract(array, member));
  std::vector<std::string> result;
  for (int64_t i = 0; i < array->length(); ++i)
    result.push_back(texts.IsNull(i) ? "null" : std::string(texts.Get(i)));
  return result;
}

TEST(VersionTextsTest, ReadsMembersOfAnyType) {
  struct Case {
    std::shared_ptr<arrow::DataType> type;
    const char* values;
    std::vector<std::string> texts;
  };
  const std::vector<Case> cases = {
      {arrow::utf8(), R"([{"x": "é"}, {"x": null}, null])", {"é", "null", "null"}},
      {arrow::int64(), R"([{"x": -5}])", {"-5"}},
      {arrow::boolean(), R"([{"x": true}, {"x": false}])", {"true", "false"}},
      {arrow::float64(),
       R"([{"x": 1.0}, {"x": -0.0}, {"x": 1e-7}, {"x": 1e16}, {"x": 0.00001}, {"x": NaN}])",
       {"1.0", "-0.0", "1e-7", "1e+16", "0.00001", "NaN"}},
      {arrow::float32(), R"([{"x": 0.1}])", {"0.1"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type->ToString());
    EXPECT_EQ(Texts(arrow::struct_({arrow::field("x", c.type)}), c.values, "x"), c.texts);
  }
}

TEST(VersionTextsTest, ReadsMapsAndMissingMembers) {
  EXPECT_EQ(Texts(arrow::map(arrow::utf8(), arrow::utf8()),
                  R"([[["x", "1"], ["y", "2"]], [["x", "3"]], null])", "y"),
            (std::vector<std::string>{"2", "null", "null"}));
  EXPECT_EQ(Texts(arrow::list(arrow::struct_(
                      {arrow::field("key", arrow::utf8()), arrow::field("value", arrow::utf8())})),
                  R"([[{"key": "y", "value": "2"}], [], null])", "y"),
            (std::vector<std::string>{"2", "null", "null"}));
  EXPECT_EQ(Texts(arrow::struct_({arrow::field("x", arrow::utf8())}), R"([{"x": "1"}])", "y"),
            std::vector<std::string>{"null"});
}

TEST(VersionTextsTest, RefusesOtherColumns) {
  const auto numbers = Get(arrow::json::ArrayFromJSONString(arrow::int32(), "[1]"));
  EXPECT_THAT(VersionStrings::Extract(numbers, "x"),
              FailsWith(ErrorCode::kMetadataSchema, "must be a struct or a map"));
}

}  // namespace
}  // namespace metaxy::testing
