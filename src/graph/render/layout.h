// Layered graph layout: parents above their children, with few crossings.
#pragma once

#include <cstddef>
#include <vector>

namespace metaxy::render {

struct Point {
  double x = 0;
  double y = 0;
};

/// \brief A box to be placed. `parents` are positions in the list of boxes.
struct Box {
  double width = 0;
  double height = 0;
  std::vector<size_t> parents = {};
};

/// \brief A line from a parent's lower edge to a child's upper edge, through points between layers.
struct Line {
  size_t from = 0;
  size_t to = 0;
  std::vector<Point> points = {};
};

struct Layout {
  double width = 0;
  double height = 0;
  std::vector<Point> corners = {};  ///< the upper left corner of each box
  std::vector<Line> lines = {};
};

/// \brief Places boxes by Sugiyama's method: layers by the longest path from a root, an order
/// within each by the median of the neighbours, then positions that keep lines straight. The graph
/// must be acyclic. The result is deterministic.
/// \param left_to_right whether layers are placed side by side instead of one below the other
Layout PlaceBoxes(std::vector<Box> boxes, bool left_to_right);

}  // namespace metaxy::render
