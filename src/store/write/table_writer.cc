#include "store/write/table_writer.h"

#include <arrow/array.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/memory_budget.h"
#include "base/random_id.h"
#include "columns/entry_list.h"
#include "columns/exact_cast.h"
#include "metaxy/errors.h"
#include "store/write/blob_columns.h"
#include "store/write/format_limits.h"
#include "store/write/promoted_types.h"
#include "store/write/retries.h"
#include "store/write/row_spool.h"
#include "store/write/rows_ahead.h"
#include "store/write/schema_alignment.h"
#include "store/write/type_promotion.h"
#include "versioning/scan/read_plan.h"

namespace metaxy::internal {
namespace {

class MappedReader final : public arrow::RecordBatchReader {
 public:
  using Map = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(
      const std::shared_ptr<arrow::RecordBatch>&)>;

  MappedReader(std::shared_ptr<arrow::RecordBatchReader> input,
               std::shared_ptr<arrow::Schema> schema, Map map)
      : input_(std::move(input)), schema_(std::move(schema)), map_(std::move(map)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::shared_ptr<arrow::RecordBatch> next;
    ARROW_RETURN_NOT_OK(input_->ReadNext(&next));
    batch->reset();
    if (!next) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(*batch, map_(next));
    return arrow::Status::OK();
  }

  arrow::Status Close() override { return input_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> input_;
  std::shared_ptr<arrow::Schema> schema_;
  Map map_;
};

bool IsEqual(const std::shared_ptr<arrow::Schema>& a, const std::shared_ptr<arrow::Schema>& b) {
  return a->Equals(*b, /*check_metadata=*/true);
}

arrow::FieldVector WithFields(arrow::FieldVector fields, const arrow::FieldVector& missing) {
  for (const auto& field : missing) {
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& f) { return f->name() == field->name(); });
    if (known == fields.end()) {
      fields.push_back(field);
    } else {
      *known = (*known)->WithType(
          arrow::struct_(WithFields((*known)->type()->fields(), field->type()->fields())));
    }
  }
  return fields;
}

// The result of MissingFields() added to the table.
std::shared_ptr<arrow::Schema> Grown(const arrow::Schema& table,
                                     const arrow::FieldVector& missing) {
  return arrow::schema(WithFields(table.fields(), missing));
}

constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

// How many failures of the outside end an append. To ask an overloaded store as often as a table
// that many write to would make things worse.
constexpr int kMostFailures = 3;

// How much of the rows is looked at before a table is created or appended to: what is refused in it
// leaves no files behind.
int64_t ReadAheadBytes() {
  constexpr int64_t kMost = int64_t{16} << 20;
  return std::min(kMost, MemoryScope::Current().spool());
}

// Whether the table can be rewritten in the schema that these rows need.
arrow::Status CheckRewrite(const StoredTable& table, const AlignedRows& rows,
                           const AppendOptions& options) {
  ARROW_RETURN_NOT_OK(CheckReplaceable(table));
  return CheckStoredRowsFit(table, *rows.needed(), rows.demands(), options.id_columns,
                            options.interrupt);
}

// One append, over all its attempts.
class TableAppend {
 public:
  TableAppend(Storage& storage, const std::string& name, const RowSource& source,
              const AppendOptions& options)
      : storage_(storage),
        name_(name),
        source_(source),
        options_(options),
        write_id_(options.write_id.empty() ? RandomId() : options.write_id),
        retries_("writing to", name, options.interrupt, options.log) {}

  arrow::Result<AppendResult> Run() {
    while (true) {
      next_ = Next::kStop;
      const arrow::Status status = Attempt();
      if (status.ok()) {
        if (options_.time && result_.rows > 0) options_.time->Report(name_, options_.log);
        return result_;
      }
      if (next_ == Next::kStop) return status;
      ARROW_RETURN_NOT_OK(next_ == Next::kAgain ? retries_.Again(status) : retries_.Wait(status));
    }
  }

 private:
  enum class Next { kStop, kAgain, kAgainLater };

