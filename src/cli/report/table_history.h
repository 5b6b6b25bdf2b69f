// The history of a table for a report: rows over time, and rows per feature version.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metaxy/json.h"
#include "metaxy/metadata_store.h"

namespace metaxy::cli {

/// \brief Counts rows by the minute they were written in. Memory does not depend on the rows.
class RowsOverTime {
 public:
  void Add(int64_t microseconds);

  /// \brief `{"start", "step", "counts"}` in seconds since 1970, with at most `most` counts of
  /// equal steps that people know: minutes, hours, days, weeks. Null without rows.
  Json ToJson(int64_t most) const;

 private:
  std::map<int64_t, int64_t> minutes_;
};

/// \brief `{"rows", "deletions", "over_time", "versions": [{"version", "rows", "first", "last"}]}`
/// of all rows of this store's table of a feature, superseded and deleted ones included; the latest
/// version first. Null if it has none. Reads three narrow columns.
arrow::Result<Json> HistoryOf(MetadataStore& store, const FeatureKey& feature,
                              const ExecutionOptions& execution);

}  // namespace metaxy::cli
