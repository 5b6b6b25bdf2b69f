// Reading a slice: whole rows of an increment, wherever it was resolved.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/graph.h"
#include "versioning/hash/row_hash.h"
#include "versioning/resolve/increment_slice.h"
#include "versioning/scan/read_plan.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// Streams the rows of a slice with the columns that its part of an increment has: as
/// ExpectedRows, or, for orphaned rows, as CurrentRows. `tables` are those that its pins tell of;
/// none if it has the rows themselves. With `columns`, only these, join columns and those of metaxy
/// itself; MetadataSchema, naming all, for one that there is not. InvalidInput for a slice that is
/// not of this feature's lineage.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadRowsOfSlice(
    IncrementSlice slice, const std::shared_ptr<const FeaturePlan>& plan, const RowHasher& hasher,
    const std::vector<std::shared_ptr<const TableSnapshot>>& tables,
    const std::optional<std::vector<std::string>>& columns, const ReadPlan& read);

}  // namespace metaxy::internal
