#include "support/external_case.h"

#include "store/definitions/system_tables.h"
#include "store/store_session.h"

namespace metaxy::testing {

namespace {

internal::PushedFeature RowOf(const Json& row) {
  internal::PushedFeature feature;
  feature.project = Text(row, "project");
  feature.feature_key = Text(row, "feature_key");
  feature.feature_version = Text(row, "metaxy_feature_version");
  feature.definition_version = Text(row, "metaxy_definition_version");
  feature.recorded_at = std::stoll(row.Find("recorded_at")->as_integer().digits);
  feature.feature_spec = Text(row, "feature_spec");
  feature.feature_schema = Text(row, "feature_schema");
  feature.feature_class_path = Text(row, "feature_class_path");
  feature.project_version = Text(row, "metaxy_project_version");
  feature.tags = Text(row, "tags");
  return feature;
}

}  // namespace

std::vector<FeatureSelection> ExternalCase::extra_features() const {
  std::vector<FeatureSelection> selections;
  const Json* entries = json_.Find("settings")->Find("extra_features");
  if (entries == nullptr) return selections;
  for (const Json& entry : entries->as_array()) {
    FeatureSelection selection;
    if (const Json* projects = entry.Find("projects")) selection.projects = Texts(*projects);
    if (const Json* keys = entry.Find("keys")) {
      selection.keys.emplace();
      for (const std::string& key : Texts(*keys)) selection.keys->push_back(key);
    }
    if (const Json* all = entry.Find("all")) selection.all = all->as_bool();
    selections.push_back(std::move(selection));
  }
  return selections;
}

bool ExternalCase::locked() const { return json_.Find("settings")->Find("locked") != nullptr; }

std::optional<OnVersionMismatch> ExternalCase::on_version_mismatch() const {
  const Json& mode = *json_.Find("on_version_mismatch");
  if (mode.is_null()) return std::nullopt;
  return mode.as_string() == "error" ? OnVersionMismatch::kError : OnVersionMismatch::kWarn;
}

std::shared_ptr<const FeatureGraph> ExternalCase::graph() const {
  auto graph = std::make_shared<FeatureGraph>();
  for (const Json& definition : json_.Find("definitions")->as_array())
    EXPECT_THAT(graph->AddFeatureDefinition(Get(FeatureDefinition::FromJson(definition))), IsOk());
  return graph;
}

std::shared_ptr<MetadataStore> ExternalCase::store() const {
  auto database = std::make_shared<MemoryDatabase>();
  auto store = MemoryMetadataStore::Make(
      database,
      {.graph = graph(),
       .project = project(),
       .name = "dev",
       .external = {.locked = locked(), .extra_features = extra_features()},
       .on_log = [records = records_](const LogRecord& record) { records->function()(record); }});
  std::vector<internal::PushedFeature> rows;
  for (const Json& row : json_.Find("rows")->as_array()) rows.push_back(RowOf(row));
  EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
  if (!rows.empty()) {
    EXPECT_THAT(internal::WritePushedFeatures(internal::StoreSession::Of(*store).storage(), rows),
                IsOk());
  }
  EXPECT_THAT(store->Close(), IsOk());
  return store;
}

std::vector<ExternalCase> ExternalCases() {
  std::vector<ExternalCase> cases;
  for (Json& json : Goldens("external_features")) cases.emplace_back(std::move(json));
  return cases;
}

}  // namespace metaxy::testing
