// C interface for snapshots and promotion.
#include <memory>
#include <string>
#include <utility>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/options.h"
#include "metaxy/c_api_upkeep.h"

using metaxy::internal::CheckGiven;
using metaxy::internal::Guarded;
using metaxy::internal::NewText;
using metaxy::internal::ToExecutionOptions;
using metaxy::internal::WithAllMembers;

namespace {

using Store = std::shared_ptr<metaxy::MetadataStore>;

arrow::Result<std::optional<std::vector<metaxy::FeatureKey>>> FeaturesOf(const char* const* given,
                                                                         size_t count) {
  std::optional<std::vector<metaxy::FeatureKey>> features;
  if (given == nullptr) return features;
  features.emplace();
  for (size_t i = 0; i < count; ++i) {
    ARROW_RETURN_NOT_OK(CheckGiven(given[i], "a feature"));
    ARROW_ASSIGN_OR_RAISE(features->emplace_back(), metaxy::FeatureKey::Make(given[i]));
  }
  return features;
}

}  // namespace

int32_t metaxy_snapshot_create(metaxy_store* store, const char* name,
                               const metaxy_snapshot_options* options, char** json,
                               metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(name, "name"));
    ARROW_ASSIGN_OR_RAISE(const auto given, WithAllMembers(options));
    metaxy::CreateSnapshotOptions create;
    ARROW_ASSIGN_OR_RAISE(create.features, FeaturesOf(given.features, given.num_features));
    ARROW_ASSIGN_OR_RAISE(create.execution, ToExecutionOptions(given.execution));
    ARROW_ASSIGN_OR_RAISE(const auto snapshot, store->store->snapshots().Create(name, create));
    if (json != nullptr) *json = NewText(snapshot.ToJson().DumpPython());
    return arrow::Status::OK();
  });
}

int32_t metaxy_snapshot_list(metaxy_store* store, const metaxy_execution* execution, char** json,
                             metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(json, "json"));
    ARROW_ASSIGN_OR_RAISE(const auto options, ToExecutionOptions(execution));
    ARROW_ASSIGN_OR_RAISE(const auto snapshots, store->store->snapshots().List(options));
    metaxy::Json::Array list;
    for (const auto& snapshot : snapshots) list.push_back(snapshot.ToJson());
    *json = NewText(metaxy::Json(std::move(list)).DumpPython());
    return arrow::Status::OK();
  });
}

int32_t metaxy_snapshot_open(metaxy_store* store, const char* name,
                             const metaxy_execution* execution, metaxy_store** at,
                             metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(name, "name"));
    ARROW_RETURN_NOT_OK(CheckGiven(at, "at"));
    ARROW_ASSIGN_OR_RAISE(const auto options, ToExecutionOptions(execution));
    ARROW_ASSIGN_OR_RAISE(Store opened, store->store->snapshots().Open(name, options));
    // It is open as long as the store itself.
    const auto both = std::make_shared<std::pair<Store, Store>>(store->store, std::move(opened));
    auto handle = std::make_unique<metaxy_store>();
    handle->project = store->project;
    handle->store = Store(both, both->second.get());
    *at = handle.release();
    return arrow::Status::OK();
  });
}

int32_t metaxy_snapshot_diff(metaxy_store* store, const char* first, const char* second,
                             const metaxy_snapshot_options* options, char** json,
                             metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(first, "first"));
    ARROW_RETURN_NOT_OK(CheckGiven(json, "json"));
    ARROW_ASSIGN_OR_RAISE(const auto given, WithAllMembers(options));
    metaxy::DiffSnapshotsOptions diff;
    ARROW_ASSIGN_OR_RAISE(diff.features, FeaturesOf(given.features, given.num_features));
    ARROW_ASSIGN_OR_RAISE(diff.execution, ToExecutionOptions(given.execution));
    const auto other = second != nullptr ? std::make_optional<std::string>(second) : std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto features, store->store->snapshots().Diff(first, other, diff));
    metaxy::Json::Array list;
    for (const auto& feature : features) list.push_back(feature.ToJson());
    *json = NewText(metaxy::Json(std::move(list)).DumpPython());
    return arrow::Status::OK();
  });
}

int32_t metaxy_snapshot_delete(metaxy_store* store, const char* name,
                               const metaxy_execution* execution, metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(name, "name"));
    ARROW_ASSIGN_OR_RAISE(const auto options, ToExecutionOptions(execution));
    return store->store->snapshots().Delete(name, options);
  });
}

int32_t metaxy_store_promote(metaxy_store* store, metaxy_store* from,
                             const metaxy_promote_options* options, char** json,
                             metaxy_error* error) {
  return Guarded(error, [&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckGiven(store, "store"));
    ARROW_RETURN_NOT_OK(CheckGiven(from, "from"));
    ARROW_ASSIGN_OR_RAISE(const auto given, WithAllMembers(options));
    if (given.conflicts < METAXY_CONFLICTS_REFUSE || given.conflicts > METAXY_CONFLICTS_OVERWRITE) {
      return metaxy::MakeError(metaxy::ErrorCode::kInvalidInput,
                               "conflicts is " + std::to_string(given.conflicts) +
                                   "; use METAXY_CONFLICTS_REFUSE, _KEEP or _OVERWRITE");
    }
    metaxy::PromoteOptions promote;
    ARROW_ASSIGN_OR_RAISE(promote.features, FeaturesOf(given.features, given.num_features));
    promote.conflicts = static_cast<metaxy::PromoteConflicts>(given.conflicts);
    promote.dry_run = given.dry_run != 0;
    ARROW_ASSIGN_OR_RAISE(promote.execution, ToExecutionOptions(given.execution));
    ARROW_ASSIGN_OR_RAISE(const auto features,
                          store->store->administration().Promote(*from->store, promote));
    metaxy::Json::Array list;
    for (const auto& feature : features) list.push_back(feature.ToJson());
    if (json != nullptr) *json = NewText(metaxy::Json(std::move(list)).DumpPython());
    return arrow::Status::OK();
  });
}
