#include "graph/render/layout.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace metaxy::render {

namespace {

constexpr double kMargin = 24;
constexpr double kGapInLayer = 28;
constexpr double kGapOfBends = 14;
constexpr double kGapBetweenLayers = 64;
constexpr int kOrderSweeps = 12;
constexpr int kPlaceSweeps = 16;

// A box, or a bend of a line that crosses a layer.
struct Cell {
  double width = 0;
  double height = 0;
  size_t layer = 0;
  bool is_bend = false;
  std::vector<size_t> up = {};
  std::vector<size_t> down = {};
  double center = 0;
  double order = 0;
};

class Placement {
 public:
  explicit Placement(const std::vector<Box>& boxes) {
    for (const Box& box : boxes) cells_.push_back({.width = box.width, .height = box.height});
    FindLayers(boxes);
    for (size_t child = 0; child < boxes.size(); ++child) {
      for (size_t parent : boxes[child].parents) Connect(parent, child);
    }
    layers_.resize(LayerCount());
    for (size_t i = 0; i < cells_.size(); ++i) layers_[cells_[i].layer].push_back(i);
    Order();
    Place();
  }

  Layout Result(size_t box_count) const {
    Layout layout;
    std::vector<double> tops(layers_.size() + 1, kMargin);
    std::vector<double> heights(layers_.size(), 0);
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
      for (size_t i : layers_[layer]) heights[layer] = std::max(heights[layer], cells_[i].height);
      tops[layer + 1] = tops[layer] + heights[layer] + kGapBetweenLayers;
    }
    double left = 0;
    double right = 0;
    for (const Cell& cell : cells_) {
      left = std::min(left, cell.center - cell.width / 2);
      right = std::max(right, cell.center + cell.width / 2);
    }
    const double shift = kMargin - left;
    layout.width = right - left + 2 * kMargin;
    layout.height = layers_.empty() ? 2 * kMargin : tops.back() - kGapBetweenLayers + kMargin;
    for (size_t i = 0; i < box_count; ++i)
      layout.corners.push_back(
          {cells_[i].center - cells_[i].width / 2 + shift, tops[cells_[i].layer]});
    for (const auto& chain : chains_) {
      Line line{.from = chain.front(), .to = chain.back()};
      for (size_t cell : chain) {
        const double x = cells_[cell].center + shift;
        const double top = tops[cells_[cell].layer];
        if (cell == chain.front()) {
          line.points.push_back({x, top + cells_[cell].height});
        } else if (cell == chain.back()) {
          line.points.push_back({x, top});
        } else {  // straight past the boxes of the layer
          line.points.push_back({x, top});
          line.points.push_back({x, top + heights[cells_[cell].layer]});
        }
      }
      layout.lines.push_back(std::move(line));
    }
    return layout;
  }

 private:
  // The longest path from a root, in topological order (Kahn's algorithm).
  void FindLayers(const std::vector<Box>& boxes) {
    std::vector<std::vector<size_t>> children(boxes.size());
    std::vector<size_t> open(boxes.size());
    std::vector<size_t> ready;
    for (size_t i = 0; i < boxes.size(); ++i) {
      open[i] = boxes[i].parents.size();
      for (size_t parent : boxes[i].parents) children[parent].push_back(i);
      if (open[i] == 0) ready.push_back(i);
    }
    for (size_t next = 0; next < ready.size(); ++next) {
      const size_t parent = ready[next];
      for (size_t child : children[parent]) {
        cells_[child].layer = std::max(cells_[child].layer, cells_[parent].layer + 1);
        if (--open[child] == 0) ready.push_back(child);
      }
    }
  }

  void Connect(size_t parent, size_t child) {
    std::vector<size_t> chain = {parent};
    for (size_t layer = cells_[parent].layer + 1; layer < cells_[child].layer; ++layer) {
      chain.push_back(cells_.size());
      cells_.push_back({.layer = layer, .is_bend = true});
    }
    chain.push_back(child);
    for (size_t i = 0; i + 1 < chain.size(); ++i) {
      cells_[chain[i]].down.push_back(chain[i + 1]);
      cells_[chain[i + 1]].up.push_back(chain[i]);
    }
    chains_.push_back(std::move(chain));
  }

  size_t LayerCount() const {
    size_t count = 0;
    for (const Cell& cell : cells_) count = std::max(count, cell.layer + 1);
    return count;
  }

  void Number(const std::vector<size_t>& layer) {
    for (size_t i = 0; i < layer.size(); ++i) cells_[layer[i]].order = static_cast<double>(i);
  }

