// metaxy report
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "program.h"
#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public VideoProjectTest {
 protected:
  std::string Page(const std::string& name = "report.html") const {
    std::ifstream file(program_.path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
  }

  /// What the page says of a feature.
  Json Feature(const std::string& key) const {
    const std::string page = Page();
    const std::string begin = "id=\"data\">";
    const size_t at = page.find(begin) + begin.size();
    const auto json = Json::Parse(page.substr(at, page.find("</script>", at) - at));
    EXPECT_TRUE(json.ok());
    if (!json.ok()) return {};
    for (const Json& feature : json->Find("features")->as_array())
      if (*feature.Find("key") == Json(key)) return feature;
    ADD_FAILURE() << key;
    return {};
  }
};

TEST_F(ReportTest, HasWhatIsKnownOfEachFeature) {
  WriteTranscripts();
  WriteVideo("a", "other", "f");
  const Finished made = program_.Run({"report"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, "");
  EXPECT_THAT(made.err, AllOf(HasSubstr("wrote report.html: 2 features, "),
                              HasSubstr("; open it in a browser\n")));
  const Json transcript = Feature("transcript");
  EXPECT_EQ(*transcript.Find("counts")->Find("stale"), Json(int64_t{1}));
  EXPECT_EQ(*transcript.Find("counts")->Find("stored"), Json(int64_t{3}));
  const Json& why = *transcript.Find("why");
  EXPECT_EQ(*why.Find("stale_fields")->as_array().at(0).Find("samples"), Json(int64_t{1}));
  const Json& cause = why.Find("samples")
                          ->as_array()
                          .at(0)
                          .Find("fields")
                          ->as_array()
                          .at(0)
                          .Find("causes")
                          ->as_array()
                          .at(0);
  EXPECT_EQ(*cause.Find("feature"), Json("video"));
  EXPECT_EQ(*cause.Find("field"), Json("audio"));
  const Json video = Feature("video");
  EXPECT_EQ(*video.Find("history")->Find("rows"), Json(int64_t{4}));
  EXPECT_EQ(video.Find("history")->Find("versions")->as_array().size(), 1U);
  EXPECT_EQ(video.Find("samples")->Find("rows")->as_array().size(), 3U);
  EXPECT_TRUE(video.Find("why")->is_null());
  EXPECT_TRUE(video.Find("failures")->is_null());
  EXPECT_NE(video.Find("table")->Find("bytes"), nullptr);
  EXPECT_EQ(*video.Find("problems"), Json(Json::Array{}));
}

TEST_F(ReportTest, IsOneFileThatLoadsNothing) {
  ASSERT_EQ(program_.Run({"report", "--output", "page.html"}).code, 0);
  const std::string page = Page("page.html");
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* loads : {"src=\"http", "href=\"http", "@import", "url(http", "fetch("})
    EXPECT_THAT(page, Not(HasSubstr(loads)));
}

TEST_F(ReportTest, AFeatureThatCannotBeComparedDoesNotSpoilTheRest) {
  std::filesystem::remove_all(program_.path("data"));
  ASSERT_EQ(program_.Run({"report"}).code, 0);
  EXPECT_TRUE(Feature("video").Find("history")->is_null());
  EXPECT_TRUE(Feature("video").Find("samples")->is_null());
  EXPECT_EQ(*Feature("video").Find("counts")->Find("exists"), Json(false));
  EXPECT_NE(Feature("transcript").Find("counts"), nullptr);
}

TEST_F(ReportTest, JsonSaysWhatWasWritten) {
  const Finished made = program_.Run({"report", "--rows", "0", "--format", "json"});
  const auto json = Json::Parse(made.out);
  ASSERT_TRUE(json.ok()) << made.out;
  EXPECT_EQ(*json->Find("output"), Json("report.html"));
  EXPECT_EQ(*json->Find("features"), Json(int64_t{2}));
  EXPECT_EQ(*json->Find("pictures"), Json(int64_t{0}));
  EXPECT_EQ(*json->Find("bytes"), Json(Page().size()));
  EXPECT_TRUE(Feature("video").Find("samples")->is_null());
}

TEST_F(ReportTest, MistakesAreAnsweredInOneLine) {
  program_.Write("old.html", "mine");
  EXPECT_THAT(program_.Run({"report", "-o", "nowhere/report.html"}), FailedWith(3, "cannot write"));
  EXPECT_THAT(program_.Run({"report", "-o", "."}), FailedWith(2, "is a directory"));
  EXPECT_THAT(program_.Run({"report", "--rows", "101"}), FailedWith(2, "use at most 100"));
  EXPECT_THAT(program_.Run({"report", "-o", "old.html", "--store", "nope"}), FailedWith(2, "nope"));
  EXPECT_EQ(Page("old.html"), "mine");
  program_.Write("features.toml", "");
  EXPECT_EQ(program_.Run({"report"}).code, 2);
  const Program elsewhere;
  EXPECT_THAT(elsewhere.Run({"report"}), FailedWith(2, "there is no metaxy.toml"));
}

}  // namespace
}  // namespace metaxy::testing
