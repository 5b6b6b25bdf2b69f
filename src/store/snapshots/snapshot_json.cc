// Snapshots as JSON.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "metaxy/store_snapshots.h"

namespace metaxy {

Json SnapshotInfo::ToJson() const {
  Json::Array list;
  for (const SnapshotFeature& entry : features) {
    list.emplace_back(Json::Object{
        {"feature", entry.feature.ToString()},
        {"feature_version", entry.feature_version.empty() ? Json() : Json(entry.feature_version)},
        {"table", entry.feature.table_name()},
        {"table_version", entry.table_version ? Json(*entry.table_version) : Json()},
        {"rows", entry.rows}});
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(created_at).time_since_epoch();
  const auto utc = fmt::gmtime(static_cast<std::time_t>(seconds.count()));
  return Json::Object{{"name", name},
                      {"created_at", fmt::format("{:%Y-%m-%d %H:%M:%S}Z", utc)},
                      {"project", project},
                      {"project_version", project_version},
                      {"features", std::move(list)}};
}

Json SnapshotFeatureDiff::ToJson() const {
  return Json::Object{{"feature", feature.ToString()},
                      {"in_first", in_first},
                      {"in_second", in_second},
                      {"added", added},
                      {"removed", removed},
                      {"changed", changed},
                      {"rewritten", rewritten},
                      {"other_id_columns", other_id_columns}};
}

}  // namespace metaxy
