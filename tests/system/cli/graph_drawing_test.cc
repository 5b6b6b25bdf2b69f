// metaxy graph render
#include "cli/graph_drawing.h"

#include <gtest/gtest.h>

#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class GraphRenderTest : public ::testing::Test {
 protected:
  GraphRenderTest() {
    program_.Write("metaxy.toml", "project = 'films'\nentrypoints = ['features.toml']\n");
    program_.Write("features.toml",
                   "[[feature]]\nkey = 'video/raw'\nid_columns = ['id']\n"
                   "fields = ['audio', 'frames']\n"
                   "[[feature]]\nkey = 'crop'\nid_columns = ['id']\ndeps = ['video/raw']\n"
                   "fields = [{ key = 'frames', code_version = '2' }]\n"
                   "[[feature]]\nkey = 'text'\nid_columns = ['id']\ndeps = ['video/raw']\n"
                   "[[feature]]\nkey = 'film'\nid_columns = ['id']\ndeps = ['crop', 'text']\n"
                   "[[feature]]\nkey = 'other'\nid_columns = ['id']\nproject = 'elsewhere'\n");
  }

  Finished Render(std::vector<std::string> words) const {
    words.insert(words.begin(), {"graph", "render"});
    return program_.Run(words);
  }

  Program program_;
};

TEST_F(GraphRenderTest, DrawsAList) {
  EXPECT_THAT(Render({"--hash-length", "4"}).out,
              ::testing::MatchesRegex("Graph  project version [0-9a-f]{4}\n"
                                      "├─ video/raw    [0-9a-f]{4}  films\n"
                                      "│    • audio    [0-9a-f]{4}\n"
                                      "│    • frames   [0-9a-f]{4}\n"
                                      "├─ crop         [0-9a-f]{4}  films\n"
                                      "│    • frames   [0-9a-f]{4}\n"
                                      "│    ← video/raw\n"
                                      "├─ text         [0-9a-f]{4}  films\n"
                                      "│    • default  [0-9a-f]{4}\n"
                                      "│    ← video/raw\n"
                                      "└─ film         [0-9a-f]{4}  films\n"
                                      "     • default  [0-9a-f]{4}\n"
                                      "     ← crop\n"
                                      "     ← text\n"));
  EXPECT_THAT(Render({"--minimal", "--no-show-projects"}), Printed(R"(Graph
├─ video/raw
│    • audio
│    • frames
├─ crop
│    • frames
│    ← video/raw
├─ text
│    • default
│    ← video/raw
└─ film
     • default
     ← crop
     ← text
)"));
}

TEST_F(GraphRenderTest, DrawsCards) {
  program_.SetVariable("COLUMNS", "40");
  EXPECT_THAT(Render({"--type", "cards", "--minimal"}), Printed(R"(Graph
╭─ video/raw ───╮
│ project films │
│ • audio       │
│ • frames      │
╰───────────────╯
╭─ crop ────────╮  ╭─ text ────────╮
│ project films │  │ project films │
│ • frames      │  │ • default     │
│ ← video/raw   │  │ ← video/raw   │
╰───────────────╯  ╰───────────────╯
╭─ film ────────╮
│ project films │
│ • default     │
│ ← crop        │
│ ← text        │
╰───────────────╯
)"));
  program_.SetVariable("COLUMNS", "20");
  EXPECT_THAT(Render({"--type", "cards", "--minimal"}).out, ::testing::Not(HasSubstr("╮  ╭")));
}

TEST_F(GraphRenderTest, DrawsPartsOfTheGraph) {
  EXPECT_THAT(Render({"--feature", "video__raw", "--down", "1", "--minimal", "--no-show-fields",
                      "--no-show-projects"}),
              Printed("Graph\n├─ video/raw\n├─ crop\n│    ← video/raw\n└─ text\n     ← "
                      "video/raw\n"));
  EXPECT_THAT(Render({"--feature", "crop", "--up", "0", "--down", "0", "--minimal",
                      "--no-show-projects", "--title", "Just one"}),
              Printed("Just one\n└─ crop\n     • frames\n     ← video/raw\n"));
  EXPECT_THAT(Render({"--all-projects"}).out, HasSubstr("elsewhere"));
  EXPECT_THAT(Render({}).out, ::testing::Not(HasSubstr("elsewhere")));
  EXPECT_THAT(Render({"--project", "elsewhere"}).out, HasSubstr("└─ other"));
}

TEST_F(GraphRenderTest, WritesFiles) {
  const Finished finished = Render({"-f", "mermaid", "--output", "graph.mmd"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, "wrote graph.mmd\n");
  EXPECT_THAT(program_.Files(), ::testing::Contains("graph.mmd"));
  EXPECT_THAT(Render({"--output", "no/such/graph.txt"}), FailedWith(3, "no/such/graph.txt"));
}

TEST_F(GraphRenderTest, ReportsMistakes) {
  EXPECT_THAT(Render({"--up", "1"}), FailedWith(2, "name it with --feature"));
  EXPECT_THAT(Render({"--minimal", "--verbose"}), FailedWith(2, "--minimal and --verbose"));
  EXPECT_THAT(Render({"--type", "cards", "-f", "mermaid"}), FailedWith(2, "--format terminal"));
  EXPECT_THAT(Render({"--feature", "corp"}), FailedWith(2, "did you mean 'crop'?"));
  EXPECT_THAT(Render({"--direction", "XY"}), FailedWith(2, "--direction must be one of TB, LR"));
}

TEST_F(GraphRenderTest, WarnsIfThereIsNothingToDraw) {
  program_.Write("features.toml", "");
  const Finished finished = Render({"-o", "empty.txt"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.err, StartsWith("metaxy: warning: there are no features to draw\n"));
  EXPECT_THAT(program_.Files(), ::testing::Contains("empty.txt"));
}

TEST(GraphDrawingTest, ShowsChanges) {
  using render::NodeStatus;
  const render::GraphData data{
      .nodes = {
          {.key = "a", .version = "11111111", .status = NodeStatus::kUnchanged},
          {.key = "b",
           .version = "22222222",
           .old_version = "33333333",
           .fields = {{.key = "long_name", .version = "44444444", .status = NodeStatus::kAdded},
                      {.key = "y", .old_version = "55555555", .status = NodeStatus::kRemoved}},
           .dependencies = {"a"},
           .status = NodeStatus::kChanged}}};
  const cli::Paint plain = [](cli::Style, std::string_view text) { return std::string(text); };
  EXPECT_EQ(cli::DrawTree(data, {.hash_length = 4}, plain),
            "Graph changes\n├─ a              1111\n└─ b              3333 → 2222  [~]\n     • "
            "long_name  4444         [+]\n     • y          5555         [-]\n     ← a\n");
  EXPECT_EQ(cli::DrawCards(data, {.hash_length = 4}, 0, plain),
            "Graph changes\n╭─ a ──╮\n│ 1111 │\n╰──────╯\n╭─ b [~] ───────────────╮\n│ 3333 → 2222 "
            "          │\n│ • long_name  4444 [+] │\n│ • y          5555 [-] │\n│ ← a              "
            "     │\n╰───────────────────────╯\n");
  const cli::Paint marked = [](cli::Style style, std::string_view text) {
    return (style == cli::Style::kGreen ? "<" : "") + std::string(text) +
           (style == cli::Style::kGreen ? ">" : "");
  };
  EXPECT_THAT(cli::DrawTree(data, {}, marked),
              HasSubstr("<long_name>  44444444             <[+]>"));
}

}  // namespace
}  // namespace metaxy::testing
