#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>
#include <unordered_map>

#include "columns/stored_types.h"
#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/failures/failure_table.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/table_writer.h"
#include "versioning/resolve/failed_samples.h"

namespace metaxy::internal {
namespace {

constexpr const char* kReadingFailures = "reading failures";

// The columns of a listing that are those of the latest attempt.
std::vector<std::string> ListedColumns() {
  return {
      kFailedFeatureColumn,           std::string(kFeatureVersion), kIdsColumn,
      std::string(kProvenance),       std::string(kFailureKind),    std::string(kFailureMessage),
      std::string(kMaterializationId)};
}

// Whatever the types are in which another client has stored the strings.
template <class Array>
arrow::Result<std::shared_ptr<Array>> ColumnAs(const arrow::RecordBatch& batch,
                                               std::string_view name,
                                               const std::shared_ptr<arrow::DataType>& type) {
  std::shared_ptr<arrow::Array> column = batch.GetColumnByName(std::string(name));
  if (!column->type()->Equals(*type)) {
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum cast, arrow::compute::Cast(column, type));
    column = cast.make_array();
  }
  return std::static_pointer_cast<Array>(std::move(column));
}

// Failures and the rows of the table that they consist of.
struct Listing {
  std::shared_ptr<arrow::RecordBatch> failures;
  std::vector<uint64_t> row_ids;
  int64_t attempts = 0;  // that these rows stand for
};

class FailureReader {
 public:
  FailureReader(const FailureSelection& selection, std::vector<arrow::compute::Expression> filters,
                const Interrupt& interrupt)
      : selection_(selection), filters_(std::move(filters)), interrupt_(interrupt) {
    for (const FeatureKey& feature : selection.features) keys_.insert(feature.ToString());
  }

  // `table` is null if nothing was ever recorded.
  arrow::Result<Listing> Read(const TableSnapshot* table) {
    ARROW_ASSIGN_OR_RAISE(const auto events, Events(table));
    ARROW_RETURN_NOT_OK(Group(*events));
    ARROW_ASSIGN_OR_RAISE(auto listed, List(*events));
    ARROW_RETURN_NOT_OK(Filter(&listed));
    return Finish(*events, std::move(listed));
  }

 private:
  struct Failure {
    int64_t latest = 0;  // event
    int64_t attempts = 0;
    int64_t first_time = 0;
    int64_t last_time = 0;
  };

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Events(const TableSnapshot* table) {
    const auto schema = FailureSchema();
    if (table == nullptr) return arrow::RecordBatch::MakeEmpty(schema);
    ScanRequest request;
    for (const auto& field : schema->fields()) {
      if (table->schema()->GetFieldIndex(field->name()) < 0) {
        return MakeError(ErrorCode::kMetadataSchema,
                         fmt::format("the system table '{}' has no column '{}'; another program "
                                     "has made or changed it",
                                     FailuresTable(), field->name()));
      }
      if (field->name() != kSampleHashColumn && field->name() != kEventIdColumn)
        request.columns.push_back({field->name()});
    }
    if (keys_.size() == 1) {
      request.filters.push_back(
          arrow::compute::equal(arrow::compute::field_ref(kFailedFeatureColumn),
                                arrow::compute::literal(*keys_.begin())));
    }
    ARROW_ASSIGN_OR_RAISE(const auto reader, table->Scan(request));
    arrow::RecordBatchVector batches;
    for (std::shared_ptr<arrow::RecordBatch> batch;;) {
      ARROW_RETURN_NOT_OK(interrupt_.Check(kReadingFailures));
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (!batch) break;
      batches.push_back(std::move(batch));
    }
    ARROW_ASSIGN_OR_RAISE(const auto all,
                          arrow::Table::FromRecordBatches(reader->schema(), batches));
    return all->CombineChunksToBatch();
  }

