#include "versioning/parts/parted_resolve.h"

#include <arrow/compute/expression.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "metaxy/errors.h"
#include "versioning/parts/some_fragments.h"
#include "versioning/resolve/comparison.h"
#include "versioning/resolve/current_rows.h"
#include "versioning/resolve/joined_rows.h"
#include "versioning/scan/memory_table.h"
#include "versioning/scan/taken_rows.h"
#include "versioning/summary/execution.h"
#include "versioning/summary/move_rows.h"

namespace metaxy::internal {
namespace {

arrow::Status Invalid(std::string message) {
  return MakeError(ErrorCode::kInvalidInput, std::move(message));
}

// The failures that count, once they are read; null if there are none.
arrow::Result<std::shared_ptr<FailedSamples>> ReadFailures(const ResolveInput& input,
                                                           Execution* execution) {
  if (!input.failures) return nullptr;
  ARROW_ASSIGN_OR_RAISE(auto failed, FailedSamples::Make(*input.failures, execution));
  ARROW_RETURN_NOT_OK(failed->Read());
  return failed->empty() ? nullptr : failed;
}

}  // namespace

arrow::Result<std::shared_ptr<const PartedResolve>> PartedResolve::Make(ResolveInput input,
                                                                        PartOptions options) {
  if (options.parts < 1) return Invalid("a resolve needs at least one part");
  if (input.samples) {
    return Invalid(
        fmt::format("samples of '{}' are in this process, and are resolved here, in one part",
                    input.plan->feature().key.ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher,
                        RowHasher::Make(input.hash_algorithm, input.hash_truncation_length));
  std::shared_ptr<PartedResolve> resolve(
      new PartedResolve(std::move(input), hasher, std::move(options)));
  ARROW_RETURN_NOT_OK(resolve->SetUp());
  return resolve;
}

arrow::Status PartedResolve::SetUp() {
  Execution execution(input_.execution);
  return setup_.Run([&](RowsRequest request) -> arrow::Result<std::shared_ptr<const ScannedTable>> {
    ARROW_ASSIGN_OR_RAISE(TablePlaces places, TablePlaces::Make(*request.table));
    // A scan without rows says how they would be summarised, and what is wrong with conditions.
    RowsRequest without = request;
    ARROW_ASSIGN_OR_RAISE(const auto none, arrow::Table::MakeEmpty(request.table->schema()));
    ARROW_ASSIGN_OR_RAISE(without.table, MemoryTable::Make(none));
    ARROW_ASSIGN_OR_RAISE(const auto scan, RowScan::Make(std::move(without), &execution));
    auto scanned = std::make_shared<ScannedTable>();
    scanned->table = request.table;
    tables_.push_back({std::move(request), std::move(places), scan->layout(), scan->split_by_id()});
    return scanned;
  });
}

arrow::Status PartedResolve::CheckTable(size_t table) const {
  if (table < tables_.size()) return arrow::Status::OK();
  return Invalid(fmt::format("there is no table {}; the plan has {}", table, tables_.size()));
}

arrow::Status PartedResolve::CheckPart(size_t part) const {
  if (part < options_.parts) return arrow::Status::OK();
  return Invalid(fmt::format("there is no part {}; the plan has {}", part, options_.parts));
}

BlockLayout PartedResolve::LayoutOf(size_t table, bool by_join) const {
  const Table& of = tables_[table];
  BlockLayout layout{of.layout, of.request.value != RowValue::kNothing};
  if (by_join && of.exchanged) {
    // One row of each sample is left, whose key is that of the join.
    layout.rows.unique = false;
    layout.rows.with_join = false;
  }
  return layout;
}

arrow::Result<std::vector<std::string>> PartedResolve::Scan(size_t table,
                                                            std::vector<uint32_t> fragments,
                                                            const ExecutionOptions& options) const {
  ARROW_RETURN_NOT_OK(CheckTable(table));
  const TablePlaces& known = tables_[table].places;
  std::sort(fragments.begin(), fragments.end());
  if (std::adjacent_find(fragments.begin(), fragments.end()) != fragments.end())
    return Invalid("a fragment is to be scanned twice");
  if (!fragments.empty() && fragments.back() >= known.num_fragments()) {
    return Invalid(fmt::format("there is no fragment {} of table {}, which has {}",
                               fragments.back(), table, known.num_fragments()));
  }
  const bool by_join = !is_exchanged(table);
  const BlockLayout layout = LayoutOf(table, by_join);
  std::vector<RowTable> parts(options_.parts, RowTable(layout.rows));
  std::shared_ptr<const ScannedTable> scanned = std::make_shared<ScannedTable>();
  if (!fragments.empty()) {
    std::vector<uint64_t> ids;
    uint64_t num_rows = 0;
    for (const uint32_t fragment : fragments) {
      ids.push_back(known.fragment_id(fragment));
      num_rows += known.fragment_rows(fragment);
    }
    RowsRequest request = tables_[table].request;
    request.table = std::make_shared<const SomeFragments>(request.table, std::move(ids),
                                                          static_cast<int64_t>(num_rows));
    Execution execution(options);
    execution.UseHasher(hasher());
    ARROW_ASSIGN_OR_RAISE(const auto scan, RowScan::Make(std::move(request), &execution));
    scanned = scan->scanned();
    RowBlock block;
    while (true) {
      ARROW_RETURN_NOT_OK(execution.Check());
      ARROW_ASSIGN_OR_RAISE(const bool more, scan->Read(&block));
      if (!more) break;
      const auto& keys = layout.rows.with_join && by_join ? block.joins : block.ids;
      for (uint32_t row = 0; row < block.size(); ++row) {
        RowTable& rows = parts[PartOf(keys[row])];
        AppendRow(block, row, &rows);
        if (rows.should_deduplicate()) rows.Deduplicate();
      }
    }
  }
  return Encode(table, by_join, fragments, std::move(parts),
                [&](std::span<const uint32_t> positions) {
                  return known.PlacesOf(scanned->row_ids.At(positions));
                });
}

std::vector<std::string> PartedResolve::Encode(size_t table, bool by_join,
                                               const std::vector<uint32_t>& sources,
                                               std::vector<RowTable> parts,
                                               const Places& places) const {
  const BlockLayout layout = LayoutOf(table, by_join);
  std::vector<std::string> blocks;
  for (size_t part = 0; part < parts.size(); ++part) {
    PlacedRows placed{std::exchange(parts[part], RowTable(layout.rows))};
    placed.rows.Deduplicate();
    std::vector<uint32_t> positions;
    std::vector<uint32_t> firsts;
    for (uint32_t row = 0; row < placed.rows.size(); ++row) {
      positions.push_back(placed.rows.row(row).position);
      if (layout.rows.with_first) firsts.push_back(placed.rows.first(row));
    }
    placed.places = places(positions);
    placed.firsts = places(firsts);
    const BlockHead head{.plan = options_.plan,
                         .table = static_cast<uint32_t>(table),
                         .part = static_cast<uint32_t>(part),
                         .by_join = by_join,
                         .sources = sources};
    blocks.push_back(EncodeBlock(head, layout, placed));
  }
  return blocks;
}

arrow::Result<PlacedRows> PartedResolve::Gather(size_t table, size_t part, bool by_join,
                                                const std::vector<std::string>& blocks) const {
  const BlockHead expected{.plan = options_.plan,
                           .table = static_cast<uint32_t>(table),
                           .part = static_cast<uint32_t>(part),
                           .by_join = by_join};
  const BlockLayout layout = LayoutOf(table, by_join);
  const bool of_parts = by_join && is_exchanged(table);
  std::vector<bool> sources(of_parts ? options_.parts : tables_[table].places.num_fragments());
  PlacedRows placed{RowTable(layout.rows)};
  for (const std::string& bytes : blocks) {
    ARROW_ASSIGN_OR_RAISE(const BlockHead head, DecodeBlock(bytes, expected, layout, &placed));
    for (const uint32_t source : head.sources) {
      if (source < sources.size() && !sources[source]) {
        sources[source] = true;
        continue;
      }
      return Invalid(fmt::format("{} {} of table {} is in two blocks of part {}; give each once",
                                 of_parts ? "part" : "fragment", source, table, part));
    }
  }
  const auto missing = std::find(sources.begin(), sources.end(), false);
  if (missing == sources.end()) return placed;
  return Invalid(fmt::format("{} {} of table {} is in no block of part {}; give those of all",
                             of_parts ? "part" : "fragment", missing - sources.begin(), table,
                             part));
}

arrow::Result<std::vector<std::string>> PartedResolve::Exchange(
    size_t table, size_t part, const std::vector<std::string>& blocks,
    const ExecutionOptions& options) const {
  ARROW_RETURN_NOT_OK(CheckTable(table));
  ARROW_RETURN_NOT_OK(CheckPart(part));
  if (!is_exchanged(table))
    return Invalid(fmt::format("table {} is not exchanged; compare its blocks", table));
  ARROW_ASSIGN_OR_RAISE(PlacedRows placed, Gather(table, part, /*by_join=*/false, blocks));
  ARROW_ASSIGN_OR_RAISE(const PartOfTable latest, Locate(table, std::move(placed)));
  const Execution execution(options);
  const BlockLayout layout = LayoutOf(table, /*by_join=*/true);
  std::vector<RowTable> parts(options_.parts, RowTable(layout.rows));
  for (uint32_t row = 0; row < latest.rows.size(); ++row) {
    if (latest.rows.dropped(row)) continue;
    const KeyHash& key = latest.rows.join(row);
    AppendByJoin(latest.rows, row, &parts[PartOf(key)]);
  }
  ARROW_RETURN_NOT_OK(execution.Check());
  return Encode(table, /*by_join=*/true, {static_cast<uint32_t>(part)}, std::move(parts),
                [&](std::span<const uint32_t> positions) { return latest.PlacesOf(positions); });
}

std::vector<uint64_t> PartedResolve::PartOfTable::PlacesOf(
    std::span<const uint32_t> positions) const {
  std::vector<uint64_t> places(positions.begin(), positions.end());
  if (order)
    for (uint64_t& place : places) place = (*order)[place];
  return places;
}

arrow::Result<PartedResolve::PartOfTable> PartedResolve::Locate(size_t table,
                                                                PlacedRows placed) const {
  const TablePlaces& known = tables_[table].places;
  for (const auto* places : {&placed.places, &placed.firsts}) {
    if (std::any_of(places->begin(), places->end(),
                    [&](uint64_t place) { return place >= known.size(); }))
      return Invalid(fmt::format("a block has rows that table {} has not", table));
  }
  PartOfTable part{std::move(placed.rows)};
  if (known.size() >= options_.most_places) {
    // The table has more places than there are positions; this part has fewer rows.
    std::vector<uint64_t> order = placed.places;
    order.insert(order.end(), placed.firsts.begin(), placed.firsts.end());
    std::sort(order.begin(), order.end());
    order.erase(std::unique(order.begin(), order.end()), order.end());
    part.order = std::make_shared<const std::vector<uint64_t>>(std::move(order));
  }
  const auto position = [&](uint64_t place) {
    if (!part.order) return static_cast<uint32_t>(place);
    return static_cast<uint32_t>(std::lower_bound(part.order->begin(), part.order->end(), place) -
                                 part.order->begin());
  };
  RowTable& rows = part.rows;
  for (uint32_t row = 0; row < rows.size(); ++row) {
    rows.row(row).position = position(placed.places[row]);
    if (rows.layout().with_first) rows.set_first(row, position(placed.firsts[row]));
  }
  rows.BuildIndex();
  return part;
}

arrow::Result<PartOutcome> PartedResolve::Compare(
    size_t part, const std::vector<std::vector<std::string>>& blocks, size_t most_rows,
    const ExecutionOptions& options) const {
  ARROW_RETURN_NOT_OK(CheckPart(part));
  if (blocks.size() != tables_.size()) {
    return Invalid(fmt::format("blocks of {} tables are given, and the plan has {}", blocks.size(),
                               tables_.size()));
  }
  if (most_rows < 1) return Invalid("a slice has at least one row");
  Execution execution(options);
  execution.UseHasher(hasher());
  ARROW_ASSIGN_OR_RAISE(const auto failed, ReadFailures(input_, &execution));
  ARROW_ASSIGN_OR_RAISE(const ComparisonPlan comparison,
                        setup_.Comparison(execution.hasher(), failed.get()));
  std::vector<RowTable> inputs;
  std::vector<SliceTable> pinned;
  for (size_t i = 0; i < tables_.size(); ++i) {
    ARROW_RETURN_NOT_OK(execution.Check());
    ARROW_ASSIGN_OR_RAISE(PlacedRows placed, Gather(i, part, /*by_join=*/true, blocks[i]));
    ARROW_ASSIGN_OR_RAISE(PartOfTable located, Locate(i, std::move(placed)));
    inputs.push_back(std::exchange(located.rows, RowTable()));
    pinned.push_back({[located, &known = tables_[i].places](std::span<const uint32_t> positions) {
                        return known.RowIdsOf(located.PlacesOf(positions));
                      },
                      options_.pins.at(i)});
  }
  std::optional<RowTable> current;
  if (setup_.current()) {
    current = std::move(inputs.back());
    inputs.pop_back();
  }
  Outcome outcome = ComparePart(comparison, inputs, current ? &*current : nullptr);
  if (comparison.asks_predicates)
    ARROW_RETURN_NOT_OK(AskPredicates(pinned.back(), failed != nullptr, execution, &outcome));
  outcome.Sort(OutputOrder(input_.plan->feature(), outcome.join_sizes));
  return Slices(outcome, pinned, inputs.size(), most_rows);
}

arrow::Status PartedResolve::AskPredicates(const SliceTable& current, bool has_failed,
                                           const Execution& execution, Outcome* outcome) const {
  // Of the table, only these rows are looked at: they get positions of their own.
  RowGroups groups = std::move(outcome->undecided_current);
  std::vector<uint64_t> wanted;
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::vector<uint64_t> row_ids = current.row_ids(groups.group(i));
    wanted.insert(wanted.end(), row_ids.begin(), row_ids.end());
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  outcome->undecided_current = RowGroups();
  std::vector<uint32_t> positions;
  for (size_t i = 0; i < groups.size(); ++i) {
    positions.clear();
    for (const uint64_t id : current.row_ids(groups.group(i))) {
      positions.push_back(static_cast<uint32_t>(std::lower_bound(wanted.begin(), wanted.end(), id) -
                                                wanted.begin()));
    }
    outcome->undecided_current.Add(positions);
  }
  CurrentRows rows = *setup_.current();
  rows.SetTable(TakenRows::Scanned(input_.current, std::move(wanted)));
  return DecideByPredicates(rows, has_failed, execution, outcome);
}

arrow::Result<PartOutcome> PartedResolve::Slices(const Outcome& outcome,
                                                 const std::vector<SliceTable>& tables,
                                                 size_t num_inputs, size_t most_rows) const {
  IncrementSlice head;
  head.feature = input_.plan->feature().key.ToString();
  head.feature_version = input_.current_version;
  head.hashing = HashingOf(input_.hash_algorithm, input_.hash_truncation_length);
  const std::vector<SliceTable> parents(tables.begin(),
                                        tables.begin() + static_cast<std::ptrdiff_t>(num_inputs));
  const auto cut = [&](IncrementPart part, const Tuples& rows, std::vector<std::string>* slices) {
    const bool tells_columns = part == IncrementPart::kNew;
    for (size_t begin = 0; begin < rows.size() || (begin == 0 && tells_columns);
         begin += most_rows) {
      IncrementSlice slice = head;
      slice.part = part;
      const size_t count = std::min(most_rows, rows.size() - begin);
      SetRows(outcome.Some(rows, begin, count, num_inputs), parents, &slice);
      slices->push_back(slice.Serialise());
    }
  };
  PartOutcome result;
  cut(IncrementPart::kNew, outcome.new_samples, &result.new_samples);
  cut(IncrementPart::kStale, outcome.stale, &result.stale);
  cut(IncrementPart::kFailed, outcome.failed, &result.failed);
  head.part = IncrementPart::kOrphaned;
  for (const auto& predicate : input_.staleness_predicates) {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, arrow::compute::Serialize(predicate));
    head.predicates.push_back(bytes->ToString());
  }
  for (size_t begin = 0; begin < outcome.orphaned.size(); begin += most_rows) {
    IncrementSlice slice = head;
    const size_t count = std::min(most_rows, outcome.orphaned.size() - begin);
    SetOrphaned(outcome.orphaned, begin, count, tables.back(), &slice);
    result.orphaned.push_back(slice.Serialise());
  }
  result.counts = {static_cast<int64_t>(outcome.new_samples.size()),
                   static_cast<int64_t>(outcome.stale.size()),
                   static_cast<int64_t>(outcome.orphaned.size()),
                   static_cast<int64_t>(outcome.failed.size()), outcome.failed_stale};
  result.expected_keys = outcome.expected_keys;
  result.existing_keys = outcome.existing_keys;
  return result;
}

}  // namespace metaxy::internal
