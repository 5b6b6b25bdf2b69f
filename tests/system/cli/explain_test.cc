// metaxy explain
#include <gtest/gtest.h>

#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class ExplainTest : public VideoProjectTest {
 protected:
  std::string Explain(std::vector<std::string> words) const {
    words.insert(words.begin(), {"explain", "transcript"});
    const Finished finished = program_.Run(words);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return finished.out;
  }
};

TEST_F(ExplainTest, SaysThatSamplesWereNeverStored) {
  EXPECT_THAT(
      Explain({"--limit", "1"}),
      MatchesRegex(
          "transcript  version [0-9a-f]+\n  3 new, 0 stale, 0 orphaned\n\n  id = "
          "[abc]: new\n    never stored\n\ncounted by reading 3 rows: the feature has no table "
          "yet\n"));
  EXPECT_THAT(Explain({"--sample", "b"}), HasSubstr("\n  id = b: new\n    never stored\n"));
}

TEST_F(ExplainTest, NamesTheFieldOfTheParentThatChanged) {
  WriteTranscripts();
  EXPECT_THAT(Explain({"--sample", "a"}), HasSubstr("\n  id = a: up to date\n"));
  WriteVideo("a", "a9", "f1");
  WriteVideo("b", "a2", "f9");
  const std::string all = Explain({});
  EXPECT_THAT(all, HasSubstr("\n  0 new, 2 stale, 0 orphaned\n  field text differs in 1 sample\n"
                             "  field shots differs in 2 samples\n"));
  const std::string a = Explain({"--sample", "id=a"});
  EXPECT_THAT(a, HasSubstr("id = a: stale\n    field text (code version 1): "));
  EXPECT_THAT(a, HasSubstr("\n      because video.audio changed: a1 -> a9\n"));
  const std::string b = Explain({"--sample", "b"});
  EXPECT_THAT(b, ::testing::Not(HasSubstr("field text (")));
  EXPECT_THAT(b, HasSubstr("field shots (code version __metaxy_initial__): "));
  EXPECT_THAT(b, HasSubstr("\n      because video.frames changed: f2 -> f9\n"));
  const std::string json = Explain({"--sample", "b", "--format", "json"});
  EXPECT_THAT(json, HasSubstr("\"stale\": 2,\n"));
  EXPECT_THAT(json,
              HasSubstr("\"causes\": [\n            {\n              \"feature\": \"video\",\n"
                        "              \"field\": \"frames\",\n              "
                        "\"old_version\": \"f2\",\n              \"new_version\": \"f9\"\n"));
}

TEST_F(ExplainTest, SaysThatTheDefinitionChanged) {
  WriteTranscripts();
  std::string changed = kVideoFeatures;
  changed.replace(changed.find("code_version = '1'"), 18, "code_version = '2'");
  program_.Write("features.toml", changed);
  EXPECT_THAT(
      Explain({"--sample", "a"}),
      MatchesRegex("transcript  version [0-9a-f]+\n  3 new, 0 stale, 0 orphaned\n  3 of the "
                   "new ones are stored for other versions of the feature\n\n  id = a: "
                   "new\n    stored for the feature version [0-9a-f]+ only: the definition "
                   "has changed since\n\ncounted by reading 6 rows: no earlier answer is known\n"));
}

TEST_F(ExplainTest, FindsWhatAnEarlierVersionOfTheParentHad) {
  const std::string video =
      "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio', { key = 'frames', "
      "code_version = '%' }]\n[[feature]]\nkey = 'transcript'\nid_columns = ['id']\n"
      "deps = ['video']\nfields = [{ key = 'text', deps = [{ feature = 'video', fields = "
      "['audio'] }] }]\n";
  auto with_code_version = [&](char version) {
    std::string text = video;
    text[text.find('%')] = version;
    program_.Write("features.toml", text);
    WriteVideo("a", version == '1' ? "a1" : "a9", "f1");
    WriteVideo("b", "a2", "f2");
  };
  with_code_version('1');
  WriteTranscripts();
  with_code_version('2');
  EXPECT_THAT(Explain({}), HasSubstr("\n      because video.audio changed: a1 -> a9\n"));
  EXPECT_THAT(Explain({"--sample", "b"}), HasSubstr("\n  id = b: up to date\n"));
}

TEST_F(ExplainTest, SaysThatAParentIsGone) {
  WriteTranscripts();
  Do({"metadata", "delete", "video", "--filter", "id = 'c'"});
  EXPECT_THAT(Explain({}), HasSubstr("\n  0 new, 0 stale, 1 orphaned\n\n  id = c: orphaned\n"));
}

TEST_F(ExplainTest, ReportsMistakes) {
  EXPECT_THAT(program_.Run({"explain", "transcript", "--sample", "x"}),
              FailedWith(2, "there is no sample 'x' of transcript"));
  EXPECT_THAT(program_.Run({"explain", "video"}).out, HasSubstr("a root feature: its samples"));
  EXPECT_THAT(program_.Run({"explain"}), FailedWith(2, "FEATURE is missing"));
}

}  // namespace
}  // namespace metaxy::testing
