// How tables are kept small: merging of small files, removal of old versions, retention of history.
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

/// \brief Figures of a table at its latest version; absent where the store does not tell them.
struct TableStatistics {
  std::string table;
  std::optional<int64_t> rows = std::nullopt;
  /// Rows marked as removed in files that still hold them. (Not soft-deleted samples, which are
  /// rows like others.)
  std::optional<int64_t> deleted_rows = std::nullopt;
  std::optional<int64_t> fragments = std::nullopt;
  /// Fragments with fewer rows than compaction aims at.
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
  /// How the `*_by_field` columns are stored: "struct", "map", or empty for another table.
  std::string layout = {};
};

inline constexpr std::chrono::hours kDefaultKeepVersionsFor{24 * 7};
/// Maintenance after writes removes no version younger than this for the sake of `keep_versions`.
inline constexpr std::chrono::minutes kKeepVersionsAtLeastFor{10};

/// \brief What MetadataStore::CompactMetadata does. The defaults never remove anything that a read,
/// also one of history, can see. Retention of history reads the keys of all rows into memory, as a
/// resolve does; all else works in bounded memory.
struct METAXY_EXPORT CompactOptions {
  /// Fragments with fewer rows are merged, up to as many. Where rows are so wide that fewer of them
  /// reach `target_bytes`, that counts.
  int64_t target_rows = int64_t{1} << 20;
  int64_t target_bytes = int64_t{256} << 20;
  /// Versions of the table older than this are removed, with the files that only they need. The
  /// latest one stays, and those with a tag. Whoever reads a removed version (a reader that was
  /// opened long ago, a LazyIncrement) fails.
  std::chrono::seconds keep_versions_for = kDefaultKeepVersionsFor;
  /// Keep only so many rows, the latest ones, of each sample and feature version; at least 1. All
  /// rows if absent.
  std::optional<int64_t> keep_history = std::nullopt;
  /// Remove samples that were soft-deleted longer ago than this, with their history.
  std::optional<std::chrono::seconds> drop_deleted_older_than = std::nullopt;
  /// Only say what would be done.
  bool dry_run = false;
  /// Of this only stop_token and deadline count, between one step and the next; what was done stays
  /// done.
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

/// \brief What a compaction did, or would do. `after` equals `before` in a dry run.
struct CompactResult {
  TableStatistics before;
  TableStatistics after;
  int64_t fragments_merged = 0;
  /// Fragments that the merged ones became; in a dry run it is not known.
  int64_t fragments_written = 0;
  int64_t versions_removed = 0;
  /// Freed by the removal of versions; in a dry run it is not known.
  int64_t bytes_removed = 0;
  /// Rows that `keep_history` removed.
  int64_t history_rows_removed = 0;
  /// Rows that `drop_deleted_older_than` removed.
  int64_t deleted_rows_removed = 0;
};

/// \brief Maintenance after writes. `[ext.cpp.stores.NAME] maintenance = { ... }`.
///
/// Every `every_commits`-th commit to a table, of whatever process, looks at the table's figures
/// and merges small fragments if there are as many of about one size; so a row is rewritten a few
/// times in its life, not at every merge. Closing a store looks once more at tables that it wrote
/// to repeatedly. Old versions are removed on the same occasions, more seldom the more there are.
/// All of it happens on the writing thread, in bounded memory, and is told to
/// MetadataStoreOptions::on_log. What cannot be done does not fail the write, which has succeeded;
/// the next occasion tries again.
struct METAXY_EXPORT MaintenanceOptions {
  bool automatic = true;
  int64_t every_commits = 32;
  /// See CompactOptions.
  int64_t target_rows = int64_t{1} << 20;
  int64_t target_bytes = int64_t{256} << 20;
  std::chrono::seconds keep_versions_for = kDefaultKeepVersionsFor;
  /// If a table has more versions than this, older ones are removed sooner than `keep_versions_for`
  /// says, down to kKeepVersionsAtLeastFor: many small writes would leave their files for a week.
  int64_t keep_versions = 256;

  arrow::Status Validate() const;
};

/// \brief A column that cannot be read, or keeps its table from being written to.
struct TableDamage {
  std::string column;
  std::string text;    ///< What is wrong with it.
  std::string remedy;  ///< What MetadataStore::RepairTable does about it; empty: nothing.
};

}  // namespace metaxy
