#include "store/write/blob_columns.h"

#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

bool Says(const arrow::Field& field, const std::string& key, std::string_view value) {
  if (!field.HasMetadata()) return false;
  const auto found = field.metadata()->Get(key);
  return found.ok() && *found == value;
}

bool HasBlob(const arrow::Field& field) {
  if (Says(field, "lance-encoding:blob", "true") ||
      Says(field, "ARROW:extension:name", "lance.blob.v2")) {
    return true;
  }
  const auto& inner = field.type()->fields();
  return std::any_of(inner.begin(), inner.end(), [](const auto& f) { return HasBlob(*f); });
}

}  // namespace

std::optional<std::string> FindBlobColumn(const arrow::Schema& table) {
  for (const auto& field : table.fields())
    if (HasBlob(*field)) return field->name();
  return std::nullopt;
}

arrow::Status CheckNoBlobs(const std::string& table, const arrow::Schema& stored,
                           const arrow::Schema& rows) {
  for (const auto& field : stored.fields()) {
    if (!HasBlob(*field) || rows.GetFieldIndex(field->name()) < 0) continue;
    return MakeError(ErrorCode::kNotSupported,
                     fmt::format("column {} of table {} holds blobs, which metaxy does not copy: "
                                 "rows with this column cannot be written (a soft delete writes "
                                 "the rows again). Leave the column out, use a hard delete, or "
                                 "write it with lancedb; nothing was written",
                                 Quote(field->name()), Quote(table)));
  }
  return arrow::Status::OK();
}

arrow::Status CheckNoBlobs(const std::string& table, const arrow::Schema& stored,
                           std::string_view doing) {
  const auto blob = FindBlobColumn(stored);
  if (!blob) return arrow::Status::OK();
  return MakeError(ErrorCode::kNotSupported,
                   fmt::format("table {} cannot be {}: its column {} holds blobs, which metaxy "
                               "does not copy; nothing was written",
                               Quote(table), doing, Quote(*blob)));
}

}  // namespace metaxy::internal
