#include "pipeline.h"

#include <arrow/table.h>

#include <chrono>
#include <functional>
#include <utility>

#include "compute.h"
#include "scan.h"
#include "tables.h"

namespace overview {
namespace {

class Stopwatch {
 public:
  // Milliseconds since the last call, or since the start.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(since_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

// Gets the new or stale rows, and returns them with the columns that were computed for them.
using Compute = std::function<arrow::Result<TablePtr>(const TablePtr& rows)>;

// The whole pattern: find out what has changed, compute just that, record it.
arrow::Result<FeatureReport> Update(metaxy::MetadataStore& store, const metaxy::FeatureKey& feature,
                                    const metaxy::ResolveUpdateOptions& options,
                                    const Compute& compute) {
  FeatureReport report{.feature = feature};
  Stopwatch stopwatch;

  ARROW_ASSIGN_OR_RAISE(metaxy::Increment increment, store.ResolveUpdate(feature, options));
  report.counts = {.new_samples = increment.new_samples->num_rows(),
                   .stale = increment.stale->num_rows(),
                   .orphaned = increment.orphaned->num_rows()};
  report.resolve_ms = stopwatch.Lap();

  ARROW_ASSIGN_OR_RAISE(TablePtr rows,
                        arrow::ConcatenateTables({increment.new_samples, increment.stale}));
  if (rows->num_rows() == 0) return report;
  ARROW_ASSIGN_OR_RAISE(TablePtr computed, compute(rows));
  report.compute_ms = stopwatch.Lap();

  ARROW_RETURN_NOT_OK(store.Write(feature, computed));
  report.write_ms = stopwatch.Lap();
  return report;
}

}  // namespace

arrow::Result<RunReport> RunPipeline(const CodeVersions& code) {
  ARROW_ASSIGN_OR_RAISE(metaxy::MetaxyConfig config,
                        metaxy::MetaxyConfig::Load({.config_file = "metaxy.toml"}));
  ARROW_ASSIGN_OR_RAISE(auto graph, DeclareFeatures(code, config.hash_truncation_length));
  ARROW_RETURN_NOT_OK(WriteDefinitions(*graph, "features.json"));
  auto project = metaxy::Project::Make(std::move(config), std::move(graph));
  ARROW_ASSIGN_OR_RAISE(auto store, project->OpenStore(metaxy::AccessMode::kWrite));

  RunReport run;
  Stopwatch stopwatch;
  ARROW_ASSIGN_OR_RAISE(TablePtr samples, ScanPhotos("photos", {.trim = code.exif_reader != "1"}));
  run.photos = samples->num_rows();
  run.scan_ms = stopwatch.Lap();

  // A root feature is compared with samples that the program supplies, ...
  ARROW_ASSIGN_OR_RAISE(auto raw, Update(*store, kRaw, {.samples = samples},
                                         [](const TablePtr& rows) { return rows; }));
  run.features.push_back(raw);

  // ... all others with what is recorded about their parents.
  const int edge = code.thumbnail == "1" ? 64 : 96;
  const std::vector<std::pair<metaxy::FeatureKey, Compute>> steps = {
      {kThumbnail, [edge](const TablePtr& rows) { return MakeThumbnails(rows, edge); }},
      {kHistogram, MakeHistograms},
      {kCaption, MakeCaptions},
  };
  for (const auto& [feature, compute] : steps) {
    ARROW_ASSIGN_OR_RAISE(FeatureReport report, Update(*store, feature, {}, compute));
    run.features.push_back(std::move(report));
  }

  // With the definitions in the store, the Python package and other projects can build on these
  // features.
  ARROW_RETURN_NOT_OK(store->definitions().PushGraphSnapshot(kProject).status());
  ARROW_RETURN_NOT_OK(store->Close());
  return run;
}

}  // namespace overview
