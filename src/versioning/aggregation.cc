#include "versioning/aggregation.h"

#include <arrow/builder.h>

#include <algorithm>
#include <string>

#include "versioning/row_index.h"

namespace metaxy::internal {

arrow::Result<RowGroups> RowGroups::Make(const KeyColumns& groups, const KeyColumns& order) {
  ARROW_ASSIGN_OR_RAISE(const RowIndex index, RowIndex::Build(groups, /*skip_nulls=*/false));
  RowGroups result;
  result.group_of_row_.resize(static_cast<size_t>(groups.num_rows()));
  result.rows_.reserve(static_cast<size_t>(groups.num_rows()));
  result.offsets_.push_back(0);
  for (uint32_t first : index.first_rows()) {
    const auto group = static_cast<uint32_t>(result.offsets_.size() - 1);
    const size_t begin = result.rows_.size();
    for (uint32_t row = first; row != kNoRow; row = index.Next(row)) {
      result.group_of_row_[row] = group;
      result.rows_.push_back(row);
    }
    std::stable_sort(result.rows_.begin() + static_cast<std::ptrdiff_t>(begin), result.rows_.end(),
                     [&](uint32_t a, uint32_t b) { return order.Compare(a, b) < 0; });
    result.offsets_.push_back(static_cast<uint32_t>(result.rows_.size()));
  }
  return result;
}

arrow::Result<VersionTexts> RowGroups::HashOfGroups(const VersionTexts& texts,
                                                    const RowHasher& hasher) const {
  arrow::LargeStringBuilder builder;
  std::string joined;
  char hash[RowHasher::kMaxText];
  for (size_t group = 0; group + 1 < offsets_.size(); ++group) {
    joined.clear();
    bool first = true;
    for (uint32_t i = offsets_[group]; i < offsets_[group + 1]; ++i) {
      if (texts.IsNull(rows_[i])) continue;
      if (!first) joined += '|';
      joined += texts.Get(rows_[i]);
      first = false;
    }
    ARROW_RETURN_NOT_OK(builder.Append(hash, static_cast<int64_t>(hasher.Hash(joined, hash))));
  }
  std::shared_ptr<arrow::LargeStringArray> hashes;
  ARROW_RETURN_NOT_OK(builder.Finish(&hashes));
  return VersionTexts::Grouped(std::move(hashes), group_of_row_);
}

}  // namespace metaxy::internal
