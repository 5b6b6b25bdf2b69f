#include "metaxy/c_api.h"

#include <arrow/table.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/options.h"
#include "c_api/streams.h"
#include "metaxy/project.h"
#include "metaxy/version.h"

using metaxy::internal::CheckGiven;
using metaxy::internal::Export;
using metaxy::internal::Guarded;
using metaxy::internal::Import;
using metaxy::internal::StreamPart;

namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

// Takes over the streams of all parents, also if one of them is wrong.
arrow::Result<std::vector<std::pair<metaxy::FeatureKey, Reader>>> ImportParents(
    const metaxy_resolve_options& given) {
  std::vector<std::pair<metaxy::FeatureKey, Reader>> parents;
  arrow::Status status;
  for (size_t i = 0; i < given.num_parents; ++i) {
    status &= CheckGiven(given.parents, "parents");
    if (given.parents == nullptr) break;
    status &= CheckGiven(given.parents[i].feature, "parents.feature");
    const arrow::Result<Reader> rows = Import(given.parents[i].rows, "parents.rows");
    status &= rows.status();
    if (status.ok()) parents.emplace_back(given.parents[i].feature, *rows);
  }
  ARROW_RETURN_NOT_OK(status);
  return parents;
}

}  // namespace

int32_t metaxy_abi_version() { return METAXY_C_ABI_VERSION; }

const char* metaxy_version() { return metaxy::Version().data(); }

const char* metaxy_error_name(int32_t code) {
  return code == METAXY_OK ? "OK"
                           : metaxy::ErrorCodeName(static_cast<metaxy::ErrorCode>(code)).data();
}

void metaxy_text_free(char* text) { std::free(text); }

metaxy_stop* metaxy_stop_new() { return new (std::nothrow) metaxy_stop; }

void metaxy_stop_request(metaxy_stop* stop) {
  if (stop != nullptr) stop->source.RequestStop();
}

void metaxy_stop_free(metaxy_stop* stop) { delete stop; }

int32_t metaxy_project_load(const char* config_file, const metaxy_load_options* options,
                            metaxy_project** project, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(project, "project"));
    ARROW_ASSIGN_OR_RAISE(const auto given, metaxy::internal::WithAllMembers(options));
    const metaxy::ConfigLoadOptions load = metaxy::internal::ToLoadOptions(config_file, given);
    ARROW_ASSIGN_OR_RAISE(auto loaded, given.for_lock != 0 ? metaxy::Project::LoadForLock(load)
                                                           : metaxy::Project::Load(load));
    *project = new metaxy_project{std::move(loaded)};
    return arrow::Status::OK();
  });
}

void metaxy_project_free(metaxy_project* project) { delete project; }

int32_t metaxy_project_feature_version(const metaxy_project* project, const char* feature,
                                       char** version, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(project, "project"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_RETURN_NOT_OK(CheckGiven(version, "version"));
    ARROW_ASSIGN_OR_RAISE(const std::string text,
                          project->project->graph()->GetFeatureVersion(feature));
    *version = metaxy::internal::NewText(text);
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_open(const metaxy_project* project, const char* name, int32_t mode,
                          const metaxy_execution* execution, metaxy_store** store,
                          metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(project, "project"));
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    if (mode != METAXY_READ && mode != METAXY_WRITE) {
      return metaxy::MakeError(
          metaxy::ErrorCode::kInvalidInput,
          "mode " + std::to_string(mode) + " is neither METAXY_READ (0) nor METAXY_WRITE (1)");
    }
    const std::optional<std::string> wanted =
        name == nullptr ? std::nullopt : std::optional<std::string>(name);
    const auto access =
        mode == METAXY_WRITE ? metaxy::AccessMode::kWrite : metaxy::AccessMode::kRead;
    ARROW_ASSIGN_OR_RAISE(const auto limits, metaxy::internal::ToExecutionOptions(execution));
    ARROW_ASSIGN_OR_RAISE(auto opened, project->project->OpenStore(access, wanted, limits));
    *store = new metaxy_store{project->project, std::move(opened)};
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_close(metaxy_store* store, const metaxy_execution* execution,
                           metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_ASSIGN_OR_RAISE(const auto limits, metaxy::internal::ToExecutionOptions(execution));
    return store->store->Close(limits);
  });
}

void metaxy_store_free(metaxy_store* store) { delete store; }

int32_t metaxy_store_write(metaxy_store* store, const char* feature, ArrowArrayStream* rows,
                           const metaxy_execution* execution, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto reader, Import(rows, "rows"));
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    metaxy::WriteOptions options;
    ARROW_ASSIGN_OR_RAISE(options.execution, metaxy::internal::ToExecutionOptions(execution));
    return store->store->Write(feature, std::move(reader), options).status();
  });
}

