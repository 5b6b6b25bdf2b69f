// Data and text inside of pages: JSON of features, escaped for HTML.
#pragma once

#include <string>
#include <string_view>

#include "base/program_export.h"
#include "graph/render/graph_data.h"
#include "metaxy/json.h"

namespace metaxy::render {

/// \brief Everything that a page shows of a feature besides its picture.
METAXY_PROGRAM_EXPORT Json NodeToJson(const GraphNode& node);

/// \brief JSON for a script element, whose end it cannot contain.
METAXY_PROGRAM_EXPORT std::string EmbeddedJson(const Json& json);

/// \brief Text of an element, or of an attribute in double quotes.
METAXY_PROGRAM_EXPORT std::string EscapedHtml(std::string_view text);

}  // namespace metaxy::render