  arrow::Status Attempt() {
    ARROW_ASSIGN_OR_RAISE(const auto table, storage_.OpenTable(name_));
    const arrow::Status followed = Follow(table.get());
    if (!followed.ok()) return ClassifyFailure(followed, table.get());
    ARROW_ASSIGN_OR_RAISE(auto rows, OpenRows());
    if (!table) return Create(std::move(rows));
    ARROW_RETURN_NOT_OK(CheckNoBlobs(name_, *table->schema(), *rows->schema()));
    ARROW_ASSIGN_OR_RAISE(rows, WithinFormat(*table, std::move(rows), options_.id_columns));
    const arrow::FieldVector missing =
        MissingFields(table->schema()->fields(), rows->schema()->fields());
    return missing.empty() ? Append(*table, std::move(rows))
                           : GrowAndAppend(*table, missing, std::move(rows));
  }

  // The rows from the start, counted.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenRows() {
    ARROW_ASSIGN_OR_RAISE(auto rows, source_());
    result_.rows = 0;
    const auto schema = rows->schema();
    return MapBatches(std::move(rows), schema, [this](const auto& batch) {
      result_.rows += batch->num_rows();
      return arrow::Result<std::shared_ptr<arrow::RecordBatch>>(batch);
    });
  }

  // The rows that are read next are later than those that the table has.
  arrow::Status Follow(const TableSnapshot* snapshot) {
    if (!options_.time) return arrow::Status::OK();
    std::optional<LatestTime> latest = LatestTime{.micros = kNoTime};
    if (snapshot) {
      const arrow::Status found = snapshot->FindLatestTime(TimeColumns()).Value(&latest);
      // A table of which some rows cannot be read takes new ones all the same.
      if (IsError(found, ErrorCode::kCorruptTable)) {
        latest = std::nullopt;
      } else {
        ARROW_RETURN_NOT_OK(found);
      }
    }
    options_.time->Follow(latest);
    return arrow::Status::OK();
  }

  WriteMark Mark() const {
    return {.id = write_id_, .latest = options_.time ? options_.time->Latest() : std::nullopt};
  }

  // No column is added for rows that are refused: all of them are looked at first.
  arrow::Status GrowAndAppend(StoredTable& table, const arrow::FieldVector& missing,
                              std::shared_ptr<arrow::RecordBatchReader> rows) {
    const auto grown = Grown(*table.schema(), missing);
    const auto aligned = std::make_shared<AlignedRows>(rows, grown, options_.id_columns);
    RowsAhead look(aligned);
    const arrow::Status looked = look.Drain();
    if (!looked.ok()) return aligned->needed() ? Evolve(table, *aligned) : looked;
    const arrow::Status added = Grow(table, missing);
    if (!added.ok()) return ClassifyFailure(added, &table);
    ARROW_ASSIGN_OR_RAISE(const auto now, storage_.OpenTable(name_));
    if (!now) {
      next_ = Next::kAgainLater;
      return MakeError(ErrorCode::kTableNotFound,
                       fmt::format("table '{}' was dropped while it was written to", name_));
    }
    const arrow::Status followed = Follow(now.get());
    if (!followed.ok()) return ClassifyFailure(followed, now.get());
    ARROW_ASSIGN_OR_RAISE(rows, OpenRows());
    ARROW_ASSIGN_OR_RAISE(rows, WithinFormat(*now, std::move(rows), options_.id_columns));
    return Append(*now, std::move(rows));
  }