int32_t metaxy_store_write_rows(metaxy_store* store, const char* feature, ArrowArrayStream* rows,
                                const metaxy_write_options* options, metaxy_write_result* result,
                                metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto reader, Import(rows, "rows"));
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_ASSIGN_OR_RAISE(const auto write, metaxy::internal::ToWriteOptions(options));
    ARROW_RETURN_NOT_OK(metaxy::internal::CheckSize(result));
    ARROW_ASSIGN_OR_RAISE(const metaxy::WriteResult written,
                          store->store->Write(feature, std::move(reader), write));
    metaxy::internal::FillIn(
        {.rows = written.rows, .version = static_cast<int64_t>(written.version.value_or(0))},
        result);
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_read(metaxy_store* store, const char* feature,
                          const metaxy_read_options* options, ArrowArrayStream* rows,
                          metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_RETURN_NOT_OK(CheckGiven(rows, "rows"));
    ARROW_ASSIGN_OR_RAISE(const auto read, metaxy::internal::ToReadOptions(options));
    ARROW_ASSIGN_OR_RAISE(auto reader, store->store->Read(feature, read));
    return Export(std::move(reader), store->store, rows);
  });
}

int32_t metaxy_store_count_rows(metaxy_store* store, const char* feature,
                                const metaxy_read_options* options, int64_t* count,
                                metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_RETURN_NOT_OK(CheckGiven(count, "count"));
    ARROW_ASSIGN_OR_RAISE(const auto read, metaxy::internal::ToReadOptions(options));
    ARROW_ASSIGN_OR_RAISE(*count, store->store->CountRows(feature, read));
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_delete(metaxy_store* store, const char* feature,
                            const metaxy_delete_options* options, metaxy_error* error) {
  return metaxy_store_delete_rows(store, feature, options, nullptr, error);
}

int32_t metaxy_store_delete_rows(metaxy_store* store, const char* feature,
                                 const metaxy_delete_options* options, int64_t* rows,
                                 metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_ASSIGN_OR_RAISE(const auto given, metaxy::internal::WithAllMembers(options));
    ARROW_ASSIGN_OR_RAISE(const auto filters,
                          metaxy::internal::ToFilters(given.filters, given.num_filters));
    ARROW_ASSIGN_OR_RAISE(const auto how, metaxy::internal::ToDeleteOptions(given));
    ARROW_ASSIGN_OR_RAISE(const int64_t deleted, store->store->Delete(feature, filters, how));
    if (rows != nullptr) *rows = deleted;
    return arrow::Status::OK();
  });
}

int32_t metaxy_store_resolve_update(metaxy_store* store, const char* feature,
                                    const metaxy_resolve_options* options,
                                    metaxy_increment** increment, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto given, metaxy::internal::WithAllMembers(options));
    const auto parents = ImportParents(given);
    Reader samples;
    if (given.samples != nullptr) {
      ARROW_ASSIGN_OR_RAISE(samples, Import(given.samples, "samples"));
    }
    ARROW_RETURN_NOT_OK(parents.status());
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(feature, "feature"));
    ARROW_RETURN_NOT_OK(CheckGiven(increment, "increment"));
    ARROW_ASSIGN_OR_RAISE(auto resolve, metaxy::internal::ToResolveOptions(given));
    if (samples) {
      ARROW_ASSIGN_OR_RAISE(resolve.samples, samples->ToTable());
    }
    for (const auto& [parent, rows] : *parents) {
      ARROW_ASSIGN_OR_RAISE(auto table, rows->ToTable());
      resolve.parents.emplace_back(parent, std::move(table));
    }
    ARROW_ASSIGN_OR_RAISE(auto resolved, store->store->ResolveUpdateLazy(feature, resolve));
    *increment = new metaxy_increment{store->store, std::move(resolved)};
    return arrow::Status::OK();
  });
}

void metaxy_increment_free(metaxy_increment* increment) { delete increment; }

metaxy_counts metaxy_increment_counts(const metaxy_increment* increment) {
  if (increment == nullptr) return {-1, -1, -1};
  const metaxy::IncrementCounts& counts = increment->increment->counts();
  return {counts.new_samples, counts.stale, counts.orphaned};
}

int32_t metaxy_increment_input_progress(const metaxy_increment* increment, double* percent) {
  if (increment == nullptr || percent == nullptr) return 0;
  const std::optional<double> progress = increment->increment->input_progress();
  if (progress) *percent = *progress;
  return progress ? 1 : 0;
}

int32_t metaxy_increment_new_samples(const metaxy_increment* increment, ArrowArrayStream* rows,
                                     metaxy_error* error) {
  return StreamPart(increment, &metaxy::LazyIncrement::new_samples, rows, error);
}

int32_t metaxy_increment_stale(const metaxy_increment* increment, ArrowArrayStream* rows,
                               metaxy_error* error) {
  return StreamPart(increment, &metaxy::LazyIncrement::stale, rows, error);
}

int32_t metaxy_increment_orphaned(const metaxy_increment* increment, ArrowArrayStream* rows,
                                  metaxy_error* error) {
  return StreamPart(increment, &metaxy::LazyIncrement::orphaned, rows, error);
}
