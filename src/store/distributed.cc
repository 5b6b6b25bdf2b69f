#include "metaxy/distributed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "metaxy/errors.h"
#include "metaxy/metadata_store.h"
#include "store/checked.h"
#include "store/failures/failure_table.h"
#include "store/pinned_tables.h"
#include "store/store_session.h"
#include "versioning/parts/parted_resolve.h"
#include "versioning/parts/resolve_plan.h"
#include "versioning/resolve/read_slice.h"

namespace metaxy {
namespace internal {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;
using Resolve = std::shared_ptr<const PartedResolve>;

arrow::Status NotPinned(std::string_view what) {
  return MakeError(ErrorCode::kNotSupported,
                   fmt::format("{} cannot be opened by other processes: it was given, or is of an "
                               "overlay, a snapshot or a LanceDB server; resolve in one process",
                               what));
}

const std::vector<std::string>& FailureColumns() {
  static const std::vector<std::string> columns = {kFeatureHashColumn};
  return columns;
}

arrow::Result<TablePin> RequirePin(const TableSnapshot& table, const std::string& place,
                                   const std::vector<std::string>& id_columns,
                                   const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto pin, PinOf(table, place, id_columns));
  if (!pin) return NotPinned("the table of '" + name + "'");
  return *pin;
}

// Pins all tables of an input.
arrow::Status PinTables(const ResolveInput& input, const std::string& failures_place,
                        PlannedResolve* plan) {
  const FeatureSpec& feature = input.plan->feature();
  for (size_t i = 0; i < input.dependencies.size(); ++i) {
    const DependencyInput& parent = input.dependencies[i];
    ARROW_ASSIGN_OR_RAISE(plan->tables.emplace_back(),
                          RequirePin(*parent.table, parent.place, IdColumnsOf(*input.plan, i),
                                     feature.deps[i].feature.ToString()));
  }
  if (input.current && !input.skip_comparison) {
    ARROW_ASSIGN_OR_RAISE(
        plan->tables.emplace_back(),
        RequirePin(*input.current, input.place, feature.id_columns, feature.key.ToString()));
  }
  if (!input.failures) return arrow::Status::OK();
  const FailureInput& failures = *input.failures;
  PlannedResolve::Failures& planned = plan->failures.emplace();
  ARROW_ASSIGN_OR_RAISE(planned.pin, RequirePin(*failures.table, failures_place, FailureColumns(),
                                                "metaxy-system/failures"));
  planned.feature_hash = failures.feature_hash;
  planned.policy = failures.policy;
  planned.now = failures.now;
  return arrow::Status::OK();
}

arrow::Result<ResolvePlan> Plan(StoreSession& store, const FeatureKey& feature, int parts,
                                const ResolveUpdateOptions& options) {
  ARROW_RETURN_NOT_OK(store.CheckOpen());
  if (parts < 1) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("parts is {}; a resolve needs at least one part", parts));
  }
  ARROW_ASSIGN_OR_RAISE(const auto graph, store.GraphAfterSync(options.execution));
  ARROW_ASSIGN_OR_RAISE(const ResolveInput input, store.PrepareResolve(*graph, feature, options));
  PlannedResolve plan = PlannedResolve::Of(input);
  plan.parts = static_cast<uint64_t>(parts);
  plan.seed = KeyHasher::Random().seed();
  if (!input.samples) ARROW_RETURN_NOT_OK(PinTables(input, store.storage().place(), &plan));
  // Whatever is wrong is said here, and not by all processes.
  ARROW_ASSIGN_OR_RAISE(const Resolve resolve, PartedResolve::Make(input, {.parts = plan.parts}));
  ResolvePlan result{.parts = parts};
  ARROW_ASSIGN_OR_RAISE(result.bytes, plan.Serialise());
  const auto& deps = input.plan->feature().deps;
  for (size_t i = 0; i < resolve->num_tables(); ++i) {
    PlannedTable& table = result.tables.emplace_back(
        PlannedTable{.feature = i < deps.size() ? deps[i].feature : feature});
    const TablePlaces& places = resolve->places(i);
    for (size_t fragment = 0; fragment < places.num_fragments(); ++fragment)
      table.fragment_rows.push_back(static_cast<int64_t>(places.fragment_rows(fragment)));
    table.exchanged = resolve->is_exchanged(i);
  }
  return result;
}

// The resolve that bytes tell of, with its tables open.
arrow::Result<Resolve> OpenPlan(StoreSession& store, std::string_view bytes,
                                const ExecutionOptions& execution) {
  ARROW_RETURN_NOT_OK(store.CheckOpen());
  ARROW_ASSIGN_OR_RAISE(const PlannedResolve plan, PlannedResolve::Parse(bytes));
  const FeatureKey feature(plan.feature);
  const Interrupt interrupt(execution);
  ARROW_ASSIGN_OR_RAISE(const auto graph, store.GraphAfterSync(execution));
  ARROW_RETURN_NOT_OK(CheckResolved(store, *graph, feature, plan.feature_version, plan.hashing));
  ResolveInput input = plan.Input();
  ARROW_ASSIGN_OR_RAISE(FeaturePlan made, graph->GetFeaturePlan(feature));
  input.plan = std::make_shared<const FeaturePlan>(std::move(made));
  input.hash_algorithm = store.options().hash_algorithm;
  input.hash_truncation_length = graph->hash_truncation_length();
  const FeatureSpec& spec = input.plan->feature();
  for (size_t i = 0; i < plan.tables.size(); ++i) {
    const bool parent = i < input.dependencies.size();
    const FeatureKey& owner = parent ? spec.deps.at(i).feature : spec.key;
    ARROW_ASSIGN_OR_RAISE(
        (parent ? input.dependencies[i].table : input.current),
        OpenPinned(store, owner.table_name(), plan.tables[i],
                   IdColumnsOf(*input.plan, parent ? i : spec.deps.size()), interrupt));
  }
  if (plan.failures) {
    FailureInput& failures = input.failures.emplace();
    ARROW_ASSIGN_OR_RAISE(failures.table, OpenPinned(store, FailuresTable(), plan.failures->pin,
                                                     FailureColumns(), interrupt));
    failures.feature_hash = plan.failures->feature_hash;
    failures.policy = plan.failures->policy;
    failures.now = plan.failures->now;
  }
  return PartedResolve::Make(
      std::move(input),
      {.parts = plan.parts, .seed = plan.seed, .plan = HashContent(bytes), .pins = plan.tables});
}