  arrow::Status Create(std::shared_ptr<arrow::RecordBatchReader> rows) {
    if (!new_schema_) new_schema_ = WithLayout(*rows->schema(), options_.by_field);
    const auto aligned =
        std::make_shared<AlignedRows>(std::move(rows), new_schema_, options_.id_columns);
    const auto ahead = std::make_shared<RowsAhead>(aligned);
    const arrow::Status created = [&] {
      ARROW_RETURN_NOT_OK(ahead->ReadAhead(ReadAheadBytes()));
      if (options_.uncommitted) return CreateEmpty();
      return storage_.CreateTable(name_, ahead, Mark()).Value(&result_.version);
    }();
    result_.created = created.ok();
    if (created.ok()) return options_.uncommitted ? OnceMore() : created;
    if (aligned->needed()) {
      new_schema_ = aligned->needed();
      next_ = Next::kAgain;
      return created;
    }
    return aligned->failure().ok() ? ResolveUnknownOutcome(created, nullptr) : created;
  }

  // A table for the files of rows that are not committed yet.
  arrow::Status CreateEmpty() {
    ARROW_ASSIGN_OR_RAISE(auto none, arrow::RecordBatchReader::Make({}, new_schema_));
    const WriteMark mark{.id = write_id_, .latest = LatestTime{.micros = kNoTime}};
    return storage_.CreateTable(name_, std::move(none), mark).status();
  }

  // With the table that this writer has made or changed.
  arrow::Status OnceMore() {
    next_ = Next::kAgain;
    return MakeError(ErrorCode::kCommitConflict,
                     fmt::format("table '{}' kept changing while it was written to", name_));
  }

  arrow::Status Append(StoredTable& table, std::shared_ptr<arrow::RecordBatchReader> rows) {
    const auto aligned =
        std::make_shared<AlignedRows>(std::move(rows), table.schema(), options_.id_columns);
    const auto ahead = std::make_shared<RowsAhead>(aligned);
    const arrow::Status appended = [&] {
      ARROW_RETURN_NOT_OK(ahead->ReadAhead(ReadAheadBytes()));
      if (!options_.uncommitted) return table.Append(ahead, Mark()).Value(&result_.version);
      result_.version = table.version();
      return table.WriteFragments(ahead).Value(&result_.fragments);
    }();
    if (appended.ok()) return appended;
    if (aligned->needed()) return Evolve(table, *aligned);
    if (!aligned->failure().ok()) return appended;
    return options_.uncommitted ? ClassifyFailure(appended, &table)
                                : ResolveUnknownOutcome(appended, &table);
  }

  // The rows have been looked at to their end.
  arrow::Status Evolve(StoredTable& table, const AlignedRows& rows) {
    const auto& needed = rows.needed();
    const arrow::FieldVector missing = MissingFields(table.schema()->fields(), needed->fields());
    const bool only_grows = IsEqual(Grown(*table.schema(), missing), needed);
    if (!only_grows) ARROW_RETURN_NOT_OK(CheckRewrite(table, rows, options_));
    const arrow::Status changed = only_grows ? Grow(table, missing) : Rewrite(table, needed);
    return changed.ok() ? OnceMore() : ClassifyFailure(changed, &table);
  }

  // Adds columns and members. Tables in file formats that cannot be given members are rewritten.
  arrow::Status Grow(StoredTable& table, const arrow::FieldVector& missing) {
    const arrow::Status added = table.AddColumns(arrow::schema(missing));
    if (added.ok()) {
      std::vector<std::string> names;
      for (const auto& field : missing) names.push_back(field->name());
      options_.log.Info(LogSubject::kSchema,
                        fmt::format("table '{}' is given what the rows have and it lacks: {}",
                                    name_, fmt::join(names, ", ")),
                        {{"table", name_}, {"rewritten", false}});
    }
    if (!IsError(added, ErrorCode::kInvalidInput)) return added;
    const auto now = storage_.OpenTable(name_);
    if (!now.ok() || !*now || !IsEqual((*now)->schema(), table.schema())) return added;
    return Rewrite(table, Grown(*table.schema(), missing));
  }

  arrow::Status Rewrite(StoredTable& table, const std::shared_ptr<arrow::Schema>& schema) {
    ARROW_RETURN_NOT_OK(RewriteTable(table, schema, options_.interrupt));
    options_.log.Info(
        LogSubject::kSchema,
        fmt::format("table '{}' is rewritten, with types that take the new rows", name_),
        {{"table", name_}, {"rewritten", true}});
    return arrow::Status::OK();
  }

