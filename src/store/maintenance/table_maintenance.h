// Maintenance interface of a table, implemented by the backend.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "metaxy/maintenance.h"

namespace metaxy::internal {

/// A version that the table keeps.
struct KeptVersion {
  uint64_t version = 0;
  /// By the clock of the store, as all times here.
  std::chrono::sys_time<std::chrono::microseconds> committed;
  bool tagged = false;
};

/// How fragments are to be compacted.
struct CompactionPlan {
  /// Fragments with fewer rows are compacted, up to this number.
  int64_t target_rows = 0;
  /// Rows held at a time; 0: the database decides.
  int batch_rows = 0;
  /// Rewrite a fragment if more than this fraction of its rows is deleted; negative: never for that
  /// alone.
  double removed_part = 0.1;
};

struct MergedFragments {
  int64_t removed = 0;
  int64_t added = 0;
};

struct PrunedVersions {
  int64_t versions = 0;
  int64_t bytes = 0;
};

/// How a table with this schema stores its `*_by_field` columns, as in TableStatistics.
std::string LayoutOf(const arrow::Schema& schema);

/// Tables by name; TableNotFound if there is none. Every change is one commit. Thread-safe.
class TableMaintenance {
 public:
  virtual ~TableMaintenance() = default;

  /// Statistics from manifests; `with_disk` also inspects all files, where possible. A fragment
  /// with fewer than `small_rows` rows is small.
  virtual arrow::Result<TableStatistics> Statistics(const std::string& table, int64_t small_rows,
                                                    bool with_disk) = 0;
  /// For one version, how many fragments have fewer rows than each of `limits`.
  virtual arrow::Result<std::vector<int64_t>> CountSmaller(const std::string& table,
                                                           const std::vector<int64_t>& limits) = 0;
  /// The time where tables are stored; this machine's where it is unknown.
  virtual std::chrono::sys_time<std::chrono::microseconds> Now() = 0;
  /// Ascending.
  virtual arrow::Result<std::vector<KeptVersion>> Versions(const std::string& table) = 0;

  /// CommitConflict, retryable, if a writer changed the same fragments.
  virtual arrow::Result<MergedFragments> Merge(const std::string& table,
                                               const CompactionPlan& plan) = 0;
  /// Never the latest version, nor one with a tag.
  virtual arrow::Result<PrunedVersions> PruneVersions(const std::string& table,
                                                      std::chrono::seconds older_than) = 0;
  /// Gives a column another name, or removes it if that is empty; `column` may be a name that no
  /// scan could ask for. InvalidInput if there is no such column.
  virtual arrow::Status RenameColumn(const std::string& table, const std::string& column,
                                     const std::string& new_name) = 0;
};

}  // namespace metaxy::internal
