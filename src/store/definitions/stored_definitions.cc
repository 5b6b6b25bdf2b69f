#include "store/definitions/stored_definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/place_text.h"
#include "metaxy/errors.h"
#include "store/definitions/graph_snapshots.h"
#include "store/definitions/system_tables.h"

namespace metaxy::internal {
namespace {

std::vector<StoredDefinition> ParseAll(Storage& storage, const std::vector<PushedFeature>& rows,
                                       const Log& log) {
  std::vector<StoredDefinition> definitions;
  for (const PushedFeature& row : rows) {
    arrow::Result<FeatureDefinition> definition =
        PushedDefinition(row, PlaceText(storage.display()));
    if (!definition.ok()) {
      log.WarnOnce(LogSubject::kExternalFeatures,
                   "skipping a stored definition: " + definition.status().message(),
                   {{"store", storage.display()}});
      continue;
    }
    definitions.push_back({std::move(*definition), row.feature_version, row.recorded_at});
  }
  return definitions;
}

// The positions of the last recorded row of every key.
std::vector<size_t> LatestRows(const std::vector<PushedFeature>& rows) {
  std::unordered_map<std::string, size_t> latest;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto [known, is_new] = latest.emplace(rows[i].feature_key, i);
    if (!is_new && rows[i].recorded_at >= rows[known->second].recorded_at) known->second = i;
  }
  std::vector<size_t> positions;
  for (const auto& [key, position] : latest) positions.push_back(position);
  std::sort(positions.begin(), positions.end());
  return positions;
}

}  // namespace

arrow::Result<std::vector<StoredDefinition>> ReadLatestDefinitions(Storage& storage, const Log& log,
                                                                   const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<PushedFeature> rows,
                        ReadChosenFeatures(storage, LatestRows, interrupt));
  return ParseAll(storage, rows, log);
}

arrow::Result<std::shared_ptr<FeatureGraph>> ReadGraphSnapshot(
    Storage& storage, const std::string& project_version, const std::optional<std::string>& project,
    int hash_truncation_length, const Log& log, const Interrupt& interrupt) {
  const auto of_version = [&](const std::vector<PushedFeature>& rows) {
    std::vector<size_t> positions;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].project_version == project_version && (!project || rows[i].project == *project))
        positions.push_back(i);
    }
    return positions;
  };
  ARROW_ASSIGN_OR_RAISE(std::vector<PushedFeature> rows,
                        ReadChosenFeatures(storage, of_version, interrupt));
  if (rows.empty()) {
    return MakeError(ErrorCode::kSystemDataNotFound,
                     fmt::format("no features are recorded in {} under project version '{}'{}; "
                                 "`metaxy push` records them",
                                 PlaceText(storage.display()), project_version,
                                 project ? " of project '" + *project + "'" : ""));
  }
  // A feature whose definition was recorded again under this version has several rows.
  std::stable_sort(rows.begin(), rows.end(), [](const PushedFeature& a, const PushedFeature& b) {
    return a.recorded_at < b.recorded_at;
  });
  auto graph = std::make_shared<FeatureGraph>(hash_truncation_length);
  for (StoredDefinition& stored : ParseAll(storage, rows, log))
    graph->ReplaceFeatureDefinition(std::move(stored.definition));
  return graph;
}

arrow::Result<std::vector<GraphSnapshotInfo>> ReadGraphSnapshots(
    Storage& storage, const std::optional<std::string>& project, const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<PushedFeature> rows,
                        ReadPushedFeatures(storage, interrupt));
  std::map<std::string, GraphSnapshotInfo> by_version;
  for (const PushedFeature& row : rows) {
    if (project && row.project != *project) continue;
    auto [known, is_new] = by_version.emplace(
        row.project_version, GraphSnapshotInfo{row.project_version, row.recorded_at});
    known->second.recorded_at = std::min(known->second.recorded_at, row.recorded_at);
    ++known->second.feature_count;
  }
  std::vector<GraphSnapshotInfo> snapshots;
  for (auto& [version, snapshot] : by_version) snapshots.push_back(std::move(snapshot));
  std::stable_sort(snapshots.begin(), snapshots.end(),
                   [](const GraphSnapshotInfo& a, const GraphSnapshotInfo& b) {
                     return a.recorded_at > b.recorded_at;
                   });
  return snapshots;
}

}  // namespace metaxy::internal
