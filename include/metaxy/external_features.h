// Features owned by other projects: which of them to load from a store, and what to do if they
// differ from what was expected.
#pragma once

#include <arrow/status.h>

#include <optional>
#include <string>
#include <vector>

#include "metaxy/execution_options.h"
#include "metaxy/export.h"
#include "metaxy/feature_definition.h"
#include "metaxy/keys.h"

namespace metaxy {

/// \brief A set of features in a store: all features of these projects and these single ones, or
/// all features. Mirrors metaxy.FeatureSelection; also an entry of `[[extra_features]]`.
struct METAXY_EXPORT FeatureSelection {
  std::optional<std::vector<std::string>> projects = std::nullopt;
  std::optional<std::vector<FeatureKey>> keys = std::nullopt;
  std::optional<bool> all = std::nullopt;

  /// \brief Whether nothing is selected.
  bool empty() const;
  /// \brief Whether a feature is selected.
  bool Selects(const std::string& project, const FeatureKey& key) const;
  /// \brief Adds the selection of another one; `all` takes precedence. Mirrors
  /// FeatureSelection.__or__.
  void Merge(const FeatureSelection& other);
};

/// \brief How a store treats external features: part of MetadataStoreOptions.
struct ExternalFeatureOptions {
  /// Load their actual definitions at the start of every Read() and ResolveUpdate(); `sync` of the
  /// configuration.
  bool sync = true;
  /// A loaded definition with a different version than expected is an error; `locked` of the
  /// configuration.
  bool locked = false;
  /// Features to load although the graph has no placeholder for them; `[[extra_features]]`.
  std::vector<FeatureSelection> extra_features = {};
};

/// \brief Options of MetadataStore::SyncExternalFeatures.
struct METAXY_EXPORT SyncOptions {
  /// Additional features to load, besides the external ones and `extra_features`.
  std::optional<FeatureSelection> selection = std::nullopt;
  /// What to do about version mismatches; if absent, what each external feature specifies.
  /// ExternalFeatureOptions::locked overrides both.
  std::optional<OnVersionMismatch> on_version_mismatch = std::nullopt;
  ExecutionOptions execution = {};

  arrow::Status Validate() const;
};

}  // namespace metaxy
