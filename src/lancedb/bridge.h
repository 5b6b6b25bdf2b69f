// LanceDB in C++: connections and tables over the C ABI of bridge/, with Arrow C++ types and
// statuses.
//
// Contains no metaxy logic. Every failure carries an ErrorCode (errors.h); messages name the table.
// Objects may be used from several threads at once. The exact behaviour and the errors of each call
// are documented in metaxy_lancedb.h at the function of the same name.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/type.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interrupt.h"

struct mxl_connection;
struct mxl_table;

namespace metaxy::internal {

/// \brief Owns a handle of the bridge.
template <typename Handle>
struct BridgeDeleter {
  void operator()(Handle* handle) const noexcept;
};
template <>
void BridgeDeleter<mxl_connection>::operator()(mxl_connection* handle) const noexcept;
template <>
void BridgeDeleter<mxl_table>::operator()(mxl_table* handle) const noexcept;

template <typename Handle>
using BridgeHandle = std::unique_ptr<Handle, BridgeDeleter<Handle>>;

struct LanceConnectOptions {
  std::string uri;  ///< A directory, an object store's URL, or db://NAME for a LanceDB server.
  std::vector<std::pair<std::string, std::string>> storage_options;
  // Only for servers.
  std::string api_key;
  std::string region;
  std::string host_override;
  std::optional<std::chrono::milliseconds> connect_timeout;
  std::optional<std::chrono::milliseconds> read_timeout;
  std::optional<std::chrono::milliseconds> total_timeout;
  std::optional<int> retries;
  std::optional<int> connect_retries;  ///< `std::nullopt`: as retries.
  std::optional<int> read_retries;
  std::optional<double> backoff_factor;  ///< Seconds.
  std::optional<double> backoff_jitter;
  std::optional<std::chrono::milliseconds> read_consistency_interval;
  int64_t cache_bytes = 0;  ///< Of the caches of the process; 0: LanceConnection's choice.
};

/// \brief The greatest timestamp of a table: microseconds since 1970, the least there is for none.
struct LanceGreatest {
  int64_t value = 0;
  uint64_t version = 0;
  uint64_t fragment = 0;
};

/// \brief How files are written; zero leaves it to LanceDB.
struct LanceWriteOptions {
  int64_t max_rows_per_file = 0;
  int64_t max_bytes_per_file = 0;
  int64_t max_rows_per_group = 0;
  std::string write_id = {};  ///< See LanceTable::FindWrite; empty: none.
  /// Noted with the commit, for LanceTable::Greatest.
  std::optional<LanceGreatest> greatest = std::nullopt;
};

/// \brief Which columns and rows to read.
struct LanceScanOptions {
  /// Column paths (`a`, `a.b` for a child of a struct); absent: all columns. An empty list requires
  /// with_row_id.
  std::optional<std::vector<std::string>> columns;
  std::string filter;  ///< LanceDB SQL; empty: all rows.
  bool with_row_id = false;
  std::optional<int64_t> limit;
  int64_t offset = 0;
  int batch_size = 0;  ///< Maximum rows; 0: 65536.
  int batch_readahead = 0;
  int fragment_readahead = 0;
  bool ordered = true;  ///< Rows in table order.
  /// Columns are read while the filter is evaluated rather than only for the rows that pass it.
  bool eager = false;
  int64_t io_buffer_bytes = 0;  ///< Bytes read ahead of decoding, about; 0: LanceDB's choice.
  int64_t batch_bytes = 0;      ///< Bytes of a batch, about; 0: as many as its rows take.
  /// Ids of the fragments to read; absent: all.
  std::optional<std::vector<uint64_t>> fragments = std::nullopt;
};

struct LanceTakeOptions {
  std::optional<std::vector<std::string>> columns;
  bool with_row_id = false;
  int batch_size = 0;
};

struct LanceDeleteResult {
  uint64_t version = 0;
  uint64_t rows_deleted = 0;
};

struct LanceColumnAlteration {
  std::string path;
  std::string rename;  ///< Empty: keep.
  std::optional<bool> nullable;
  std::shared_ptr<arrow::DataType> type;  ///< Null: keep.
};

struct LanceVersion {
  uint64_t version = 0;
  std::chrono::sys_time<std::chrono::microseconds> timestamp;
  std::map<std::string, std::string> metadata;
};

/// \brief Statistics of one table version; absent if a server does not report them.
struct LanceTableStats {
  std::optional<int64_t> rows;
  std::optional<int64_t> deleted_rows;
  std::optional<int64_t> fragments;
  std::optional<int64_t> small_fragments;
  std::optional<int64_t> data_files;
  std::optional<int64_t> deletion_files;
  std::optional<int64_t> bytes;
  std::optional<int64_t> versions;
};

/// \brief What a part of a table's rows is stored in: texts that are equal for equal rows.
struct LanceFragment {
  uint64_t id = 0;
  std::optional<int64_t> physical_rows;
  std::optional<int64_t> deleted_rows;
  std::string files;           ///< Of the columns in question.
  std::string deletions;       ///< Empty: no row is deleted.
  bool has_addresses = false;  ///< The row id of its row number i is `id` * 2^32 + i.
};

struct LanceFragments {
  std::vector<std::string> columns;  ///< Where and as what each is stored; empty: not at all.
  std::vector<LanceFragment> fragments;
};

struct LanceRewrite {
  std::vector<LanceFragment> before;
  std::vector<LanceFragment> after;
};

struct LanceCompactOptions {
  int64_t target_rows_per_fragment = 0;
  int64_t max_bytes_per_file = 0;
  int64_t max_rows_per_group = 0;
  int batch_size = 0;
  int num_threads = 0;
  std::optional<double> materialize_deletions_threshold;  ///< Below 0: never for deletions alone.
  int64_t io_buffer_bytes = 0;
  /// Rows for which the first of these that is not null is equal keep their order.
  std::vector<std::string> order = {};
};

struct LanceCompactResult {
  uint64_t fragments_removed = 0;
  uint64_t fragments_added = 0;
  uint64_t files_removed = 0;
  uint64_t files_added = 0;
};

struct LancePruneOptions {
  std::chrono::seconds older_than{0};
  bool error_if_tagged = false;
  bool delete_unverified = false;  ///< Only when nobody else writes.
  /// By the clock of the store. None: that of the latest version.
  std::optional<std::chrono::sys_time<std::chrono::microseconds>> now = std::nullopt;
};

struct LancePruneResult {
  uint64_t bytes_removed = 0;
  uint64_t versions_removed = 0;
  uint64_t data_files_removed = 0;
  uint64_t failed_deletes = 0;
};

/// \brief A table at one version. Reads see that version until it is moved; writes are committed on
/// top of the latest one and do not move it. Append(), Replace() and DeleteRows() are built on the
/// version of this object: CommitConflict if the table was dropped and recreated.
class LanceTable {
 public:
  LanceTable(std::string name, BridgeHandle<mxl_table> handle);

