// Table maintenance: compaction of small files, pruning of old versions and of history.
//
// The reference has no counterpart: there, every write adds files and nothing ever removes one.
#pragma once

#include <arrow/status.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"

namespace metaxy {

/// \brief Statistics of a table at its latest version; absent if the store does not report them.
struct TableStatistics {
  std::string table;
  std::optional<int64_t> rows = std::nullopt;
  /// Deleted rows whose files still contain them. (Not soft-deleted samples, which are ordinary
  /// rows.)
  std::optional<int64_t> deleted_rows = std::nullopt;
  std::optional<int64_t> fragments = std::nullopt;
  /// Fragments with fewer rows than the target of compaction.
  std::optional<int64_t> small_fragments = std::nullopt;
  std::optional<int64_t> data_files = std::nullopt;
  std::optional<int64_t> deletion_files = std::nullopt;
  /// Of the data files of the latest version.
  std::optional<int64_t> bytes = std::nullopt;
  /// How many versions the table keeps.
  std::optional<int64_t> versions = std::nullopt;
  /// All files of all versions. Only of local directories.
  std::optional<int64_t> disk_files = std::nullopt;
  std::optional<int64_t> disk_bytes = std::nullopt;
  /// How the `*_by_field` columns are stored: "struct", "map", or empty for a table without them.
  std::string layout = {};
};

inline constexpr std::chrono::hours kDefaultKeepVersionsFor{24 * 7};
/// Maintenance after writes prunes no version younger than this because of `keep_versions`.
inline constexpr std::chrono::minutes kKeepVersionsAtLeastFor{10};

/// \brief Options of MetadataStore::CompactMetadata. The defaults never remove anything that a
/// read, including one of history, can see. Pruning history reads the keys of all rows into memory,
/// as a resolve does; everything else works in bounded memory.
struct METAXY_EXPORT CompactOptions {
  /// Fragments with fewer rows are compacted, up to this number. If rows are so wide that fewer of
  /// them reach `target_bytes`, that number applies.
  int64_t target_rows = int64_t{1} << 20;
  int64_t target_bytes = int64_t{256} << 20;
  /// Table versions older than this are pruned, with the files that only they need. The latest one
  /// and tagged ones are kept. A reader of a pruned version (one that was opened long ago, a
  /// LazyIncrement) fails.
  std::chrono::seconds keep_versions_for = kDefaultKeepVersionsFor;
  /// Keep only this many rows, the latest ones, of each sample and feature version; at least 1. All
  /// rows if absent.
  std::optional<int64_t> keep_history = std::nullopt;
  /// Remove samples that were soft-deleted longer ago than this, with their history.
  std::optional<std::chrono::seconds> drop_deleted_older_than = std::nullopt;
  /// Only report what would be done.
  bool dry_run = false;
  /// Only stop_token and deadline are used, between steps; completed steps stay done.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief The result of a compaction, or what it would be. `after` equals `before` in a dry run.
struct CompactResult {
  TableStatistics before;
  TableStatistics after;
  int64_t fragments_merged = 0;
  /// Number of fragments written by compaction; unknown in a dry run.
  int64_t fragments_written = 0;
  int64_t versions_removed = 0;
  /// Freed by pruning versions; unknown in a dry run.
  int64_t bytes_removed = 0;
  /// Rows that `keep_history` removed.
  int64_t history_rows_removed = 0;
  /// Rows that `drop_deleted_older_than` removed.
  int64_t deleted_rows_removed = 0;
};

/// \brief Maintenance after writes. `[ext.cpp.stores.NAME] maintenance = { ... }`.
///
/// Every `every_commits`-th commit to a table, by any process, checks the table's statistics and
/// compacts small fragments if there are that many of about the same size; so a row is rewritten a
/// few times in its life, not at every compaction. Closing a store checks once more the tables that
/// it wrote to repeatedly. Old versions are pruned at the same time, less often the more there are.
/// All of it happens on the writing thread, in bounded memory, and is reported to
/// MetadataStoreOptions::on_log. A failure does not fail the write, which has succeeded; the next
/// trigger retries.
struct METAXY_EXPORT MaintenanceOptions {
  bool automatic = true;
  int64_t every_commits = 32;
  /// See CompactOptions.
  int64_t target_rows = int64_t{1} << 20;
  int64_t target_bytes = int64_t{256} << 20;
  std::chrono::seconds keep_versions_for = kDefaultKeepVersionsFor;
  /// If a table has more versions than this, older ones are pruned earlier than `keep_versions_for`
  /// says, down to kKeepVersionsAtLeastFor: many small writes would otherwise keep their files for
  /// a week.
  int64_t keep_versions = 256;

  arrow::Status Validate() const;
};

/// \brief A column that cannot be read, or prevents writes to its table.
struct TableDamage {
  std::string column;
  std::string text;    ///< What is wrong with it.
  std::string remedy;  ///< What MetadataStore::RepairTable does about it; empty if nothing.
};

}  // namespace metaxy