  // A failure that has committed nothing: whether another attempt, on the table as it is now, can
  // help.
  arrow::Status ClassifyFailure(const arrow::Status& status, const StoredTable* table) {
    switch (GetErrorCode(status)) {
      case ErrorCode::kCommitConflict:
      case ErrorCode::kTableAlreadyExists:
        next_ = Next::kAgainLater;
        return status;
      case ErrorCode::kInvalidInput:
      case ErrorCode::kMetadataSchema:
      case ErrorCode::kTableNotFound: {
        // What this writer asked for made no sense because others have changed the table. Where
        // that cannot be found out, the failure stands that there was first.
        const auto opened = storage_.OpenTable(name_);
        if (!opened.ok()) return status;
        const StoredTable* now = opened->get();
        const bool same = now && table && IsEqual(now->schema(), table->schema());
        if (!same && (now || table)) next_ = Next::kAgainLater;
        return status;
      }
      default:
        // The database layer has already retried, as often as configured.
        if (IsRetryable(status) && ++failures_ < kMostFailures) next_ = Next::kAgainLater;
        return status;
    }
  }

  // A failed write of rows, which may have been committed all the same.
  arrow::Status ResolveUnknownOutcome(const arrow::Status& status, const StoredTable* table) {
    switch (GetErrorCode(status)) {
      case ErrorCode::kIo:
      case ErrorCode::kNetwork:
      case ErrorCode::kTimeout:
      case ErrorCode::kCommitStateUnknown:
      case ErrorCode::kInternal: {
        const arrow::Result<std::optional<uint64_t>> written =
            storage_.FindWrite(name_, write_id_, table ? table->version() : 0);
        if (!written.ok()) {
          return MakeError(
              ErrorCode::kCommitStateUnknown,
              fmt::format("it is not known whether the rows have been written to table '{}'; read "
                          "it before you write them again: {}",
                          name_, status.message()));
        }
        if (*written) {
          result_.version = **written;
          result_.created = table == nullptr;
          return arrow::Status::OK();
        }
        // A request that was left may still arrive.
        return IsError(status, ErrorCode::kCommitStateUnknown) ? status
                                                               : ClassifyFailure(status, table);
      }
      default:
        return ClassifyFailure(status, table);
    }
  }

  Storage& storage_;
  const std::string& name_;
  const RowSource& source_;
  const AppendOptions& options_;
  const std::string write_id_;
  std::shared_ptr<arrow::Schema> new_schema_;
  Retries retries_;
  /// External, such as network failures: those that other writers do not cause.
  int failures_ = 0;
  Next next_ = Next::kStop;
  AppendResult result_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> MapBatches(
    std::shared_ptr<arrow::RecordBatchReader> input, std::shared_ptr<arrow::Schema> schema,
    std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>(
        const std::shared_ptr<arrow::RecordBatch>&)>
        map) {
  return std::make_shared<MappedReader>(std::move(input), std::move(schema), std::move(map));
}

arrow::Result<AppendResult> AppendToTable(Storage& storage, const std::string& table,
                                          const RowSource& source, const AppendOptions& options) {
  return TableAppend(storage, table, source, options).Run();
}

arrow::Result<AppendResult> AppendToTable(Storage& storage, const std::string& table,
                                          std::shared_ptr<arrow::RecordBatchReader> rows,
                                          const AppendOptions& options) {
  const auto spool = RowSpool::Make(std::move(rows));
  return AppendToTable(storage, table, RowSource([&] { return spool->Open(); }), options);
}

arrow::Status CheckAppend(Storage& storage, const std::string& table,
                          std::shared_ptr<arrow::RecordBatchReader> rows,
                          const AppendOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto snapshot, storage.OpenTable(table));
  if (snapshot) {
    ARROW_RETURN_NOT_OK(CheckNoBlobs(table, *snapshot->schema(), *rows->schema()));
    ARROW_ASSIGN_OR_RAISE(rows, WithinFormat(*snapshot, std::move(rows), options.id_columns));
  }
  const auto schema =
      snapshot ? Grown(*snapshot->schema(),
                       MissingFields(snapshot->schema()->fields(), rows->schema()->fields()))
               : WithLayout(*rows->schema(), options.by_field);
  const auto aligned = std::make_shared<AlignedRows>(std::move(rows), schema, options.id_columns);
  const arrow::Status looked = RowsAhead(aligned).Drain();
  // Rows that need another schema have been inspected to the end.
  if (looked.ok() || !aligned->needed()) return looked;
  if (!snapshot) return arrow::Status::OK();
  const auto& needed = aligned->needed();
  const auto grown =
      Grown(*snapshot->schema(), MissingFields(snapshot->schema()->fields(), needed->fields()));
  if (IsEqual(grown, needed)) return arrow::Status::OK();
  return CheckRewrite(*snapshot, *aligned, options);
}

