// Validation of column names.
#pragma once

#include <arrow/status.h>
#include <arrow/type.h>

#include <optional>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// MetadataSchema if two columns, or two members of a struct, have the same name: neither could be
/// addressed, and one of them would be lost. Also for `_rowid`, which the database reserves. `what`
/// describes the rows, for the message.
arrow::Status CheckColumnNames(const arrow::Schema& schema, std::string_view what);

/// MetadataSchema, naming the column and the remedy, also for names that LanceDB could not address:
/// those of its own columns, empty ones, `*`, names with a dot or a backtick, with a zero byte, and
/// invalid UTF-8. Struct members, at any depth, may contain dots and backticks.
arrow::Status CheckStorableNames(const arrow::Schema& schema, std::string_view what);

/// Why no column can be stored under this name; `std::nullopt` if one can.
std::optional<std::string_view> WhyNotStorable(const std::string& name);

}  // namespace metaxy::internal
