#include "cli/report/report_page.h"

#include "cli/output/filled_template.h"
#include "graph/render/page_data.h"

namespace metaxy::cli {

std::string ReportPage(const render::GraphData& data, const render::RenderConfig& config,
                       const Json& facts, const Json& details) {
  Json::Array features;
  for (const render::GraphNode* node : render::TopologicalOrder(data)) {
    Json feature = render::NodeToJson(*node);
    if (const Json* more = details.Find(node->key.ToString()))
      for (const auto& [name, value] : more->as_object()) feature.Set(name, value);
    features.push_back(std::move(feature));
  }
  Json everything = facts;
  everything.Set("features", std::move(features));
  return Filled(kReportBody, {{"TITLE", render::EscapedHtml(facts.Find("title")->as_string())},
                              {"STYLE", kReportStyle},
                              {"DRAWING", render::ToSvg(data, config)},
                              {"DATA", render::EmbeddedJson(everything)},
                              {"SCRIPT", kReportScript}});
}

}  // namespace metaxy::cli
