// The `columns` of a feature in features.toml as the JSON schema that pydantic generates for a
// class with these columns.
#pragma once

#include <string>

#include "metaxy/json.h"
#include "models/problems.h"

namespace metaxy {

/// \brief The schema of a feature whose class would be named `title`. `columns` is an object (name
/// -> type) or a list of names. A type is a string ("string", "list[integer]", "number?" for a
/// nullable one) or a JSON schema object.
Json SchemaOfColumns(const Json& columns, const std::string& title, const ValuePath& path,
                     Problems* problems);

}  // namespace metaxy