  // Sums up what belongs to one sample and provenance.
  arrow::Status Group(const arrow::RecordBatch& events) {
    ARROW_ASSIGN_OR_RAISE(const auto keys, ColumnAs<arrow::LargeStringArray>(
                                               events, kFailedFeatureColumn, arrow::large_utf8()));
    ARROW_ASSIGN_OR_RAISE(const auto tried,
                          ColumnAs<arrow::FixedSizeBinaryArray>(events, kTriedHashColumn,
                                                                arrow::fixed_size_binary(16)));
    ARROW_ASSIGN_OR_RAISE(const auto counts,
                          ColumnAs<arrow::Int64Array>(events, kFailureAttempts, arrow::int64()));
    ARROW_ASSIGN_OR_RAISE(const auto times, ColumnAs<arrow::TimestampArray>(events, kFailedAt,
                                                                            TimestampColumnType()));
    std::unordered_map<std::string, int64_t> known;
    failure_of_.assign(static_cast<size_t>(events.num_rows()), kNone);
    for (int64_t row = 0; row < events.num_rows(); ++row) {
      if (!keys_.empty() && (keys->IsNull(row) || !keys_.contains(keys->GetView(row)))) continue;
      // Rows without a hash are not of metaxy, and belong together with no other.
      const std::string key =
          tried->IsNull(row) ? fmt::format("row {}", row) : std::string(tried->GetView(row));
      const auto [at, added] = known.emplace(key, static_cast<int64_t>(failures_.size()));
      const int64_t time = times->IsNull(row) ? 0 : times->Value(row);
      if (added) failures_.push_back({row, 0, time, time});
      Failure& failure = failures_[static_cast<size_t>(at->second)];
      failure_of_[static_cast<size_t>(row)] = at->second;
      failure.attempts += counts->IsNull(row) ? 1 : counts->Value(row);
      failure.first_time = std::min(failure.first_time, time);
      if (time < failure.last_time) continue;
      failure.last_time = time;
      failure.latest = row;
    }
    return arrow::Status::OK();
  }

