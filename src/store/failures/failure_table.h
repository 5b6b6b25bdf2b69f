// The table of failures: one row per failed attempt.
//
// Rows are appended, which never conflicts, and removed by their row ids, which removes exactly
// what was looked at: an attempt that others record meanwhile stays. How often something was tried
// is the sum over its rows; nobody reads a number to write a larger one.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "columns/key_hash.h"
#include "metaxy/failures.h"
#include "metaxy/graph.h"

namespace metaxy::internal {

// The columns, but for those of failed_samples.h and failures.h.
inline constexpr const char* kFailedFeatureColumn = "feature_key";
/// A JSON object: the values of the join columns, numbers and booleans as such, others as strings.
inline constexpr const char* kIdsColumn = "ids";
/// A JSON object: their types, as Arrow names them.
inline constexpr const char* kIdTypesColumn = "id_types";
/// Names one row, so that a doubled one can be told from two attempts.
inline constexpr const char* kEventIdColumn = "event_id";
/// 16 bytes: the hash of the ids.
inline constexpr const char* kSampleHashColumn = "sample_hash";

/// The name of the table.
std::string FailuresTable();

std::shared_ptr<arrow::Schema> FailureSchema();

/// The columns that name a sample in an increment, all of which `rows` has, in their stored types
/// and decoded. Their hashes are stored as KeyHasher::Stable() makes them. MetadataSchema, naming
/// it, if one has a type that names nothing.
arrow::Result<std::vector<std::shared_ptr<arrow::Array>>> SampleIds(
    const arrow::RecordBatch& rows, const std::vector<std::string>& join_columns);

/// The columns kIdsColumn and kIdTypesColumn.
arrow::Result<arrow::ArrayVector> IdsAsText(const std::vector<std::shared_ptr<arrow::Array>>& ids,
                                            const std::vector<std::string>& join_columns);

/// The way back, for rows of one feature: a column per id, in the type in which it was recorded; of
/// strings if the rows do not agree on one.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> IdsFromText(
    const arrow::LargeStringArray& ids, const arrow::LargeStringArray& types);

}  // namespace metaxy::internal