  const std::string& name() const { return name_; }

  arrow::Result<std::shared_ptr<arrow::Schema>> Schema() const;
  arrow::Result<uint64_t> Version() const;
  /// \brief Major and minor version of the format of the table's files; zeros on a server.
  arrow::Result<std::pair<uint32_t, uint32_t>> FileFormat() const;

  /// \brief Moves to a version; writes are refused until CheckoutLatest.
  arrow::Status Checkout(uint64_t version);
  arrow::Status CheckoutLatest();

  /// \brief The rows are read on other threads, ahead of the reader, which may outlive this object.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Scan(
      const LanceScanOptions& options = {}) const;

  /// \brief Rows in the order of `row_ids`, which come from a scan of the same version.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Take(
      std::span<const uint64_t> row_ids, const LanceTakeOptions& options = {}) const;
  arrow::Result<int64_t> CountRows(std::string_view filter = {}) const;
  arrow::Result<LanceTableStats> Stats(int64_t small_fragment_rows = 0) const;
  /// \brief The greatest timestamp, each row's being the first of `columns` that is not null. None
  /// on servers.
  arrow::Result<std::optional<LanceGreatest>> Greatest(
      const std::vector<std::string>& columns) const;
  /// \brief The fragments in the order of their rows, as far as these columns (paths) go; nothing
  /// is read. None on servers.
  arrow::Result<std::optional<LanceFragments>> Fragments(
      const std::vector<std::string>& columns) const;
  /// \brief What compaction has rewritten after version `since`, as far as the last `most` versions
  /// tell, the latest first. Not on servers.
  arrow::Result<std::vector<LanceRewrite>> Rewrites(const std::vector<std::string>& columns,
                                                    uint64_t since, uint64_t most) const;
  /// \brief The ids of the rows of these fragments that are deleted, in the order of the rows; in
  /// tables whose fragments have addresses. Not on servers.
  arrow::Result<std::vector<uint64_t>> DeletedRows(std::span<const uint64_t> fragments) const;
  /// \brief For each limit, how many fragments have fewer rows; nothing is read. Not on servers.
  arrow::Result<std::vector<int64_t>> CountFragments(std::span<const int64_t> limits) const;

  /// \brief Appends in one commit and returns its version. `rows` is read on the calling thread;
  /// its own failure is returned unchanged, with context.
  arrow::Result<uint64_t> Append(std::shared_ptr<arrow::RecordBatchReader> rows,
                                 const LanceWriteOptions& options = {});
  /// \brief Replaces rows and schema in one commit, which fails if there is a later version than
  /// that of this object.
  arrow::Result<uint64_t> Replace(std::shared_ptr<arrow::RecordBatchReader> rows,
                                  const LanceWriteOptions& options = {});
  /// \brief The version after `since` created by the write with this id; `std::nullopt` if there is
  /// none.
  arrow::Result<std::optional<uint64_t>> FindWrite(std::string_view write_id, uint64_t since) const;
  /// \brief Writes files of an append that CommitFragments() commits, and returns a text that tells
  /// of them. `rows` as for Append(). Not on servers, as all four.
  arrow::Result<std::string> WriteFragments(std::shared_ptr<arrow::RecordBatchReader> rows,
                                            const LanceWriteOptions& options = {});
  /// \brief Commits such texts as one append, which is the version after that of this object.
  arrow::Result<uint64_t> CommitFragments(std::span<const std::string> fragments,
                                          const LanceWriteOptions& options = {});
  /// \brief MetadataSchema unless the files of such a text fit the columns of this version.
  arrow::Status CheckFragments(std::string_view fragments) const;
  /// \brief The rows of such a text, written at `version`; all columns if none are named.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ScanFragments(
      std::string_view fragments, uint64_t version, const std::vector<std::string>& columns) const;
  arrow::Result<LanceDeleteResult> Delete(std::string_view predicate);
  /// \brief Deletes the rows of this version that have these ids, all of them in one commit.
  /// CommitConflict if another writer has deleted or moved rows of the same fragments.
  arrow::Result<LanceDeleteResult> DeleteRows(std::span<const uint64_t> row_ids);

  /// \brief Adds columns that are NULL everywhere, also children of existing structs.
  arrow::Result<uint64_t> AddNullColumns(const arrow::Schema& columns);
  arrow::Result<uint64_t> AlterColumns(const std::vector<LanceColumnAlteration>& alterations);
  arrow::Result<uint64_t> DropColumns(const std::vector<std::string>& paths);
  /// \brief Renames a column, or removes it if the new name is empty. Both are names, not paths.
  arrow::Result<uint64_t> SetColumnName(std::string_view name, std::string_view new_name);
  /// \brief The names of the indices, ascending. Replace() drops them.
  arrow::Result<std::vector<std::string>> Indices() const;

  arrow::Result<std::vector<LanceVersion>> Versions() const;
  /// \brief The same with the times at which they were stored, by the clock of the store; without
  /// metadata. Not on servers.
  arrow::Result<std::vector<LanceVersion>> StoredVersions() const;
  arrow::Result<std::map<std::string, uint64_t>> Tags() const;
  arrow::Status CreateTag(std::string_view tag, uint64_t version);
  arrow::Status DeleteTag(std::string_view tag);

  arrow::Result<LanceCompactResult> Compact(const LanceCompactOptions& options = {});
  arrow::Result<LancePruneResult> Prune(const LancePruneOptions& options);

 private:
  /// Of the thread, or of the call that the table was opened for: the scanning threads have none.
  const Interrupt& Limits() const;

  std::string name_;
  BridgeHandle<mxl_table> handle_;
  Interrupt interrupt_ = InterruptScope::Current();
};

