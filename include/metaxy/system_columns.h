// Names of the system columns in every feature's table.
#pragma once

#include <array>
#include <string_view>

namespace metaxy {

inline constexpr std::string_view kProvenanceByField =
    "metaxy_provenance_by_field";                                     ///< struct: field -> hash
inline constexpr std::string_view kProvenance = "metaxy_provenance";  ///< hash of the above
inline constexpr std::string_view kFeatureVersion = "metaxy_feature_version";
inline constexpr std::string_view kProjectVersion = "metaxy_project_version";
inline constexpr std::string_view kDefinitionVersion =
    "metaxy_definition_version";  ///< system table only
inline constexpr std::string_view kDataVersionByField =
    "metaxy_data_version_by_field";  ///< struct, may be supplied by the user
inline constexpr std::string_view kDataVersion = "metaxy_data_version";
inline constexpr std::string_view kCreatedAt = "metaxy_created_at";  ///< timestamp[us, UTC]
inline constexpr std::string_view kUpdatedAt = "metaxy_updated_at";
inline constexpr std::string_view kDeletedAt = "metaxy_deleted_at";  ///< null unless soft-deleted
inline constexpr std::string_view kMaterializationId = "metaxy_materialization_id";

/// \brief All columns that a feature's table has besides the user's.
inline constexpr std::array<std::string_view, 10> kSystemColumns = {
    kProvenanceByField, kProvenance, kFeatureVersion, kProjectVersion, kDataVersionByField,
    kDataVersion,       kCreatedAt,  kUpdatedAt,      kDeletedAt,      kMaterializationId};

inline constexpr bool IsSystemColumn(std::string_view name) {
  for (std::string_view column : kSystemColumns) {
    if (column == name) return true;
  }
  return false;
}

}  // namespace metaxy
