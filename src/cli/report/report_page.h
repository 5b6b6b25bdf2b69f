// The page of a report: self-contained HTML.
#pragma once

#include <string>

#include "graph/render/graph_data.h"
#include "metaxy/json.h"

namespace metaxy::cli {

/// \brief The page. `facts` describes the report as a whole (`"title"`, `"project"`, `"store"`,
/// `"made_at"` in seconds since 1970, `"version"` of metaxy); `details` has what ReportOn() gave,
/// by the feature's key. It loads nothing, and its policy says so; all text is escaped.
std::string ReportPage(const render::GraphData& data, const render::RenderConfig& config,
                       const Json& facts, const Json& details);

extern const char* const kReportStyle;
extern const char* const kReportScript;
extern const char* const kReportBody;

}  // namespace metaxy::cli
