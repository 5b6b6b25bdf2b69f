// Delta resolve: an answer from what an earlier resolve has found, without reading the tables.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "metaxy/export.h"
#include "metaxy/json.h"

namespace metaxy {

/// \brief Whether a resolve may use what an earlier one has found. The answer is the same.
enum class DeltaMode {
  kAuto,    ///< Where it is safe; one such answer in 64 is checked as by kVerify.
  kOff,     ///< Reads the tables, and neither uses nor keeps what was found.
  kVerify,  ///< Reads the tables as well, returns that answer, and warns if the other one differs.
};

/// \brief "auto", "off" or "verify".
METAXY_EXPORT std::string_view DeltaModeName(DeltaMode mode);
/// \brief The mode of this name. InvalidInput, listing the names, if there is none.
METAXY_EXPORT arrow::Result<DeltaMode> ParseDeltaMode(std::string_view name);

/// \brief How a resolve found its answer.
struct METAXY_EXPORT ResolveReport {
  /// Whether it took the delta way: what is new, stale or orphaned is known from an earlier
  /// resolve, and from rows that were added since.
  bool delta = false;
  /// Why the tables were read in full; empty if they were not. For people.
  std::string reason = {};
  /// Of the delta way: samples that were looked at again. Where no row has changed, those that are
  /// new, stale or orphaned; else these, and those that rows were added of.
  int64_t keys = 0;
  /// Rows of the tables that were read to find the answer; not those that its readers fetch.
  int64_t rows_read = 0;

  /// \brief {"way": "delta" or "full", "reason": a string or null, "keys": n, "rows_read": n}
  Json ToJson() const;
};

}  // namespace metaxy
