#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "metaxy/errors.h"
#include "metaxy/version.h"
#include "store/clock.h"
#include "store/definitions/system_tables.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy::internal {
namespace {

// The reference records its own version under the tag `metaxy`, which comes last and is itself a
// JSON string.
std::string TagsText(const std::vector<std::pair<std::string, std::string>>& tags) {
  Json object = Json::Object{};
  for (const auto& [key, value] : tags) {
    if (key != "metaxy") object.Set(key, value);
  }
  Json program = Json::Object{};
  program.Set("version", std::string(Version()));
  object.Set("metaxy", program.DumpPython());
  return object.DumpPython();
}

arrow::Result<std::vector<PushedFeature>> Snapshot(const FeatureGraph& graph,
                                                   const std::string& project,
                                                   const std::string& project_version,
                                                   const std::string& tags) {
  std::vector<PushedFeature> features;
  for (const FeatureDefinition& definition : graph.definitions()) {
    if (definition.is_external || definition.project != project) continue;
    PushedFeature feature;
    feature.project = project;
    feature.feature_key = definition.key().ToString();
    ARROW_ASSIGN_OR_RAISE(feature.feature_version, graph.GetFeatureVersion(definition.key()));
    feature.definition_version =
        definition.feature_definition_version(graph.hash_truncation_length());
    feature.feature_spec = definition.spec.ToJson().DumpPython();
    feature.feature_schema = definition.feature_schema.DumpPython();
    feature.feature_class_path = definition.feature_class_path.value_or("");
    feature.project_version = project_version;
    feature.tags = tags;
    features.push_back(std::move(feature));
  }
  return features;
}

// The time of this push. The latest one counts, whatever the clock of the machine that made it
// says.
int64_t TimeAfter(const std::vector<PushedFeature>& pushed) {
  int64_t now = NowMicros();
  for (const PushedFeature& feature : pushed) now = std::max(now, feature.recorded_at + 1);
  return now;
}

// The project version of the latest push of a project, or an empty text.
std::string LatestVersion(const std::vector<PushedFeature>& pushed, const std::string& project) {
  const PushedFeature* latest = nullptr;
  for (const PushedFeature& feature : pushed) {
    if (feature.project != project) continue;
    if (!latest || feature.recorded_at > latest->recorded_at) latest = &feature;
  }
  return latest ? latest->project_version : "";
}

// Definition versions as last recorded under this project version.
std::map<std::string, std::string> RecordedDefinitions(const std::vector<PushedFeature>& pushed,
                                                       const std::string& project,
                                                       const std::string& project_version) {
  std::map<std::string, const PushedFeature*> latest;
  for (const PushedFeature& feature : pushed) {
    if (feature.project != project || feature.project_version != project_version) continue;
    const PushedFeature*& known = latest[feature.feature_key];
    if (!known || feature.recorded_at > known->recorded_at) known = &feature;
  }
  std::map<std::string, std::string> definitions;
  for (const auto& [key, feature] : latest) definitions[key] = feature->definition_version;
  return definitions;
}

}  // namespace

arrow::Result<PushResult> Push(StoreSession& session, const std::string& project,
                               const PushOptions& options) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  const Interrupt interrupt(options.execution);
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  const std::string version = graph->GetProjectVersion(project);
  ARROW_ASSIGN_OR_RAISE(std::vector<PushedFeature> features,
                        Snapshot(*graph, project, version, TagsText(options.tags)));
  if (features.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("project '{}' has no features of its own to push; check `project` "
                                 "in metaxy.toml and the "
                                 "entrypoints",
                                 project));
  }
  ARROW_ASSIGN_OR_RAISE(const std::vector<PushedFeature> pushed,
                        ReadPushedFeatures(session.storage(), interrupt));
  const int64_t now = TimeAfter(pushed);
  for (PushedFeature& feature : features) feature.recorded_at = now;
  PushResult result;
  result.project_version = version;
  result.already_pushed = LatestVersion(pushed, project) == version;
  if (result.already_pushed) {
    const auto recorded = RecordedDefinitions(pushed, project, version);
    std::erase_if(features, [&](const PushedFeature& feature) {
      const auto known = recorded.find(feature.feature_key);
      return known != recorded.end() && known->second == feature.definition_version;
    });
    for (const PushedFeature& feature : features)
      result.updated_features.push_back(feature.feature_key);
  }
  if (!features.empty()) {
    ARROW_ASSIGN_OR_RAISE(const AppendResult appended,
                          WritePushedFeatures(session.storage(), features,
                                              {.interrupt = interrupt, .log = session.log()}));
    session.AfterAppend(PushedFeaturesTable(), appended, interrupt);
  }
  return result;
}

}  // namespace metaxy::internal
