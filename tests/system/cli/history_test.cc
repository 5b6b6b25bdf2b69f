// Recorded versions and the status of features in a store: `history`, `--snapshot`, `--status`.
#include <gtest/gtest.h>

#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class HistoryTest : public VideoProjectTest {};

TEST_F(HistoryTest, ListsRecordedVersions) {
  EXPECT_THAT(program_.Run({"history"}),
              Printed("Nothing has been recorded yet; `metaxy push` records the project.\n"));
  const std::string first = program_.Run({"push"}).out;
  program_.Write("features.toml",
                 std::string(kVideoFeatures) + "[[feature]]\nkey = 'more'\nid_columns = ['id']\n");
  const std::string second = program_.Run({"push"}).out;
  const Finished plain = program_.Run({"history"});
  EXPECT_THAT(plain.out, StartsWith("Project version  Recorded at (UTC)"));
  EXPECT_LT(plain.out.find(second.substr(0, 8)), plain.out.find(first.substr(0, 8)));
  EXPECT_THAT(plain.out, HasSubstr("\n2 recorded versions\n"));
  EXPECT_THAT(program_.Run({"history", "--limit", "1"}).out, HasSubstr("\n1 recorded version\n"));
  EXPECT_THAT(program_.Run({"history", "--format", "json"}).out, HasSubstr("\"feature_count\": 3"));
  // Recorded versions can be drawn and described.
  const std::string version = first.substr(0, first.find('\n'));
  EXPECT_THAT(program_.Run({"graph", "render", "--snapshot", version}).out,
              ::testing::AllOf(HasSubstr("transcript"), ::testing::Not(HasSubstr("more"))));
  EXPECT_THAT(program_.Run({"describe", "graph", "--snapshot", version}).out,
              HasSubstr("features        2\n"));
  EXPECT_THAT(program_.Run({"describe", "graph"}).out, HasSubstr("features        3\n"));
  const Finished unknown = program_.Run({"graph", "render", "--snapshot", "none"});
  EXPECT_NE(unknown.code, 0);
  EXPECT_THAT(unknown.err, HasSubstr("none"));
  EXPECT_THAT(program_.Run({"graph-diff", "render", version, "latest", "-f", "graphviz"}).out,
              HasSubstr("\"more\" [label=\"more\\n[ADDED]"));
  EXPECT_THAT(program_.Run({"graph-diff", "render", version, "latest", "-f", "cards"}).out,
              HasSubstr("─ more [+] ─"));
}

TEST_F(HistoryTest, StatusIsDrawn) {
  Do({"graph", "render", "--format", "html", "--status", "--output", "graph.html"});
  WriteTranscripts();
  Do({"graph", "render", "--format", "svg", "--status", "--output", "graph.svg"});
  EXPECT_THAT(program_.Run({"graph", "render", "--status"}),
              FailedWith(2, "--format svg, html and json"));
  EXPECT_THAT(
      program_.Run({"graph", "render", "--format", "svg", "--status"}).out,
      ::testing::AllOf(HasSubstr(">3 stored</text>"), HasSubstr(">3 stored, up to date</text>")));
  EXPECT_THAT(program_.Run({"graph", "render", "--format", "html", "--status"}).out,
              HasSubstr("0 new, 0 stale, 0 orphaned"));
}

}  // namespace
}  // namespace metaxy::testing
