// The `columns` of a feature in features.toml as the JSON schema that pydantic makes of a class
// with these columns.
#pragma once

#include <string>

#include "metaxy/json.h"
#include "models/problems.h"

namespace metaxy {

/// \brief The schema of a feature whose class would be named `title`. `columns` is an object (name
/// -> type) or a list of names. A type is a text ("string", "list[integer]", "number?" for one that
/// may be null) or an object of JSON schema.
Json SchemaOfColumns(const Json& columns, const std::string& title, const ValuePath& path,
                     Problems* problems);

}  // namespace metaxy
