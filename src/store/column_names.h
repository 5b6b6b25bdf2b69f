// Names that columns of users may have.
#pragma once

#include <arrow/status.h>
#include <arrow/type.h>

#include <string_view>

namespace metaxy::internal {

/// MetadataSchema if two columns, or two members of a struct, have the same name: neither could be
/// asked for by it, and one of them would be lost. Also for `_rowid`, which is the database's own.
/// `what` are the rows, for the message.
arrow::Status CheckColumnNames(const arrow::Schema& schema, std::string_view what);

}  // namespace metaxy::internal
