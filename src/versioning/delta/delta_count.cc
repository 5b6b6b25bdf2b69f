#include "versioning/delta/delta_count.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "base/interrupt.h"
#include "versioning/delta/fingerprint.h"
#include "versioning/delta/observed_table.h"
#include "versioning/delta/table_difference.h"
#include "versioning/resolve/latest_rows.h"

namespace metaxy::internal {
namespace {

// The count of an earlier call, and the state of the table now, if the rows are those of then.
std::optional<CheckpointCache::Entry> Known(const TableSnapshot& table, const std::string& place,
                                            const std::string& fingerprint,
                                            const DeltaOptions& options) {
  std::optional<CheckpointCache::Entry> known = options.cache->Read(place, fingerprint);
  if (!known || known->checkpoint.tables.size() != 1) return std::nullopt;
  TableState& state = known->checkpoint.tables.front();
  const TableState before = state;
  const std::optional<TableDifference> difference = Follow(table, before, &state);
  if (!difference ||
      (difference->rows != RowsSince::kUnchanged && difference->rows != RowsSince::kReordered))
    return std::nullopt;
  if (difference->rows == RowsSince::kReordered && known->checkpoint.facts.tied_samples > 0)
    return std::nullopt;
  if (before != state) options.cache->Write(place, known->checkpoint);
  return known;
}

}  // namespace

arrow::Result<int64_t> CountByDelta(RowsRequest request, const std::string& place,
                                    const std::string& table, const DeltaOptions& options,
                                    const ExecutionOptions& execution) {
  const arrow::Result<std::string> fingerprint = FingerprintOfCount(request, place, table);
  const bool remembers = options.mode != DeltaMode::kOff && options.never.empty() &&
                         options.cache.has_value() && fingerprint.ok();
  std::optional<CheckpointCache::Entry> known;
  if (remembers) {
    ARROW_RETURN_NOT_OK(Interrupt(execution).Check("counting rows"));
    known = Known(*request.table, place, *fingerprint, options);
    if (known && !MustVerify(options.mode, known->uses))
      return known->checkpoint.counts.new_samples;
  }
  const auto observed = std::make_shared<ObservedTable>(request.table);
  request.table = observed;
  ARROW_ASSIGN_OR_RAISE(const LatestRows rows, FindLatestRows(std::move(request), execution));
  if (!remembers) return rows.num_rows();
  if (known && known->checkpoint.counts.new_samples != rows.num_rows()) {
    options.cache->Remove(place, *fingerprint);
    options.log.Warn(
        LogSubject::kDelta,
        fmt::format("the delta way counted {} rows in table '{}'; the full one {}, which is the "
                    "answer. Please report this, and set delta = \"off\" until it is understood",
                    known->checkpoint.counts.new_samples, table, rows.num_rows()),
        {{"way", "verify"}});
    return rows.num_rows();
  }
  Checkpoint checkpoint{
      .fingerprint = *fingerprint, .store = options.store, .subject = table, .is_count = true};
  checkpoint.counts.new_samples = rows.num_rows();
  checkpoint.facts.tied_samples = rows.tied_samples;
  auto state = observed->State(observed->columns());
  if (state.ok() && *state) {
    checkpoint.tables.push_back(**std::move(state));
    options.cache->Write(place, checkpoint);
  }
  return rows.num_rows();
}

}  // namespace metaxy::internal
