// Names that columns of users may have.
#pragma once

#include <arrow/status.h>
#include <arrow/type.h>

#include <optional>
#include <string>
#include <string_view>

namespace metaxy::internal {

/// MetadataSchema if two columns, or two members of a struct, have the same name: neither could be
/// asked for by it, and one of them would be lost. Also for `_rowid`, which is the database's own.
/// `what` are the rows, for the message.
arrow::Status CheckColumnNames(const arrow::Schema& schema, std::string_view what);

/// MetadataSchema, naming the column and the remedy, also for names by which LanceDB could not find
/// a column again: those of its own columns, empty ones, `*`, names with a dot or a backtick, with
/// a zero byte, and those that are not UTF-8. Members of structs, at any depth, may have dots and
/// backticks.
arrow::Status CheckStorableNames(const arrow::Schema& schema, std::string_view what);

/// Why no column can be stored by this name; nullopt if one can.
std::optional<std::string_view> WhyNotStorable(const std::string& name);

}  // namespace metaxy::internal