/// \brief A database.
class LanceConnection {
 public:
  /// \brief Connects; a missing local directory is created.
  static arrow::Result<std::shared_ptr<LanceConnection>> Connect(
      const LanceConnectOptions& options);

  /// \brief The names in `storage_options` that the object store does not know, ascending.
  static arrow::Result<std::vector<std::string>> UnknownStorageOptions(
      const LanceConnectOptions& options);
  /// \brief InvalidInput for an option or an environment variable that is invalid, by its type or
  /// as an address, before anything is sent.
  static arrow::Status CheckOptions(const LanceConnectOptions& options);
  /// \brief The environment variables, ascending, that become options of the object store although
  /// they lack its prefix, such as TIMEOUT.
  static arrow::Result<std::vector<std::string>> EnvironmentStorageOptions(
      const LanceConnectOptions& options);

  /// \brief How far this machine's clock is ahead of that of an HTTP server; sends one request.
  /// NotSupported if it does not report the time.
  static arrow::Result<std::chrono::milliseconds> ClockSkew(std::string_view url,
                                                            std::chrono::milliseconds timeout);

  explicit LanceConnection(BridgeHandle<mxl_connection> handle);

  /// \brief Whether this is a LanceDB server, which supports fewer operations than files.
  arrow::Result<bool> IsRemote() const;

  /// \brief Writes an empty object twice, on condition that it does not exist, and deletes it. True
  /// if the store refuses the second time, which keeps writers from losing each other's commits.
  arrow::Result<bool> ProbeConditionalWrite() const;

  /// \brief All names, ascending.
  arrow::Result<std::vector<std::string>> TableNames() const;

  /// \brief Opens the latest version. kTableNotFound if there is no such table.
  arrow::Result<std::unique_ptr<LanceTable>> OpenTable(std::string_view name) const;

  /// \brief Creates a table with the schema and the rows of `rows`. kTableAlreadyExists if another
  /// writer was first.
  arrow::Result<std::unique_ptr<LanceTable>> CreateTable(
      std::string_view name, std::shared_ptr<arrow::RecordBatchReader> rows,
      const LanceWriteOptions& options = {}) const;
  arrow::Status DropTable(std::string_view name) const;

 private:
  BridgeHandle<mxl_connection> handle_;
};

}  // namespace metaxy::internal
