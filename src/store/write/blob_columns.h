// Blob columns: those that LanceDB keeps in files of their own.
#pragma once

#include <arrow/status.h>
#include <arrow/type.h>

#include <optional>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// The first blob column of a table; scans return file positions for its values, not the values.
std::optional<std::string> FindBlobColumn(const arrow::Schema& table);

/// NotSupported, naming the column, if rows have a column that the table stores as blobs: what a
/// scan returned for it would be stored in place of the values.
arrow::Status CheckNoBlobs(const std::string& table, const arrow::Schema& stored,
                           const arrow::Schema& rows);

/// NotSupported, naming the column, if `doing`, as in "rewritten", needs to copy blobs.
arrow::Status CheckNoBlobs(const std::string& table, const arrow::Schema& stored,
                           std::string_view doing);

}  // namespace metaxy::internal
