#include "versioning/joined_rows.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/chunked_array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <numeric>

#include "metaxy/errors.h"
#include "versioning/row_index.h"

namespace metaxy::internal {
namespace {

enum class JoinType { kInner, kLeft, kFull };

// Grows the joined rows by one dependency after the other.
class Joiner {
 public:
  explicit Joiner(const std::vector<DependencyRows>& dependencies) : dependencies_(dependencies) {
    rows_.resize(dependencies.size());
  }

  arrow::Status Start(size_t dependency) {
    const int64_t rows = dependencies_[dependency].rows.num_rows();
    if (rows >= static_cast<int64_t>(kNoRow)) return TooMany();
    rows_[dependency].resize(static_cast<size_t>(rows));
    std::iota(rows_[dependency].begin(), rows_[dependency].end(), 0U);
    joined_.push_back(dependency);
    return arrow::Status::OK();
  }

  arrow::Status Join(size_t dependency, JoinType type) {
    const KeyColumns& right = dependencies_[dependency].join_keys;
    for (size_t known : joined_) {
      ARROW_RETURN_NOT_OK(KeyColumns::CheckComparable(dependencies_[known].join_keys, right));
    }
    ARROW_ASSIGN_OR_RAISE(const RowIndex index, RowIndex::Build(right, /*skip_nulls=*/true));
    std::vector<std::vector<uint64_t>> hashes(dependencies_.size());
    for (size_t known : joined_) hashes[known] = dependencies_[known].join_keys.Hashes();
    std::vector<uint8_t> matched(
        type == JoinType::kFull ? static_cast<size_t>(right.num_rows()) : 0, 0);

    std::vector<std::vector<uint32_t>> next(dependencies_.size());
    const size_t left_rows = rows_[joined_.front()].size();
    const auto emit = [&](size_t left, uint32_t right_row) {
      for (size_t known : joined_)
        next[known].push_back(left == kNoLeft ? kNoRow : rows_[known][left]);
      next[dependency].push_back(right_row);
    };
    for (size_t left = 0; left < left_rows; ++left) {
      const size_t owner = KeyOwner(left);
      const uint32_t row = rows_[owner][left];
      const KeyColumns& keys = dependencies_[owner].join_keys;
      uint32_t match = keys.HasNull(row) ? kNoRow : index.Find(keys, row, hashes[owner][row]);
      if (match == kNoRow && type != JoinType::kInner) emit(left, kNoRow);
      for (; match != kNoRow; match = index.Next(match)) {
        emit(left, match);
        if (!matched.empty()) matched[match] = 1;
      }
    }
    for (size_t row = 0; row < matched.size(); ++row) {
      if (!matched[row]) emit(kNoLeft, static_cast<uint32_t>(row));
    }
    rows_ = std::move(next);
    joined_.push_back(dependency);
    return rows_[dependency].size() >= kNoRow ? TooMany() : arrow::Status::OK();
  }

  arrow::Result<JoinedRows> Finish(bool full) {
    JoinedRows result;
    const size_t base = joined_.front();
    result.num_rows = static_cast<uint32_t>(rows_[base].size());
    if (full && joined_.size() > 1) {
      ARROW_ASSIGN_OR_RAISE(result.keys, CoalescedKeys());
    } else {
      result.keys = dependencies_[base].join_keys;
      if (joined_.size() > 1) result.key_rows = rows_[base];
    }
    result.rows = std::move(rows_);
    return result;
  }

 private:
  static constexpr size_t kNoLeft = static_cast<size_t>(-1);

  static arrow::Status TooMany() {
    return MakeError(
        ErrorCode::kResourceExhausted,
        fmt::format("the join of the parents has {} rows or more; filter them", kNoRow));
  }

  // The first dependency that has a row there: its key is the key of the joined row.
  size_t KeyOwner(size_t left) const {
    for (size_t known : joined_) {
      if (rows_[known][left] != kNoRow) return known;
    }
    return joined_.front();
  }

  arrow::Result<KeyColumns> CoalescedKeys() const {
    const KeyColumns& base = dependencies_[joined_.front()].join_keys;
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (size_t column = 0; column < base.num_columns(); ++column) {
      // One long column of all parents, of which each joined row takes the value of its owner.
      std::vector<std::shared_ptr<arrow::Array>> parts;
      std::vector<int64_t> starts(dependencies_.size(), 0);
      int64_t length = 0;
      const auto type = base.arrays()[column]->type();
      for (size_t known : joined_) {
        ARROW_ASSIGN_OR_RAISE(
            arrow::Datum part,
            arrow::compute::Cast(dependencies_[known].join_keys.arrays()[column], type));
        starts[known] = length;
        length += part.length();
        parts.push_back(part.make_array());
      }
      std::vector<int64_t> positions(rows_[joined_.front()].size());
      for (size_t row = 0; row < positions.size(); ++row) {
        const size_t owner = KeyOwner(row);
        positions[row] = starts[owner] + rows_[owner][row];
      }
      const arrow::Int64Array indices(static_cast<int64_t>(positions.size()),
                                      arrow::Buffer::Wrap(positions));
      ARROW_ASSIGN_OR_RAISE(
          arrow::Datum taken,
          arrow::compute::Take(arrow::Datum(std::make_shared<arrow::ChunkedArray>(parts)),
                               arrow::Datum(indices.data())));
      ARROW_ASSIGN_OR_RAISE(auto array, arrow::Concatenate(taken.chunked_array()->chunks()));
      arrays.push_back(std::move(array));
    }
    return KeyColumns::Make(std::move(arrays), base.names());
  }

  const std::vector<DependencyRows>& dependencies_;
  std::vector<size_t> joined_;
  std::vector<std::vector<uint32_t>> rows_;
};

}  // namespace

std::vector<size_t> JoinOrder(const FeatureSpec& feature) {
  std::vector<size_t> order;
  for (bool optional : {false, true}) {
    for (size_t i = 0; i < feature.deps.size(); ++i) {
      if (feature.deps[i].optional == optional) order.push_back(i);
    }
  }
  return order;
}

arrow::Result<JoinedRows> JoinDependencies(const FeaturePlan& plan,
                                           const std::vector<DependencyRows>& dependencies) {
  const auto& deps = plan.feature().deps;
  const std::vector<size_t> order = JoinOrder(plan.feature());
  const bool all_optional = deps[order.front()].optional;
  Joiner joiner(dependencies);
  ARROW_RETURN_NOT_OK(joiner.Start(order.front()));
  for (size_t i = 1; i < order.size(); ++i) {
    const JoinType type = all_optional
                              ? JoinType::kFull
                              : (deps[order[i]].optional ? JoinType::kLeft : JoinType::kInner);
    ARROW_RETURN_NOT_OK(joiner.Join(order[i], type));
  }
  return joiner.Finish(all_optional);
}

}  // namespace metaxy::internal