  // The failures, with their numbers in a last column.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> List(const arrow::RecordBatch& events) const {
    arrow::Int64Builder latest;
    arrow::Int64Builder attempts;
    arrow::Int64Builder numbers;
    arrow::TimestampBuilder first(TimestampColumnType(), arrow::default_memory_pool());
    arrow::TimestampBuilder last(TimestampColumnType(), arrow::default_memory_pool());
    for (size_t i = 0; i < failures_.size(); ++i) {
      ARROW_RETURN_NOT_OK(latest.Append(failures_[i].latest));
      ARROW_RETURN_NOT_OK(attempts.Append(failures_[i].attempts));
      ARROW_RETURN_NOT_OK(first.Append(failures_[i].first_time));
      ARROW_RETURN_NOT_OK(last.Append(failures_[i].last_time));
      ARROW_RETURN_NOT_OK(numbers.Append(static_cast<int64_t>(i)));
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows, latest.Finish());
    const auto take =
        [&](const std::string& name) -> arrow::Result<std::shared_ptr<arrow::LargeStringArray>> {
      ARROW_ASSIGN_OR_RAISE(const auto all,
                            ColumnAs<arrow::LargeStringArray>(events, name, arrow::large_utf8()));
      ARROW_ASSIGN_OR_RAISE(const arrow::Datum taken, arrow::compute::Take(all, rows));
      return std::static_pointer_cast<arrow::LargeStringArray>(taken.make_array());
    };
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    const auto add = [&](std::string_view name, std::shared_ptr<arrow::Array> column) {
      fields.push_back(arrow::field(std::string(name), column->type()));
      columns.push_back(std::move(column));
    };
    for (const std::string& name : ListedColumns()) {
      ARROW_ASSIGN_OR_RAISE(auto column, take(name));
      add(name, std::move(column));
    }
    ARROW_ASSIGN_OR_RAISE(auto counts, attempts.Finish());
    add(kFailureAttempts, std::move(counts));
    ARROW_ASSIGN_OR_RAISE(auto first_times, first.Finish());
    add(kFirstFailedAt, std::move(first_times));
    ARROW_ASSIGN_OR_RAISE(auto last_times, last.Finish());
    add(kFailedAt, std::move(last_times));
    if (keys_.size() == 1) {
      ARROW_ASSIGN_OR_RAISE(const auto ids, take(kIdsColumn));
      ARROW_ASSIGN_OR_RAISE(const auto types, take(kIdTypesColumn));
      ARROW_ASSIGN_OR_RAISE(const auto typed, IdsFromText(*ids, *types));
      for (int i = typed->num_columns() - 1; i >= 0; --i) {
        fields.insert(fields.begin(), typed->schema()->field(i));
        columns.insert(columns.begin(), typed->column(i));
      }
    }
    ARROW_ASSIGN_OR_RAISE(auto all_numbers, numbers.Finish());
    add(kNumber, std::move(all_numbers));
    return arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                    static_cast<int64_t>(failures_.size()), std::move(columns));
  }

  arrow::Status Filter(std::shared_ptr<arrow::RecordBatch>* listed) const {
    if (!selection_.kinds.empty()) {
      const auto& kinds = static_cast<const arrow::LargeStringArray&>(
          *(*listed)->GetColumnByName(std::string(kFailureKind)));
      arrow::Int64Builder kept;
      for (int64_t row = 0; row < kinds.length(); ++row) {
        if (kinds.IsValid(row) && std::find(selection_.kinds.begin(), selection_.kinds.end(),
                                            kinds.GetView(row)) != selection_.kinds.end())
          ARROW_RETURN_NOT_OK(kept.Append(row));
      }
      ARROW_ASSIGN_OR_RAISE(const auto rows, kept.Finish());
      ARROW_ASSIGN_OR_RAISE(const arrow::Datum taken, arrow::compute::Take(*listed, rows));
      *listed = taken.record_batch();
    }
    for (const arrow::compute::Expression& filter : filters_) {
      // The ids of a feature without failures are not known, and neither is what else a filter
      // could mean.
      if ((*listed)->num_rows() == 0) break;
      ARROW_ASSIGN_OR_RAISE(const auto bound, BoundFilter::Make(filter, (*listed)->schema()));
      ARROW_ASSIGN_OR_RAISE(*listed, bound.Apply(*listed));
    }
    return arrow::Status::OK();
  }

  arrow::Result<Listing> Finish(const arrow::RecordBatch& events,
                                std::shared_ptr<arrow::RecordBatch> listed) const {
    Listing listing;
    const auto& numbers = static_cast<const arrow::Int64Array&>(*listed->GetColumnByName(kNumber));
    std::vector<bool> kept(failures_.size());
    for (int64_t row = 0; row < numbers.length(); ++row) {
      kept[static_cast<size_t>(numbers.Value(row))] = true;
      listing.attempts += failures_[static_cast<size_t>(numbers.Value(row))].attempts;
    }
    const auto row_ids = events.GetColumnByName(kRowIdColumn);
    for (int64_t row = 0; row_ids && row < events.num_rows(); ++row) {
      const int64_t failure = failure_of_[static_cast<size_t>(row)];
      if (failure == kNone || !kept[static_cast<size_t>(failure)]) continue;
      listing.row_ids.push_back(static_cast<const arrow::UInt64Array&>(*row_ids).Value(row));
    }
    const arrow::compute::SortOptions order({arrow::compute::SortKey(kFailedFeatureColumn),
                                             arrow::compute::SortKey(std::string(kFirstFailedAt)),
                                             arrow::compute::SortKey(kIdsColumn),
                                             arrow::compute::SortKey(std::string(kProvenance))});
    ARROW_ASSIGN_OR_RAISE(const auto sorted,
                          arrow::compute::SortIndices(arrow::Datum(listed), order));
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum taken, arrow::compute::Take(listed, sorted));
    ARROW_ASSIGN_OR_RAISE(listing.failures, taken.record_batch()->RemoveColumn(
                                                taken.record_batch()->num_columns() - 1));
    return listing;
  }

  static constexpr const char* kNumber = "__number";
  static constexpr int64_t kNone = -1;

  const FailureSelection& selection_;
  std::vector<arrow::compute::Expression> filters_;
  const Interrupt& interrupt_;
  std::set<std::string, std::less<>> keys_;
  std::vector<Failure> failures_;
  std::vector<int64_t> failure_of_;  // by event
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::Table>> ReadFailures(StoreSession& session,
                                                          const FailureSelection& selection) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  const Interrupt interrupt(selection.execution);
  ARROW_RETURN_NOT_OK(interrupt.Check(kReadingFailures));
  ARROW_ASSIGN_OR_RAISE(auto filters, selection.filters.Expressions());
  ARROW_ASSIGN_OR_RAISE(const auto table, session.storage().OpenTable(FailuresTable()));
  ARROW_ASSIGN_OR_RAISE(const Listing listing,
                        FailureReader(selection, std::move(filters), interrupt).Read(table.get()));
  return arrow::Table::FromRecordBatches(listing.failures->schema(), {listing.failures});
}

arrow::Result<ClearedFailures> ClearFailures(StoreSession& session,
                                             const FailureSelection& selection) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  const Interrupt interrupt(selection.execution);
  ARROW_ASSIGN_OR_RAISE(const auto filters, selection.filters.Expressions());
  ClearedFailures cleared;
  Retries retries("clearing failures in", FailuresTable(), interrupt, session.log());
  ARROW_RETURN_NOT_OK(RetryConflicts(std::move(retries), [&]() -> arrow::Status {
    cleared = {};
    ARROW_RETURN_NOT_OK(interrupt.Check("clearing failures"));
    ARROW_ASSIGN_OR_RAISE(const auto table, session.storage().OpenTable(FailuresTable()));
    if (!table) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(Listing listing,
                          FailureReader(selection, filters, interrupt).Read(table.get()));
    std::sort(listing.row_ids.begin(), listing.row_ids.end());
    cleared = {.failures = listing.failures->num_rows(), .attempts = listing.attempts};
    return table->DeleteRows(listing.row_ids);
  }));
  return cleared;
}

}  // namespace metaxy::internal
