// A write in two steps, for many processes: each writes fragments, one commits them.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "metaxy/errors.h"
#include "store/failures/success_clearing.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/add_system_columns.h"
#include "store/write/fragments.h"
#include "store/write/row_spool.h"
#include "store/write/rows_ahead.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {
namespace {

// As for appends: how many failures of the outside end a commit.
constexpr int kMostFailures = 3;
constexpr const char* kCommitting = "committing fragments";

arrow::Status CheckTarget(const Storage& storage) {
  if (storage.target() != StoreTarget::kServer) return arrow::Status::OK();
  return MakeError(ErrorCode::kNotSupported,
                   "fragments cannot be written to a LanceDB server, which writes the files of its "
                   "tables itself; use Write()");
}

// All that is to be committed, each once.
arrow::Result<std::vector<WrittenFragments>> ParseAll(const FeatureKey& feature,
                                                      const std::vector<std::string>& fragments,
                                                      const std::string& write_id) {
  std::vector<WrittenFragments> all;
  std::unordered_set<std::string> known;
  for (const std::string& bytes : fragments) {
    ARROW_ASSIGN_OR_RAISE(WrittenFragments written, ParseWrittenFragments(bytes));
    if (written.feature != feature) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("the fragments are of feature '{}', not of '{}'; commit them "
                                   "there",
                                   written.feature.ToString(), feature.ToString()));
    }
    if (!written.write_id.empty() && written.write_id != write_id) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("the fragments are of write '{}', not of '{}'; commit those of "
                                   "one write together",
                                   written.write_id, write_id));
    }
    if (written.rows > 0 && known.insert(written.fragments).second)
      all.push_back(std::move(written));
  }
  return all;
}

// One commit, over all its attempts.
class FragmentCommit {
 public:
  FragmentCommit(Storage& storage, std::string table, std::vector<WrittenFragments> written,
                 std::string write_id, AppendOptions options, SuccessClearing& clearing)
      : storage_(storage),
        table_(std::move(table)),
        written_(std::move(written)),
        write_id_(std::move(write_id)),
        options_(std::move(options)),
        clearing_(clearing),
        retries_("committing fragments to", table_, options_.interrupt, options_.log) {
    // Rows cannot have been committed before they were written.
    since_ = written_.front().version;
    for (const WrittenFragments& part : written_) {
      since_ = std::min(since_, part.version);
      result_.rows += part.rows;
    }
  }

  arrow::Result<AppendResult> Run() {
    while (true) {
      ARROW_RETURN_NOT_OK(options_.interrupt.Check(kCommitting));
      next_ = Next::kStop;
      const arrow::Status status = Attempt();
      if (status.ok()) return result_;
      if (next_ == Next::kStop) return status;
      ARROW_RETURN_NOT_OK(next_ == Next::kAgain ? retries_.Again(status) : retries_.Wait(status));
    }
  }

 private:
  enum class Next { kStop, kAgain, kAgainLater };

  arrow::Status Attempt() {
    ARROW_ASSIGN_OR_RAISE(const auto table, storage_.OpenTable(table_));
    if (!table) {
      return MakeError(ErrorCode::kTableNotFound,
                       fmt::format("table '{}' was dropped since the fragments were written, and "
                                   "they with it; write the rows again",
                                   table_));
    }
    // Whatever is committed after the version that was opened makes the commit fail.
    ARROW_ASSIGN_OR_RAISE(const auto found, storage_.FindWrite(table_, write_id_, since_));
    if (found) {
      result_.version = *found;
      return arrow::Status::OK();
    }
    since_ = std::max(since_, table->version());
    if (!noted_) ARROW_RETURN_NOT_OK(NoteSamples(*table));
    ARROW_ASSIGN_OR_RAISE(const WriteMark mark, MarkFor(*table));
    std::vector<std::string> fragments;
    for (const WrittenFragments& part : written_) fragments.push_back(part.fragments);
    const arrow::Status committed = table->CommitFragments(fragments, mark).Value(&result_.version);
    return committed.ok() ? committed : AfterFailure(committed, *table);
  }

  arrow::Status AfterFailure(const arrow::Status& status, StoredTable& table) {
    switch (GetErrorCode(status)) {
      case ErrorCode::kCommitConflict:
        next_ = Next::kAgainLater;
        return status;
      case ErrorCode::kMetadataSchema:
        ARROW_RETURN_NOT_OK(WriteAgain(table));
        next_ = Next::kAgain;
        return status;
      case ErrorCode::kIo:
      case ErrorCode::kNetwork:
      case ErrorCode::kTimeout:
      case ErrorCode::kCommitStateUnknown:
      case ErrorCode::kInternal:
        return ResolveUnknownOutcome(status);
      default:
        if (IsRetryable(status) && ++failures_ < kMostFailures) next_ = Next::kAgainLater;
        return status;
    }
  }

  arrow::Status ResolveUnknownOutcome(const arrow::Status& status) {
    const auto found = storage_.FindWrite(table_, write_id_, since_);
    if (!found.ok()) {
      return MakeError(
          ErrorCode::kCommitStateUnknown,
          fmt::format("it is not known whether the fragments have been committed to table '{}'; "
                      "commit them again with the same write id: {}",
                      table_, status.message()));
    }
    if (*found) {
      result_.version = **found;
      return arrow::Status::OK();
    }
    // A request that was left may still arrive.
    const bool unknown = IsError(status, ErrorCode::kCommitStateUnknown);
    if (!unknown && IsRetryable(status) && ++failures_ < kMostFailures) next_ = Next::kAgainLater;
    return status;
  }

