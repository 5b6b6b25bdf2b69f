// Administration of a store: what operators need besides the pipeline's reads and writes.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/keys.h"
#include "metaxy/maintenance.h"
#include "metaxy/promotion.h"
#include "metaxy/status_with.h"
#include "metaxy/store_options.h"
#include "metaxy/store_target.h"

namespace metaxy {

class MetadataStore;

namespace internal {
class StoreSession;
}

/// \brief Compaction, statistics, checks and repairs of a store's tables, and facts about the place
/// they are in. From MetadataStore::administration(); a handle, valid as long as the store, used
/// like the store from many threads. Functions fail with the errors that all operations of a store
/// have.
class METAXY_EXPORT StoreAdministration {
 public:
  /// \brief Converts this store's table of a feature in one commit: until then readers see the old
  /// table, and a crash leaves it unchanged. The rows stay the same. With `dry_run` only reports
  /// what would be done. FeatureNotFound if there is no table; CommitConflict if others keep
  /// writing to it; NotSupported on servers. The Python package reads maps only if `polars-map` is
  /// installed.
  arrow::Result<MigrationResult> MigrateByFieldLayout(const FeatureKey& feature, ByFieldLayout to,
                                                      const MigrationOptions& options = {});

  /// \brief Compacts the small files of a feature's table, prunes old versions and, if requested,
  /// history; writers may run concurrently. FeatureNotFound if this store has no table of it;
  /// NotSupported by servers; CommitConflict if writers win every retry (completed steps stay
  /// done).
  arrow::Result<CompactResult> CompactMetadata(const FeatureKey& feature,
                                               const CompactOptions& options = {});

  /// \brief Copies what a branch has made: the latest rows of the current feature versions that
  /// `from` itself has, deletions included, without those that this store has, too. Looks at all
  /// features before it writes the first one, children before their parents; the rows get the time
  /// of the write, and are the latest ones of their samples. InvalidInput, with nothing written, if
  /// this store has later rows of some samples and `conflicts` does not say what to do, or if both
  /// are one store. What others write between the look and the write counts as earlier. Some eighty
  /// bytes of memory per row of the branch. Results with parents first.
  arrow::Result<std::vector<PromotedFeature>> Promote(MetadataStore& from,
                                                      const PromoteOptions& options = {});

  /// \brief Where the tables are. Does not open the store.
  StoreTarget target() const;

  /// \brief Whether the store refuses to create a file that already exists, which keeps writers
  /// from losing each other's commits. `std::nullopt` for servers, which order writes themselves,
  /// and for a directory that does not exist yet. Writes an empty file next to the tables and
  /// deletes it; PermissionDenied if nothing can be written.
  arrow::Result<std::optional<bool>> SupportsConditionalWrites(
      const ExecutionOptions& execution = {});

  /// \brief Clock skew: how far this machine's clock is ahead of the store's, to about a second;
  /// negative if it is behind. Sends a separate request to the store's host. `std::nullopt` for
  /// directories, and if the host is unknown or does not report the time.
  arrow::Result<std::optional<std::chrono::milliseconds>> ClockSkew(
      const ExecutionOptions& execution = {});

  /// \brief The names of all tables of this store, ascending.
  arrow::Result<std::vector<std::string>> ListTables(const ExecutionOptions& execution = {});

  /// \brief Finds the write that had this WriteOptions::write_id: the version of the feature's
  /// table that contains its rows, or `std::nullopt` if it was not committed, or to a table that
  /// was dropped since. For a write that ended with CommitStateUnknown, or with the process.
  /// Versions up to `since_version` are not examined; each of the others costs a request.
  /// NotSupported on servers; CorruptTable if a version to examine was pruned and the write is not
  /// in a later one.
  arrow::Result<std::optional<uint64_t>> FindWrite(const FeatureKey& feature,
                                                   const std::string& write_id,
                                                   uint64_t since_version = 0,
                                                   const ExecutionOptions& execution = {});

