#include "store/write/column_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "base/quote.h"
#include "base/utf8.h"
#include "metaxy/errors.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {
namespace {

// Columns that LanceDB's scans and searches add to those of a table.
constexpr auto kOwnColumns =
    std::to_array<std::string_view>({kRowIdColumn, "_rowaddr", "_rowoffset",
                                     "_row_created_at_version", "_row_last_updated_at_version"});

arrow::Status CheckUnique(const arrow::FieldVector& fields, std::string_view what,
                          const std::string& place) {
  std::set<std::string_view> names;
  for (const auto& field : fields) {
    if (!names.insert(field->name()).second) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("{}: there is more than one {} {}{}; rename or drop the others",
                                   what, place.empty() ? "column" : "member", Quote(field->name()),
                                   place.empty() ? "" : " in " + Quote(place)));
    }
    ARROW_RETURN_NOT_OK(CheckUnique(
        field->type()->id() == arrow::Type::STRUCT ? field->type()->fields() : arrow::FieldVector(),
        what, field->name()));
  }
  return arrow::Status::OK();
}

// Why no column and no member can have this name.
std::optional<std::string_view> Unspeakable(const std::string& name) {
  if (name.empty()) return "an empty name cannot be addressed";
  if (name.find('\0') != std::string::npos) return "names cannot contain a zero byte";
  if (!IsUtf8(name)) return "names must be valid UTF-8";
  return std::nullopt;
}

arrow::Status CheckMembers(const arrow::DataType& type, std::string_view what,
                           const std::string& column) {
  const bool is_struct = type.id() == arrow::Type::STRUCT;
  for (const auto& field : type.fields()) {
    const auto reason = is_struct ? Unspeakable(field->name()) : std::nullopt;
    if (reason) {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format(
              "{}: a member of column {} cannot be stored under the name {}: {}; rename or drop it",
              what, Quote(column), Quote(field->name()), *reason));
    }
    ARROW_RETURN_NOT_OK(CheckMembers(*field->type(), what, column));
  }
  return arrow::Status::OK();
}

}  // namespace

std::optional<std::string_view> WhyNotStorable(const std::string& name) {
  if (std::find(kOwnColumns.begin(), kOwnColumns.end(), name) != kOwnColumns.end())
    return "the name is reserved by the database";
  if (name == "*") return "it stands for all columns";
  if (name.find('.') != std::string::npos) return "a dot separates a column and its member";
  if (name.find('`') != std::string::npos) return "LanceDB cannot address names with a backtick";
  return Unspeakable(name);
}

arrow::Status CheckColumnNames(const arrow::Schema& schema, std::string_view what) {
  if (schema.GetFieldIndex(kRowIdColumn) >= 0) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("{}: the name '{}' is reserved by the database; rename the column",
                                 what, kRowIdColumn));
  }
  return CheckUnique(schema.fields(), what, "");
}

arrow::Status CheckStorableNames(const arrow::Schema& schema, std::string_view what) {
  for (const auto& field : schema.fields()) {
    if (const auto reason = WhyNotStorable(field->name())) {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format(
              "{}: a column cannot be stored under the name {}: {}; rename or drop the column",
              what, Quote(field->name()), *reason));
    }
    ARROW_RETURN_NOT_OK(CheckMembers(*field->type(), what, field->name()));
  }
  return CheckColumnNames(schema, what);
}

}  // namespace metaxy::internal