  // The table has other columns by now than some of the files: their rows get new files.
  arrow::Status WriteAgain(StoredTable& table) {
    for (WrittenFragments& part : written_) {
      const arrow::Status fits = table.CheckFragments(part.fragments);
      if (fits.ok()) continue;
      if (!IsError(fits, ErrorCode::kMetadataSchema)) return fits;
      const RowSource rows = [&] {
        return table.ScanFragments(part.fragments, part.version, /*columns=*/{});
      };
      AppendOptions options = options_;
      options.uncommitted = true;
      ARROW_ASSIGN_OR_RAISE(AppendResult again, AppendToTable(storage_, table_, rows, options));
      if (again.rows != part.rows) {
        return MakeError(ErrorCode::kInternal,
                         fmt::format("{} of {} rows of fragments of table '{}' could be read; "
                                     "nothing was committed",
                                     again.rows, part.rows, table_));
      }
      part.version = again.version;
      part.fragments = std::move(again.fragments);
    }
    return arrow::Status::OK();
  }

  arrow::Status NoteSamples(const StoredTable& table) {
    if (clearing_.IsNeeded()) {
      std::vector<std::string> columns;
      for (const std::string& name : clearing_.join_columns())
        if (table.schema()->GetFieldIndex(name) >= 0) columns.push_back(name);
      if (columns.size() == clearing_.join_columns().size()) {
        for (const WrittenFragments& part : written_) {
          ARROW_ASSIGN_OR_RAISE(auto rows,
                                table.ScanFragments(part.fragments, part.version, columns));
          ARROW_RETURN_NOT_OK(clearing_.NoteAll(*rows));
        }
      }
    }
    noted_ = true;
    return arrow::Status::OK();
  }

  arrow::Result<WriteMark> MarkFor(const StoredTable& table) const {
    WriteMark mark{.id = write_id_};
    arrow::Result<std::optional<LatestTime>> latest = table.FindLatestTime(TimeColumns());
    // A table of which some rows cannot be read takes new ones all the same.
    if (IsError(latest.status(), ErrorCode::kCorruptTable)) return mark;
    ARROW_RETURN_NOT_OK(latest.status());
    mark.latest = *latest;
    for (const WrittenFragments& part : written_) {
      if (!mark.latest) break;
      if (part.latest)
        mark.latest->micros = std::max(mark.latest->micros, *part.latest);
      else
        mark.latest = std::nullopt;
    }
    return mark;
  }

  Storage& storage_;
  const std::string table_;
  std::vector<WrittenFragments> written_;
  const std::string write_id_;
  const AppendOptions options_;
  SuccessClearing& clearing_;
  Retries retries_;
  uint64_t since_ = 0;
  bool noted_ = false;
  int failures_ = 0;
  Next next_ = Next::kStop;
  AppendResult result_;
};

}  // namespace

arrow::Result<std::string> WriteFragments(StoreSession& session, const FeatureKey& feature,
                                          std::shared_ptr<arrow::RecordBatchReader> rows,
                                          const WriteOptions& options) {
  constexpr std::string_view kDoing = "writing rows";
  const Interrupt interrupt(options.execution);
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
  ARROW_RETURN_NOT_OK(CheckTarget(session.storage()));
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  ARROW_ASSIGN_OR_RAISE(const auto columns, session.ColumnsFor(*graph, feature, options));
  ARROW_ASSIGN_OR_RAISE(AppendOptions append, session.AppendOptionsFor(*graph, feature));
  append.interrupt = interrupt;
  append.time = columns->time();
  append.uncommitted = true;
  const auto spool = RowSpool::Make(std::move(rows));
  const RowSource source = [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    ARROW_ASSIGN_OR_RAISE(auto again, spool->Open());
    ARROW_ASSIGN_OR_RAISE(auto complete, WithSystemColumns(columns, std::move(again)));
    return Interruptible(std::move(complete), interrupt, std::string(kDoing));
  };
  const arrow::Result<AppendResult> appended =
      AppendToTable(session.storage(), feature.table_name(), source, append);
  if (!appended.ok()) {
    // The database tells of a reader that failed in its own words.
    ARROW_RETURN_NOT_OK(interrupt.Check(kDoing));
    return appended.status();
  }
  WrittenFragments written{.feature = feature,
                           .write_id = options.write_id.value_or(""),
                           .version = appended->version,
                           .rows = appended->rows,
                           .fragments = appended->fragments};
  if (const auto latest = append.time->Latest()) written.latest = latest->micros;
  return Serialise(written);
}

arrow::Result<WriteResult> CommitFragments(StoreSession& session, const FeatureKey& feature,
                                           const std::vector<std::string>& fragments,
                                           const std::string& write_id,
                                           const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  ARROW_RETURN_NOT_OK(interrupt.Check(kCommitting));
  ARROW_RETURN_NOT_OK(CheckTarget(session.storage()));
  ARROW_RETURN_NOT_OK(WriteOptions{.write_id = write_id}.Validate());
  ARROW_ASSIGN_OR_RAISE(auto written, ParseAll(feature, fragments, write_id));
  if (written.empty()) return WriteResult{};
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  ARROW_ASSIGN_OR_RAISE(AppendOptions options, session.AppendOptionsFor(*graph, feature));
  options.interrupt = interrupt;
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph->GetFeaturePlan(feature));
  SuccessClearing clearing(session.storage(), plan, interrupt);
  const std::string table = feature.table_name();
  ARROW_ASSIGN_OR_RAISE(const AppendResult committed,
                        FragmentCommit(session.storage(), table, std::move(written), write_id,
                                       std::move(options), clearing)
                            .Run());
  clearing.Clear(session.log());
  session.AfterAppend(table, committed, interrupt);
  WriteResult result{.rows = committed.rows};
  if (committed.version > 0) result.version = committed.version;
  return result;
}

}  // namespace metaxy::internal
