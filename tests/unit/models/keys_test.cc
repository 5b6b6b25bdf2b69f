#include "metaxy/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "metaxy/errors.h"
#include "support/golden.h"

namespace metaxy {
namespace {

using testing::Goldens;
using ::testing::HasSubstr;
using testing::Text;

template <class Key>
Key KeyOf(const Json& json) {
  if (json.is_string()) return Key(json.as_string());
  return Key(testing::Texts(json));
}

TEST(KeysConformance, AcceptsAndRefusesWhatTheReferenceDoes) {
  int refused = 0;
  for (const Json& golden : Goldens("keys")) {
    SCOPED_TRACE(golden.DumpPython());
    auto feature = KeyOf<FeatureKey>(*golden.Find("key"));
    auto field = KeyOf<FieldKey>(*golden.Find("key"));
    if (golden.Find("error") != nullptr) {
      ++refused;
      EXPECT_TRUE(IsError(feature.Validate(), ErrorCode::kInvalidInput));
      EXPECT_THAT(testing::OneLine(feature.Validate()), HasSubstr("FeatureKey '"));
      EXPECT_THAT(testing::OneLine(field.Validate()), HasSubstr("FieldKey '"));
      continue;
    }
    ASSERT_TRUE(feature.Validate().ok()) << feature.Validate();
    ASSERT_TRUE(field.Validate().ok());
    EXPECT_EQ(feature.ToString(), Text(golden, "text"));
    EXPECT_EQ(feature.parts(), testing::Texts(*golden.Find("parts")));
    EXPECT_EQ(feature.table_name(), Text(golden, "table_name"));
    EXPECT_EQ(field.ToStructKey(), Text(golden, "struct_key"));
    EXPECT_EQ(feature.ToColumnSuffix(), Text(golden, "column_suffix"));
  }
  EXPECT_GT(refused, 20);
}

TEST(KeysTest, MessagesNameThePartAndTheRule) {
  const std::map<std::string, std::string> cases = {
      {"", "FeatureKey '', part '': no part may be empty"},
      {"a//b", "FeatureKey 'a//b', part '': no part may be empty"},
      {"Video/x", "part 'Video': the first part must start with a lower case letter or '_'"},
      {"a/X", "part 'X': a part may contain only lower case letters, digits, '_' and '-'"},
      {"a/-x", "part '-x': a part may not start with '-'"},
      {"a/b__c", "part 'b__c': a part may not contain '__'"},
      {"a\n", "FeatureKey 'a\\n', part 'a\\n': a part may contain only"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(testing::OneLine(FeatureKey::Make(text).status()), HasSubstr(message));
  }
  EXPECT_THAT(testing::OneLine(FieldKey::Make("A").status()), HasSubstr("FieldKey 'A'"));
  EXPECT_THAT(testing::OneLine(FeatureKey().Validate()), HasSubstr("FeatureKey is empty"));
  EXPECT_THAT(testing::OneLine(FeatureKey(std::vector<std::string>{"a/b"}).Validate()),
              HasSubstr("may not contain '/'"));
  EXPECT_EQ(FeatureKey::Make("a/b")->ToString(), "a/b");
}

TEST(KeysTest, AreOrderedByParts) {
  std::vector<FeatureKey> keys = {"a-b", "a_b", "a/b", "b", "a", "a/b/c"};
  std::sort(keys.begin(), keys.end());
  EXPECT_THAT(keys, ::testing::ElementsAre(FeatureKey("a"), FeatureKey("a/b"), FeatureKey("a/b/c"),
                                           FeatureKey("a-b"), FeatureKey("a_b"), FeatureKey("b")));
  std::unordered_set<FieldKey> set = {"x", "x", "y"};
  EXPECT_EQ(set.size(), 2u);
}

TEST(KeysTest, SystemTablesAreKnown) {
  EXPECT_TRUE(FeatureKey("metaxy-system/feature_versions").is_system());
  EXPECT_FALSE(FeatureKey("metaxy_system/feature_versions").is_system());
  EXPECT_FALSE(FeatureKey().is_system());
}

TEST(NearestNameTest, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"video/crop", "video/raw", "audio/crop", "x"};
  EXPECT_EQ(NearestName("video/corp", names), "video/crop");
  EXPECT_EQ(NearestName("video/crops", names), "video/crop");
  EXPECT_EQ(NearestName("adio/crop", names), "audio/crop");
  EXPECT_EQ(NearestName("video/crop", names), "video/crop");
  EXPECT_EQ(NearestName("y", names), std::nullopt);
  EXPECT_EQ(NearestName("something", names), std::nullopt);
  EXPECT_EQ(NearestName("", names), std::nullopt);
  EXPECT_EQ(DidYouMean("vdeo/raw", names), "; did you mean 'video/raw'?");
  EXPECT_EQ(DidYouMean("something", names), "");
}

TEST(QuoteTest, StaysShortAndOnOneLine) {
  EXPECT_EQ(Quote("a"), "'a'");
  EXPECT_EQ(Quote("a\nb\tc\x01\x7f"), "'a\\nb\\tc\\x01\\x7f'");
  std::string long_text;
  for (int i = 0; i < 200; ++i) long_text += "\xC3\xA9";
  std::string quoted = Quote(long_text);
  EXPECT_LT(quoted.size(), 180u);
  EXPECT_THAT(quoted, HasSubstr("\xC3\xA9...\xC3\xA9"));
  EXPECT_TRUE(Json::Parse("\"" + quoted + "\"").ok());
}

}  // namespace
}  // namespace metaxy