arrow::Status RetryConflicts(Retries retries, const std::function<arrow::Status()>& attempt) {
  while (true) {
    const arrow::Status status = attempt();
    if (!IsError(status, ErrorCode::kCommitConflict)) return status;
    ARROW_RETURN_NOT_OK(retries.Wait(status));
  }
}

arrow::Status CheckReplaceable(const StoredTable& table) {
  ARROW_RETURN_NOT_OK(CheckNoBlobs(table.name(), *table.schema(), "rewritten"));
  return table.CheckReplace();
}

arrow::Status RewriteTable(StoredTable& table, const std::shared_ptr<arrow::Schema>& schema,
                           const Interrupt& interrupt) {
  constexpr const char* kDoing = "rewriting a table";
  ARROW_RETURN_NOT_OK(CheckReplaceable(table));
  ScanRequest scan;
  scan.with_row_id = false;
  for (const auto& field : table.schema()->fields()) scan.columns.push_back({field->name()});
  ReadPlan{}.For(*table.schema()).For(*schema).Apply(&scan);
  ARROW_ASSIGN_OR_RAISE(auto rows, table.Scan(scan));
  auto rewritten = MapBatches(
      Interruptible(std::move(rows), interrupt, kDoing), schema,
      [schema](const std::shared_ptr<arrow::RecordBatch>& batch)
          -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        arrow::ArrayVector columns;
        for (const auto& field : schema->fields()) {
          auto column = batch->GetColumnByName(field->name());
          if (!column) {
            ARROW_ASSIGN_OR_RAISE(column, arrow::MakeArrayOfNull(field->type(), batch->num_rows()));
          }
          ARROW_ASSIGN_OR_RAISE(column, CastColumn(column, *field, field->name()));
          columns.push_back(std::move(column));
        }
        return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
      });
  const arrow::Status replaced = table.Replace(std::move(rewritten));
  // The database tells of a reader that failed in its own words.
  if (!replaced.ok()) ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
  return replaced;
}

std::shared_ptr<arrow::Schema> WithLayout(const arrow::Schema& schema,
                                          const ByFieldColumns& columns) {
  arrow::FieldVector fields = schema.fields();
  for (auto& field : fields) {
    if (std::find(columns.names.begin(), columns.names.end(), field->name()) ==
        columns.names.end()) {
      continue;
    }
    const bool is_entry_list = IsEntryList(*field->type());
    if (columns.as_map && (field->type()->id() == arrow::Type::STRUCT || is_entry_list)) {
      field = field->WithType(arrow::map(arrow::large_utf8(), arrow::large_utf8()));
    } else if (!columns.as_map && (field->type()->id() == arrow::Type::MAP || is_entry_list)) {
      arrow::FieldVector members;
      for (const std::string& member : columns.members)
        members.push_back(arrow::field(member, arrow::large_utf8()));
      field = field->WithType(arrow::struct_(std::move(members)));
    }
  }
  return arrow::schema(std::move(fields));
}

}  // namespace metaxy::internal
