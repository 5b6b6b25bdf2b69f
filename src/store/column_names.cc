#include "store/column_names.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "metaxy/errors.h"
#include "quote.h"
#include "versioning/table_snapshot.h"

namespace metaxy::internal {
namespace {

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

}  // namespace

arrow::Status CheckColumnNames(const arrow::Schema& schema, std::string_view what) {
  if (schema.GetFieldIndex(kRowIdColumn) >= 0) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("{}: the name '{}' belongs to the database; rename the column",
                                 what, kRowIdColumn));
  }
  return CheckUnique(schema.fields(), what, "");
}

}  // namespace metaxy::internal
