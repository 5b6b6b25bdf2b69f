// Graph layout, and the image and the page made from it.
#include "graph/render/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "graph/render/graph_data.h"

namespace metaxy::render {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

bool Overlap(const Box& a, Point at, const Box& b, Point bt) {
  return at.x < bt.x + b.width && bt.x < at.x + a.width && at.y < bt.y + b.height &&
         bt.y < at.y + a.height;
}

std::vector<Box> RandomBoxes(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Box> boxes;
  for (size_t i = 0; i < count; ++i) {
    Box box{.width = 50 + static_cast<double>(random() % 200),
            .height = 20 + static_cast<double>(random() % 100)};
    for (size_t n = 0; i > 0 && n < random() % 4; ++n) {
      const size_t parent = random() % i;
      if (std::find(box.parents.begin(), box.parents.end(), parent) == box.parents.end())
        box.parents.push_back(parent);
    }
    boxes.push_back(std::move(box));
  }
  return boxes;
}

class LayoutTest : public ::testing::TestWithParam<bool> {};

TEST_P(LayoutTest, BoxesNeverOverlapAndParentsComeFirst) {
  const bool left_to_right = GetParam();
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<Box> boxes = RandomBoxes(1 + seed, seed);
    const Layout layout = PlaceBoxes(boxes, left_to_right);
    ASSERT_EQ(layout.corners.size(), boxes.size());
    size_t lines = 0;
    for (size_t i = 0; i < boxes.size(); ++i) {
      const Point at = layout.corners[i];
      EXPECT_GE(at.x, 0);
      EXPECT_GE(at.y, 0);
      EXPECT_LE(at.x + boxes[i].width, layout.width);
      EXPECT_LE(at.y + boxes[i].height, layout.height);
      for (size_t j = 0; j < i; ++j)
        EXPECT_FALSE(Overlap(boxes[i], at, boxes[j], layout.corners[j])) << i << " and " << j;
      for (size_t parent : boxes[i].parents) {
        const Point above = layout.corners[parent];
        if (left_to_right) {
          EXPECT_GE(at.x, above.x + boxes[parent].width);
        } else {
          EXPECT_GE(at.y, above.y + boxes[parent].height);
        }
        ++lines;
      }
    }
    ASSERT_EQ(layout.lines.size(), lines);
    for (const Line& line : layout.lines) {
      // An even number of points: lines that pass the boxes of a layer have two.
      EXPECT_EQ(line.points.size() % 2, 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, LayoutTest, ::testing::Bool());

TEST(LayoutTest, ChainsAreStraightAndAnEmptyGraphIsFine) {
  EXPECT_TRUE(PlaceBoxes({}, false).corners.empty());
  const Layout chain = PlaceBoxes({{100, 50}, {60, 50, {0}}, {200, 50, {1}}}, false);
  for (const Line& line : chain.lines) EXPECT_DOUBLE_EQ(line.points[0].x, line.points[1].x);
}

TEST(LayoutTest, UntanglesTwoCrossedPairs) {
  const Layout layout = PlaceBoxes({{40, 20}, {40, 20}, {40, 20, {1}}, {40, 20, {0}}}, false);
  EXPECT_EQ(layout.corners[0].x < layout.corners[1].x, layout.corners[3].x < layout.corners[2].x);
}

GraphData OneFeature() {
  GraphNode node{.key = "a", .version = "0123456789abcdef", .project = "p"};
  node.fields = {{.key = "x", .version = "0123456789", .code_version = "</script><b>&\"'"}};
  node.description = "</script><script>alert(1)</script>";
  node.counts = NodeCounts{.stored = 5, .new_samples = 2, .exists = true};
  return {.nodes = {node}, .project_version = "fedcba9876543210"};
}

TEST(SvgTest, EscapesAndCounts) {
  const std::string svg = ToSvg(OneFeature(), {.show_code_versions = true, .title = "<t>"});
  EXPECT_THAT(svg, ::testing::StartsWith("<svg class=\"graph\" "));
  EXPECT_THAT(svg, HasSubstr(">&lt;t&gt;</text>"));
  EXPECT_THAT(svg, HasSubstr("01234567  &lt;/script&gt;&lt;b&gt;&amp;&quot;'</text>"));
  EXPECT_THAT(svg, HasSubstr(">2 new</text>"));
  EXPECT_THAT(svg, HasSubstr("project version fedcba98</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("http://www.w3.org/1999/xhtml")));
}

TEST(HtmlTest, IsOnePageThatLoadsNothing) {
  const std::string html = ToHtml(OneFeature(), {});
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("2 new, 0 stale, 0 orphaned"));
  // The content of a definition cannot end the script element that contains it.
  EXPECT_THAT(html, Not(HasSubstr("</script><script>alert")));
  EXPECT_THAT(html, HasSubstr("\\u003c/script>\\u003cscript>alert(1)"));
  for (const char* loading : {" src=", "url(http", "@import", "fetch(", "XMLHttpRequest"})
    EXPECT_THAT(html, Not(HasSubstr(loading))) << loading;
}

TEST(SvgTest, SaysWhatAFeatureWaitsFor) {
  GraphData data = OneFeature();
  data.nodes[0].counts = NodeCounts{.waits_for = {"b/c"}};
  EXPECT_THAT(ToSvg(data, {}), HasSubstr(">waits for b/c</text>"));
  EXPECT_THAT(ToHtml(data, {}), HasSubstr("0 new, 0 stale, 0 orphaned, 1 waiting<"));
  data.nodes[0].counts = NodeCounts{.waits_for = {"b/c", "d", "e"}};
  EXPECT_THAT(ToSvg(data, {}), HasSubstr(">waits for b/c and 2 more</text>"));
  data.nodes[0].counts = NodeCounts{.is_root = true};
  EXPECT_THAT(ToSvg(data, {}), HasSubstr(">waits for rows</text>"));
}

TEST(HtmlTest, SaysWhatIsNotKnown) {
  GraphData data = OneFeature();
  data.nodes[0].counts = NodeCounts{.error = "it is locked"};
  EXPECT_THAT(ToHtml(data, {}), HasSubstr("0 orphaned, 1 unknown"));
  EXPECT_THAT(ToSvg(data, {}), HasSubstr("unknown</text>"));
  data.nodes[0].counts.reset();
  EXPECT_THAT(ToHtml(data, {}), Not(HasSubstr("id=\"totals\"")));
}

}  // namespace
}  // namespace metaxy::render