  size_t Crossings() const {
    size_t count = 0;
    for (const auto& layer : layers_) {
      std::vector<std::pair<double, double>> lines;
      for (size_t cell : layer) {
        for (size_t other : cells_[cell].down)
          lines.emplace_back(cells_[cell].order, cells_[other].order);
      }
      // Counting pairs is quadratic; beyond this size the first order found is good enough.
      if (lines.size() > 2000) return 0;
      for (size_t i = 0; i < lines.size(); ++i) {
        for (size_t j = i + 1; j < lines.size(); ++j) {
          count += (lines[i].first - lines[j].first) * (lines[i].second - lines[j].second) < 0;
        }
      }
    }
    return count;
  }

  void SortLayer(std::vector<size_t>* layer, std::vector<size_t> Cell::* neighbours) {
    std::vector<std::pair<double, size_t>> keyed;
    for (size_t cell : *layer) {
      const std::vector<size_t>& others = cells_[cell].*neighbours;
      double sum = 0;
      for (size_t other : others) sum += cells_[other].order;
      keyed.emplace_back(
          others.empty() ? cells_[cell].order : sum / static_cast<double>(others.size()), cell);
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (size_t i = 0; i < keyed.size(); ++i) (*layer)[i] = keyed[i].second;
    Number(*layer);
  }

  // Sweeps down and up; the order with the fewest crossings is kept.
  void Order() {
    for (const auto& layer : layers_) Number(layer);
    std::vector<std::vector<size_t>> best = layers_;
    size_t fewest = Crossings();
    for (int sweep = 0; sweep < kOrderSweeps && fewest > 0; ++sweep) {
      if (sweep % 2 == 0) {
        for (auto& layer : layers_) SortLayer(&layer, &Cell::up);
      } else {
        for (size_t i = layers_.size(); i-- > 0;) SortLayer(&layers_[i], &Cell::down);
      }
      const size_t crossings = Crossings();
      if (crossings < fewest) {
        fewest = crossings;
        best = layers_;
      }
    }
    layers_ = std::move(best);
    for (const auto& layer : layers_) Number(layer);
  }

  double Distance(size_t left, size_t right) const {
    const bool bend = cells_[left].is_bend || cells_[right].is_bend;
    return (cells_[left].width + cells_[right].width) / 2 + (bend ? kGapOfBends : kGapInLayer);
  }

  // Moves the cells of a layer as close as possible (least squares) to their desired positions,
  // keeping their order and gaps: pool adjacent violators.
  void BuildIndex(const std::vector<size_t>& layer, const std::vector<double>& wanted) {
    struct Pool {
      double sum;
      size_t size;
      double mean() const { return sum / static_cast<double>(size); }
    };
    std::vector<Pool> pools;
    std::vector<double> offsets(layer.size(), 0);
    for (size_t i = 0; i < layer.size(); ++i) {
      if (i > 0) offsets[i] = offsets[i - 1] + Distance(layer[i - 1], layer[i]);
      pools.push_back({wanted[i] - offsets[i], 1});
      while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
        const Pool last = pools.back();
        pools.pop_back();
        pools.back().sum += last.sum;
        pools.back().size += last.size;
      }
    }
    size_t i = 0;
    for (const Pool& pool : pools) {
      for (size_t n = 0; n < pool.size; ++n, ++i)
        cells_[layer[i]].center = pool.mean() + offsets[i];
    }
  }

  void SettleNear(const std::vector<size_t>& layer, bool above, bool below) {
    std::vector<double> wanted;
    for (size_t cell : layer) {
      double sum = 0;
      size_t count = 0;
      auto add = [&](const std::vector<size_t>& others) {
        for (size_t other : others) sum += cells_[other].center;
        count += others.size();
      };
      if (above) add(cells_[cell].up);
      if (below) add(cells_[cell].down);
      wanted.push_back(count == 0 ? cells_[cell].center : sum / static_cast<double>(count));
    }
    BuildIndex(layer, wanted);
  }

  void Place() {
    for (const auto& layer : layers_) BuildIndex(layer, std::vector<double>(layer.size(), 0));
    for (int sweep = 0; sweep < kPlaceSweeps; ++sweep) {
      const bool last = sweep + 2 >= kPlaceSweeps;
      if (sweep % 2 == 0) {
        for (const auto& layer : layers_) SettleNear(layer, true, last);
      } else {
        for (size_t i = layers_.size(); i-- > 0;) SettleNear(layers_[i], last, true);
      }
    }
  }

  std::vector<Cell> cells_;
  std::vector<std::vector<size_t>> layers_;
  std::vector<std::vector<size_t>> chains_;  // the cells of each line
};

}  // namespace

Layout PlaceBoxes(std::vector<Box> boxes, bool left_to_right) {
  if (left_to_right) {
    for (Box& box : boxes) std::swap(box.width, box.height);
  }
  Layout layout = Placement(boxes).Result(boxes.size());
  if (left_to_right) {
    std::swap(layout.width, layout.height);
    for (Point& corner : layout.corners) std::swap(corner.x, corner.y);
    for (Line& line : layout.lines) {
      for (Point& point : line.points) std::swap(point.x, point.y);
    }
  }
  return layout;
}

}  // namespace metaxy::render