  /// \brief The first half of a write by many processes: adds the system columns and checks the
  /// rows as MetadataStore::Write(), writes them to files of the feature's table, and commits
  /// nothing: no read sees them. Returns what CommitFragments() takes, which may be sent to another
  /// process of the same version of metaxy (1.2 kB for a dozen columns). The table is
  /// created empty if there is none, and gets the columns and types that the rows need. Files that
  /// are never committed are removed with other leftovers (docs/maintenance.md), after seven days.
  /// WriteOptions::write_id, if given, is that of the write to which they belong. Errors as of
  /// MetadataStore::Write(), without CommitStateUnknown; NotSupported on servers.
  arrow::Result<std::string> WriteFragments(const FeatureKey& feature,
                                            std::shared_ptr<arrow::RecordBatchReader> rows,
                                            const WriteOptions& options = {});

  /// \brief The second half: makes the rows of several WriteFragments() visible, in one commit,
  /// which clears their failures and is followed by maintenance as that of MetadataStore::Write().
  /// Fragments that are given twice count once. Idempotent: if the write of this id was committed
  /// since the first of the fragments was written, also by another process at the same time,
  /// nothing is committed, and the version of that commit is returned. If the table has changed its
  /// columns in the meantime, rows are read again and written in the new ones, by this process.
  ///
  /// `write_id`: as WriteOptions::write_id, and required. Version and rows of the result are those
  /// of the whole write; without rows nothing is committed. InvalidInput for bytes that are
  /// damaged, of another feature or another write, or whose files are gone or in the table already;
  /// TableNotFound if the table was dropped; CommitConflict if others were always faster;
  /// CommitStateUnknown if it is not known whether the rows are there: call it again with the same
  /// id. NotSupported on servers. The Python package has no counterpart.
  arrow::Result<WriteResult> CommitFragments(const FeatureKey& feature,
                                             const std::vector<std::string>& fragments,
                                             const std::string& write_id,
                                             const ExecutionOptions& execution = {});

  /// \brief Appends rows as they are to a table of metaxy's own, such as
  /// `metaxy-system/feature_versions`, which the first rows create; MetadataStore::Read() returns
  /// all rows of such a table. For programs that keep definitions themselves, as the Python package
  /// does: `metaxy push` needs none of this. InvalidInput for the key of a feature; the store must
  /// be open for writing; otherwise as MetadataStore::Write(). Mirrors MetadataStore.write of a
  /// system key.
  StatusWith<WriteResult> AppendSystemRows(const FeatureKey& table,
                                           std::shared_ptr<arrow::RecordBatchReader> rows,
                                           const ExecutionOptions& execution = {});

  /// \brief Statistics of a table; fragments below `small_rows` rows are small. Servers report only
  /// rows and layout. TableNotFound.
  arrow::Result<TableStatistics> GetTableStatistics(const std::string& table,
                                                    int64_t small_rows = int64_t{1} << 20,
                                                    const ExecutionOptions& execution = {});

  /// \brief Reads a table to the end, and reports which columns cannot be read: those with names or
  /// types that LanceDB accepts but cannot read back, or with invalid UTF-8, which other programs
  /// may have written. TableNotFound.
  arrow::Result<std::vector<TableDamage>> CheckTable(const std::string& table,
                                                     const ExecutionOptions& execution = {});

  /// \brief Makes a table readable again, and reports the changes: columns are renamed to a
  /// readable name, columns that never had a value are removed, and so are rows with an unreadable
  /// value. Each change is a commit; earlier versions are kept. NotSupported by servers.
  arrow::Result<std::vector<TableDamage>> RepairTable(const std::string& table,
                                                      const ExecutionOptions& execution = {});

 private:
  friend class MetadataStore;
  explicit StoreAdministration(internal::StoreSession* session) : session_(session) {}

  internal::StoreSession* session_;
};

}  // namespace metaxy
