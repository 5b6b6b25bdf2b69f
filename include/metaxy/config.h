// The configuration of a project: metaxy.toml, `[tool.metaxy]` of pyproject.toml, and METAXY_*
// variables.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/delta.h"
#include "metaxy/export.h"
#include "metaxy/external_features.h"
#include "metaxy/hash_algorithm.h"
#include "metaxy/json.h"
#include "metaxy/keys.h"
#include "metaxy/log.h"
#include "metaxy/maintenance.h"
#include "metaxy/versioning_engine.h"

namespace metaxy {

namespace internal {
class SourceValue;
}  // namespace internal

/// \brief `[stores.NAME]`: the type, and `[stores.NAME.config]` as it was written.
struct StoreConfig {
  std::string name;
  std::string type;
  Json config = Json::Object{};
};

/// \brief `[stores.NAME.config]` of a LanceDB store. Mirrors LanceDBMetadataStoreConfig.
struct LanceDBMetadataStoreConfig {
  std::string uri;
  Json connect_kwargs = Json::Object{};
  std::vector<std::string> fallback_stores = {};
  std::optional<HashAlgorithm> hash_algorithm = std::nullopt;
  VersioningEngine versioning_engine = VersioningEngine::kAuto;
};

/// \brief Where to look for the configuration.
struct ConfigLoadOptions {
  /// The file to read. If absent: the file named by METAXY_CONFIG, else metaxy.toml, or a
  /// pyproject.toml with `[tool.metaxy]`, in the start directory or the nearest of its parents. (In
  /// the reference, METAXY_CONFIG takes precedence.)
  std::optional<std::filesystem::path> config_file = std::nullopt;
  bool search_parents = true;
  /// The working directory if absent.
  std::optional<std::filesystem::path> start_directory = std::nullopt;
  /// Environment to use instead of the process's: name -> value.
  std::optional<std::vector<std::pair<std::string, std::string>>> environment = std::nullopt;
  /// Receives what is skipped (an incomplete store in the environment, ...). A project that is
  /// loaded with it passes it on to its stores.
  LogFunction on_log = nullptr;
};

/// \brief The complete configuration. Mirrors metaxy.MetaxyConfig. A value; load it once and pass
/// it on.
class METAXY_EXPORT MetaxyConfig {
 public:
  /// \brief Reads file and environment. InvalidConfig, with file and line, for what cannot be read,
  /// is unknown or has a wrong type. Without a file the result has the defaults and the values of
  /// the environment.
  static arrow::Result<MetaxyConfig> Load(const ConfigLoadOptions& options = {});

  // The keys of the file, with the reference's names and defaults.
  std::string store = "dev";
  std::vector<StoreConfig> stores = {};  ///< in the order of the file
  std::optional<std::string> extend = std::nullopt;
  std::vector<std::string> entrypoints = {};
  std::string theme = "default";
  Json ext = Json::Object{};
  int hash_truncation_length = kMinHashTruncationLength;
  bool enable_map_datatype = false;
  bool auto_create_tables = false;
  std::optional<std::string> project = std::nullopt;
  std::optional<bool> locked = std::nullopt;
  bool sync = true;
  std::vector<FeatureSelection> extra_features = {};
  std::optional<std::string> metaxy_lock_path = std::nullopt;

  /// \brief The absolute path of the file that was read, if one was.
  const std::optional<std::filesystem::path>& config_file() const { return config_file_; }
  /// \brief The base directory of relative entrypoints: the file's directory, or the working
  /// directory.
  std::filesystem::path directory() const;
  /// \brief Where the lock file is or would be.
  std::filesystem::path lock_file() const;

  /// \brief The names of definition files and libraries under `[ext.cpp] entrypoints`, which Python
  /// ignores.
  arrow::Result<std::vector<std::string>> cpp_entrypoints() const;
  /// \brief Bytes of `[ext.cpp.stores.NAME] memory_limit`, if it is set.
  arrow::Result<std::optional<int64_t>> memory_limit(const std::string& store_name) const;
  /// \brief The mode of `[ext.cpp.stores.NAME] delta`; kAuto if it is not set.
  arrow::Result<DeltaMode> delta(const std::string& store_name) const;
  /// \brief The path of a file among the entrypoints: relative to the file that names it, which may
  /// be one that this configuration extends.
  std::filesystem::path ResolveEntrypoint(const std::string& entrypoint) const;

  /// \brief `[stores.NAME]`, of the default store if no name is given. InvalidConfig, listing the
  /// known names, if there is no such store, or none at all.
  arrow::Result<const StoreConfig*> GetStore(
      const std::optional<std::string>& name = std::nullopt) const;
  /// \brief The same, read as the configuration of a LanceDB store. InvalidConfig if it is of
  /// another type.
  arrow::Result<LanceDBMetadataStoreConfig> GetLanceDBStore(
      const std::optional<std::string>& name = std::nullopt) const;

  /// \brief `[ext.cpp.stores.NAME] maintenance`, with defaults for missing keys.
  arrow::Result<MaintenanceOptions> maintenance(const std::string& store_name) const;

  /// \brief The source of the value at these keys: "metaxy.toml:5", with a path relative to the
  /// configuration's directory if the file is in or below it, or the name of a variable. Elements
  /// of lists have their index as a key. `std::nullopt` for a default.
  std::optional<std::string> WrittenAt(const std::vector<std::string>& keys) const;

  /// \brief All keys with their values, as the reference's `config print --format json` gives them.
  Json ToJson() const;

 private:
  /// The value of a key of `[ext.cpp.stores.NAME]`; null if it is not set.
  const Json* FindExtCpp(const std::string& store_name, const char* key) const;

  std::optional<std::filesystem::path> config_file_;
  std::shared_ptr<const internal::SourceValue> source_;  // what was read, with line numbers
};

}  // namespace metaxy
