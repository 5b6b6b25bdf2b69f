// A feature spec and its origin.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/export.h"
#include "metaxy/feature_spec.h"
#include "metaxy/json.h"

namespace metaxy {

/// \brief What to do when an external feature differs from the definition in the store.
enum class OnVersionMismatch { kWarn, kError };

/// \brief Everything known about a feature. Mirrors metaxy.FeatureDefinition.
struct METAXY_EXPORT FeatureDefinition {
  FeatureSpec spec;
  /// The JSON schema of the feature's rows (a JSON object); part of the definition version.
  Json feature_schema = Json::Object{};
  /// The class or location that defines it; absent for external features only.
  std::optional<std::string> feature_class_path = std::nullopt;
  std::string project = {};

  /// A placeholder for a feature that another project owns, until the actual one is loaded from a
  /// store.
  bool is_external = false;
  /// Field versions to use instead of computed ones, for an external feature: field key -> version.
  std::optional<std::vector<std::pair<std::string, std::string>>> provenance_by_field =
      std::nullopt;
  OnVersionMismatch on_version_mismatch = OnVersionMismatch::kWarn;
  /// Where it was read from, for messages; if empty the class path is shown.
  std::string source = {};

  const FeatureKey& key() const { return spec.key; }

  /// \brief `source`, else the class path, else "?".
  std::string display_source() const;

  /// \brief Checks the spec and that a project is named. InvalidDefinition otherwise.
  arrow::Status Validate() const;

  /// \brief Hash of spec and schema, without the project. `truncation` is hash_truncation_length.
  std::string feature_definition_version(int truncation) const;

  /// \brief As returned by FeatureDefinition.model_dump(mode="json"): `feature_schema` is a JSON
  /// string.
  Json ToJson() const;

  /// \brief Reads an entry of a definitions file: the output of ToJson(), and a member `external`
  /// for a placeholder.
  static arrow::Result<FeatureDefinition> FromJson(const Json& json);

  bool operator==(const FeatureDefinition&) const = default;
};

}  // namespace metaxy
