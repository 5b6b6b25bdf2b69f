#include "cli/commands/feature_status.h"

#include <utility>

#include "cli/output.h"
#include "cli/output/cell_text.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

arrow::Status CountStored(MetadataStore* store, const StatusOptions& options,
                          FeatureStatus* status) {
  ReadOptions read;
  read.filters = options.global_filters;
  read.filters.insert(read.filters.end(), options.target_filters.begin(),
                      options.target_filters.end());
  read.allow_fallback = options.allow_fallback;
  read.execution = options.execution;
  arrow::Result<int64_t> rows = store->CountRows(status->key, read);
  if (IsError(rows.status(), ErrorCode::kFeatureNotFound)) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(status->rows, std::move(rows));
  status->exists = true;
  return arrow::Status::OK();
}

// "new: {...}" for the first rows of a part.
arrow::Status AddSamples(arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> opened,
                         const char* part, int64_t limit, std::vector<std::string>* lines) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> reader, std::move(opened));
  int64_t shown = 0;
  while (shown < limit) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return arrow::Status::OK();
    for (int64_t row = 0; row < batch->num_rows() && shown < limit; ++row, ++shown) {
      std::string line = std::string(part) + ": ";
      ARROW_RETURN_NOT_OK(AppendJsonRow(*batch, row, &line));
      lines->push_back(std::move(line));
    }
  }
  return reader->Close();
}

arrow::Status Compare(MetadataStore* store, const StatusOptions& options, FeatureStatus* status) {
  ResolveUpdateOptions resolve;
  resolve.global_filters = options.global_filters;
  resolve.target_filters = options.target_filters;
  resolve.staleness_predicates = options.staleness_predicates;
  resolve.failures = FailurePolicy::Skip();
  resolve.execution = options.execution;
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<LazyIncrement> increment,
                        store->ResolveUpdateLazy(status->key, resolve));
  status->counts = increment->counts();
  status->counts.new_samples += status->counts.failed - status->counts.failed_stale;
  status->counts.stale += status->counts.failed_stale;
  if (options.progress) status->progress = increment->input_progress();
  if (options.samples == 0) return arrow::Status::OK();
  std::vector<std::string>& lines = status->samples.emplace();
  ARROW_RETURN_NOT_OK(AddSamples(increment->new_samples(), "missing", options.samples, &lines));
  ARROW_RETURN_NOT_OK(AddSamples(increment->stale(), "stale", options.samples, &lines));
  ARROW_RETURN_NOT_OK(AddSamples(increment->failed(), "failed", options.samples, &lines));
  return AddSamples(increment->orphaned(), "orphaned", options.samples, &lines);
}

arrow::Status FindMissingParents(MetadataStore* store, const FeaturePlan& plan,
                                 const StatusOptions& options, FeatureStatus* status) {
  for (const FeatureDep& dep : plan.feature().deps) {
    ARROW_ASSIGN_OR_RAISE(
        const MetadataStore* owner,
        store->FindStoreForFeature(dep.feature, options.allow_fallback, options.execution));
    if (owner == nullptr && !dep.optional) status->waits_for.push_back(dep.feature);
  }
  return arrow::Status::OK();
}

arrow::Status Inspect(MetadataStore* store, const StatusOptions& options, FeatureStatus* status) {
  ARROW_ASSIGN_OR_RAISE(
      status->store_metadata,
      store->GetStoreMetadata(status->key, /*check_fallback=*/true, options.execution));
  // Reading loads the features of other projects, on which the version depends.
  ARROW_RETURN_NOT_OK(CountStored(store, options, status));
  const std::shared_ptr<const FeatureGraph> graph = store->graph();
  ARROW_ASSIGN_OR_RAISE(status->target_version, graph->GetFeatureVersion(status->key));
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph->GetFeaturePlan(status->key));
  status->is_root = plan.is_root();
  if (status->is_root) return arrow::Status::OK();
  const arrow::Status compared = Compare(store, options, status);
  if (IsError(compared, ErrorCode::kFeatureNotFound))
    ARROW_RETURN_NOT_OK(FindMissingParents(store, plan, options, status));
  return compared;
}

}  // namespace

const char* FeatureStatus::category() const {
  if (!error.ok()) return "error";
  if (!exists) return "missing";
  if (is_root) return "root_feature";
  return needs_update() ? "needs_update" : "up_to_date";
}

Json FeatureStatus::ToJson() const {
  bool ok = error.ok();
  Json::Object object = {{"feature_key", key.ToString()},
                         {"status", category()},
                         {"needs_update", needs_update()},
                         {"metadata_exists", ok && exists},
                         {"store_rows", ok ? rows : 0}};
  if (ok && !is_root) {
    object.emplace_back("missing", counts.new_samples);
    object.emplace_back("stale", counts.stale);
    object.emplace_back("orphaned", counts.orphaned);
    if (counts.failed > 0) object.emplace_back("failed", counts.failed);
  }
  object.emplace_back("target_version", ok ? target_version : "");
  object.emplace_back("is_root_feature", ok && is_root);
  if (!ok) {
    object.emplace_back("error_message", OneLine(error.message()));
    if (!waits_for.empty()) {
      Json::Array parents;
      for (const FeatureKey& parent : waits_for) parents.emplace_back(parent.ToString());
      object.emplace_back("waits_for", std::move(parents));
    }
    return Json(std::move(object));
  }
  if (samples) object.emplace_back("sample_details", Json::Array(samples->begin(), samples->end()));
  if (store_metadata.is_object()) object.emplace_back("store_metadata", store_metadata);
  if (progress) object.emplace_back("progress_percentage", *progress);
  return Json(std::move(object));
}

FeatureStatus GetFeatureStatus(MetadataStore* store, const FeatureKey& key,
                               const StatusOptions& options) {
  FeatureStatus status;
  status.key = key;
  status.error = Inspect(store, options, &status);
  return status;
}

}  // namespace metaxy::cli
