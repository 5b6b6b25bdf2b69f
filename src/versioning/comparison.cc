#include "versioning/comparison.h"

#include "metaxy/errors.h"
#include "versioning/row_index.h"

namespace metaxy::internal {
namespace {

constexpr uint32_t kRowsBetweenStopChecks = 65536;

bool IsStale(const CurrentRows& current, uint32_t row, const HashText& expected) {
  if (current.forced_stale(row)) return true;
  const VersionTexts& stored = current.provenance();
  if (stored.IsNull(row)) return true;
  return !expected.null && stored.Get(row) != expected.view();
}

}  // namespace

arrow::Result<Comparison> Compare(const ExpectedRows& expected, const CurrentRows& current,
                                  const arrow::StopToken& stop_token) {
  const KeyColumns& keys = expected.keys();
  ARROW_RETURN_NOT_OK(KeyColumns::CheckComparable(keys, current.keys()));
  ARROW_ASSIGN_OR_RAISE(const RowIndex index, RowIndex::Build(current.keys(), /*skip_nulls=*/true));
  const std::vector<uint64_t> hashes = keys.Hashes();
  std::vector<uint8_t> matched(current.num_rows(), 0);
  Comparison result;
  RowProvenance provenance;
  for (uint32_t row = 0; row < expected.num_rows(); ++row) {
    if (row % kRowsBetweenStopChecks == 0 && stop_token.IsStopRequested()) {
      return MakeError(ErrorCode::kCancelled, "cancelled while comparing rows");
    }
    const uint32_t key = expected.KeyRow(row);
    uint32_t match = keys.HasNull(key) ? kNoRow : index.Find(keys, key, hashes[key]);
    if (match == kNoRow) {
      result.new_samples.push_back(row);
      continue;
    }
    expected.Provenance(row, &provenance);
    for (; match != kNoRow; match = index.Next(match)) {
      matched[match] = 1;
      if (IsStale(current, match, provenance.whole)) result.stale.push_back(row);
    }
  }
  for (uint32_t row = 0; row < current.num_rows(); ++row) {
    if (!matched[row]) result.orphaned.push_back(row);
  }
  return result;
}

}  // namespace metaxy::internal