arrow::Result<Reader> ReadRows(StoreSession& store, std::string_view bytes,
                               const std::optional<std::vector<std::string>>& columns,
                               const ExecutionOptions& execution) {
  ARROW_RETURN_NOT_OK(store.CheckOpen());
  ARROW_ASSIGN_OR_RAISE(IncrementSlice slice, IncrementSlice::Parse(bytes));
  const Interrupt interrupt(execution);
  const FeatureKey feature(slice.feature);
  ARROW_ASSIGN_OR_RAISE(const auto graph, store.GraphAfterSync(execution));
  ARROW_RETURN_NOT_OK(CheckResolved(store, *graph, feature, slice.feature_version, slice.hashing));
  ARROW_ASSIGN_OR_RAISE(FeaturePlan made, graph->GetFeaturePlan(feature));
  const auto plan = std::make_shared<const FeaturePlan>(std::move(made));
  const auto& deps = plan->feature().deps;
  std::vector<std::shared_ptr<const TableSnapshot>> tables;
  for (size_t i = 0; i < slice.tables.size(); ++i) {
    const bool parent = slice.part != IncrementPart::kOrphaned;
    // What has more tables than parents is refused later.
    const FeatureKey& owner = parent && i < deps.size() ? deps[i].feature : feature;
    ARROW_ASSIGN_OR_RAISE(tables.emplace_back(),
                          OpenPinned(store, owner.table_name(), slice.tables[i],
                                     IdColumnsOf(*plan, parent ? i : deps.size()), interrupt));
  }
  ARROW_ASSIGN_OR_RAISE(const RowHasher hasher, RowHasher::Make(store.options().hash_algorithm,
                                                                graph->hash_truncation_length()));
  ARROW_ASSIGN_OR_RAISE(
      auto rows, ReadRowsOfSlice(std::move(slice), plan, hasher, tables, columns,
                                 {execution.batch_size, interrupt, store.MemoryOf(execution)}));
  return ReaderForUser(std::move(rows));
}

}  // namespace
}  // namespace internal

using internal::Checked;
using internal::StoreSession;

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadSlice(
    MetadataStore& store, std::string_view slice,
    const std::optional<std::vector<std::string>>& columns, const ExecutionOptions& execution) {
  StoreSession& session = StoreSession::Of(store);
  return Checked(session, execution,
                 [&] { return internal::ReadRows(session, slice, columns, execution); });
}

arrow::Result<ResolvePlan> PlanResolve(MetadataStore& store, const FeatureKey& feature, int parts,
                                       const ResolveUpdateOptions& options) {
  StoreSession& session = StoreSession::Of(store);
  return Checked(session, options,
                 [&] { return internal::Plan(session, feature, parts, options); });
}

arrow::Result<std::vector<std::string>> ScanPart(MetadataStore& store, std::string_view plan,
                                                 int table, const std::vector<int>& fragments,
                                                 const ExecutionOptions& execution) {
  StoreSession& session = StoreSession::Of(store);
  return Checked(session, execution, [&]() -> arrow::Result<std::vector<std::string>> {
    ARROW_ASSIGN_OR_RAISE(const auto resolve, internal::OpenPlan(session, plan, execution));
    // What is negative is beyond all.
    const std::vector<uint32_t> numbers(fragments.begin(), fragments.end());
    return resolve->Scan(static_cast<size_t>(table), numbers, session.WithDefaults(execution));
  });
}

arrow::Result<std::vector<std::string>> ExchangePart(MetadataStore& store, std::string_view plan,
                                                     int table, int part,
                                                     const std::vector<std::string>& blocks,
                                                     const ExecutionOptions& execution) {
  StoreSession& session = StoreSession::Of(store);
  return Checked(session, execution, [&]() -> arrow::Result<std::vector<std::string>> {
    ARROW_ASSIGN_OR_RAISE(const auto resolve, internal::OpenPlan(session, plan, execution));
    return resolve->Exchange(static_cast<size_t>(table), static_cast<size_t>(part), blocks,
                             session.WithDefaults(execution));
  });
}

arrow::Result<PartOutcome> ComparePart(MetadataStore& store, std::string_view plan, int part,
                                       const std::vector<std::vector<std::string>>& blocks,
                                       int64_t most_rows, const ExecutionOptions& execution) {
  StoreSession& session = StoreSession::Of(store);
  return Checked(session, execution, [&]() -> arrow::Result<PartOutcome> {
    ARROW_ASSIGN_OR_RAISE(const auto resolve, internal::OpenPlan(session, plan, execution));
    return resolve->Compare(static_cast<size_t>(part), blocks,
                            static_cast<size_t>(std::max<int64_t>(most_rows, 0)),
                            session.WithDefaults(execution));
  });
}

}  // namespace metaxy
