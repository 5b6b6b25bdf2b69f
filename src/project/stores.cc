// The stores of a project: from the configuration to a chain of stores.
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/contained.h"
#include "base/quote.h"
#include "config/ext_cpp.h"
#include "metaxy/errors.h"
#include "metaxy/lancedb_metadata_store.h"
#include "metaxy/project.h"
#include "metaxy/store_settings.h"

namespace metaxy {

namespace {

arrow::Result<std::shared_ptr<MetadataStore>> MakeLanceDBStore(
    [[maybe_unused]] LanceDBMetadataStoreConfig config,
    [[maybe_unused]] bool allow_unconditional_writes,
    [[maybe_unused]] MetadataStoreOptions options) {
#ifdef METAXY_WITH_LANCEDB
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<LanceDBMetadataStore> store,
      LanceDBMetadataStore::Make({.uri = std::move(config.uri),
                                  .connect_kwargs = std::move(config.connect_kwargs),
                                  .allow_unconditional_writes = allow_unconditional_writes},
                                 std::move(options)));
  return store;
#else
  return MakeError(ErrorCode::kNotSupported,
                   "this build of metaxy has no LanceDB; build it with METAXY_BUILD_LANCEDB=ON");
#endif
}

class StoreBuilder {
 public:
  StoreBuilder(const MetaxyConfig& config, std::shared_ptr<const FeatureGraph> graph,
               ExternalFeatureOptions external, LogFunction on_log)
      : config_(config),
        graph_(std::move(graph)),
        external_(std::move(external)),
        on_log_(std::move(on_log)) {}

  arrow::Result<std::shared_ptr<MetadataStore>> Build(const std::optional<std::string>& wanted) {
    ARROW_ASSIGN_OR_RAISE(const StoreConfig* store, config_.GetStore(wanted));
    std::string name = store->name;
    ARROW_RETURN_NOT_OK(CheckNoCircle(name));
    ARROW_ASSIGN_OR_RAISE(LanceDBMetadataStoreConfig config, config_.GetLanceDBStore(name));
    MetadataStoreOptions options;
    options.graph = graph_;
    options.project = config_.project.value_or("");
    options.name = name;
    options.enable_map_datatype = config_.enable_map_datatype;
    options.hash_algorithm = config.hash_algorithm.value_or(kDefaultHashAlgorithm);
    options.versioning_engine = config.versioning_engine;
    ARROW_ASSIGN_OR_RAISE(const StoreSettings settings, SettingsOf(name));
    options.memory_limit = settings.memory_limit;
    options.maintenance = settings.maintenance;
    options.fallback = settings.fallback;
    options.delta = settings.delta;
    options.external = external_;
    options.on_log = on_log_;
    chain_.push_back(name);
    for (const std::string& fallback : config.fallback_stores) {
      arrow::Result<std::shared_ptr<MetadataStore>> built = Build(fallback);
      if (!built.ok()) return Context(built.status(), name);
      if ((*built)->hash_algorithm() != options.hash_algorithm)
        return Mismatch(name, options.hash_algorithm, **built);
      options.fallback_stores.push_back(std::move(*built));
    }
    chain_.pop_back();
    return MakeLanceDBStore(std::move(config), settings.allow_unconditional_writes,
                            std::move(options));
  }

 private:
  arrow::Result<StoreSettings> SettingsOf(const std::string& name) const {
    const Json* table = &config_.ext;
    for (const std::string& key : {std::string(internal::kExtCpp), std::string("stores"), name}) {
      table = table->Find(key);
      if (table == nullptr) return StoreSettings{};
    }
    return StoreSettings::FromJson(*table, name);
  }

  arrow::Status CheckNoCircle(const std::string& name) const {
    if (std::find(chain_.begin(), chain_.end(), name) == chain_.end()) return arrow::Status::OK();
    std::string chain;
    for (const std::string& link : chain_) chain += link + " -> ";
    return MakeError(
        ErrorCode::kInvalidConfig,
        fmt::format("fallback stores refer to each other in a cycle: {}{}", chain, name));
  }

  // A cycle names its stores; other messages say whose fallback failed.
  arrow::Status Context(const arrow::Status& status, const std::string& name) const {
    if (chain_.size() > 1) return status;
    return WithContext(status, "fallback stores of " + Quote(name));
  }

  static arrow::Status Mismatch(const std::string& name, HashAlgorithm algorithm,
                                const MetadataStore& fallback) {
    return MakeError(ErrorCode::kHashAlgorithmMismatch,
                     fmt::format("the store {} uses the hash algorithm {}, its fallback store {} "
                                 "uses {}; all stores of a "
                                 "chain must use the same",
                                 Quote(name), HashAlgorithmName(algorithm), Quote(fallback.name()),
                                 HashAlgorithmName(fallback.hash_algorithm())));
  }

  const MetaxyConfig& config_;
  std::shared_ptr<const FeatureGraph> graph_;
  ExternalFeatureOptions external_;
  LogFunction on_log_;
  std::vector<std::string> chain_;
};

}  // namespace

arrow::Result<std::shared_ptr<MetadataStore>> Project::GetStore(
    const std::optional<std::string>& name) const {
  return internal::Contained([&]() -> arrow::Result<std::shared_ptr<MetadataStore>> {
    ARROW_RETURN_NOT_OK(CheckGraph());
    ExternalFeatureOptions external{.sync = config_.sync,
                                    .locked = config_.locked.value_or(false),
                                    .extra_features = config_.extra_features};
    return StoreBuilder(config_, graph(), std::move(external), on_log_).Build(name);
  });
}

arrow::Result<std::shared_ptr<MetadataStore>> Project::OpenStore(
    AccessMode mode, const std::optional<std::string>& name,
    const ExecutionOptions& execution) const {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store, GetStore(name));
  ARROW_RETURN_NOT_OK(store->Open(mode, execution));
  return store;
}

}  // namespace metaxy
