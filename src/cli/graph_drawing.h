// Terminal rendering of feature graphs.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "graph/render/graph_data.h"

namespace metaxy::cli {

/// \brief Applies a style to a text; unchanged without colours.
using Paint = std::function<std::string(Style, std::string_view)>;

/// \brief A list of all features, parents first, with their fields, versions in columns, and
/// dependencies. Ends with a line break.
std::string DrawTree(const render::GraphData& data, const render::RenderConfig& config,
                     const Paint& paint);

/// \brief A card for each feature, in rows: features of one row depend on those of rows above.
/// `width` is that of the terminal; with 0 each row has all its cards. Ends with a line break.
std::string DrawCards(const render::GraphData& data, const render::RenderConfig& config,
                      size_t width, const Paint& paint);

namespace internal {

/// \brief What both drawings show of a feature or a field besides its name.
struct Said {
  std::string version;  ///< "1a2b3c4d", "1a2b3c4d → 5e6f7a8b", or nothing
  std::string badge;    ///< "[+]", "[-]", "[~]", or nothing
  Style style = Style::kPlain;
};

Said SayFeature(const render::GraphNode& node, const render::RenderConfig& config);
Said SayField(const render::FieldNode& field, const render::RenderConfig& config);

/// \brief "Graph", or the configured title, with the project version.
std::string Heading(const render::GraphData& data, const render::RenderConfig& config,
                    const Paint& paint);

/// \brief `text` padded with spaces to `width` columns.
std::string Padded(std::string_view text, size_t width);

}  // namespace internal

}  // namespace metaxy::cli
