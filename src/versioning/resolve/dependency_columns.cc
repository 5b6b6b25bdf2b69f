#include "versioning/resolve/dependency_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::internal {
namespace {

constexpr std::array<std::string_view, 5> kDropped = {kFeatureVersion, kProjectVersion, kCreatedAt,
                                                      kUpdatedAt, kMaterializationId};
constexpr std::array<std::string_view, 4> kSuffixed = {kProvenanceByField, kProvenance,
                                                       kDataVersionByField, kDataVersion};

template <size_t N>
bool Contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

arrow::Status DependencyColumns::Rename() {
  const auto rename = dep_->rename.value_or(std::vector<std::pair<std::string, std::string>>{});
  for (const auto& [old_name, new_name] : rename) {
    if (stored_->GetFieldIndex(old_name) >= 0 && !Contains(kDropped, old_name)) continue;
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format(
            "the dependency on '{}' renames column '{}' to '{}', but its table has no such column; "
            "it has: {}",
            dep_->feature.ToString(), old_name, new_name, fmt::join(stored_->field_names(), ", ")));
  }
  std::set<std::string> taken;
  for (const std::string& name : stored_->field_names()) {
    if (Contains(kDropped, name)) continue;
    std::string renamed = Contains(kSuffixed, name) ? name + dep_->feature.ToColumnSuffix() : name;
    for (const auto& [old_name, new_name] : rename) {
      if (old_name == name) renamed = new_name;
    }
    if (!taken.insert(renamed).second) {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format(
              "after the renames of the dependency on '{}' two of its columns are called '{}'; "
              "choose another name",
              dep_->feature.ToString(), renamed));
    }
    visible_.push_back({name, renamed});
  }
  return arrow::Status::OK();
}

arrow::Status DependencyColumns::Select(const FeaturePlan& plan) {
  const auto is_suffixed = [&](const Column& column) { return Contains(kSuffixed, column.stored); };
  if (!dep_->select) {
    for (const Column& column : visible_) {
      if (column.stored == kDeletedAt) {
        has_deleted_at_ = true;
      } else if (!is_suffixed(column)) {
        output_.push_back(column);
      }
    }
    return arrow::Status::OK();
  }
  // In addition to the selected columns, those that lineage groups by, or else the parent's id
  // columns.
  std::vector<std::string> wanted = *dep_->select;
  const std::vector<std::string> lineage_on = dep_->lineage.on.value_or(std::vector<std::string>{});
  const auto renamed = [&](const std::string& name) {
    for (const auto& [old_name, new_name] :
         dep_->rename.value_or(std::vector<std::pair<std::string, std::string>>{})) {
      if (old_name == name) return new_name;
    }
    return name;
  };
  for (const std::string& name : lineage_on.empty() ? parent_->id_columns : lineage_on) {
    const std::string column = renamed(name);
    if (std::find(wanted.begin(), wanted.end(), column) == wanted.end()) wanted.push_back(column);
  }
  for (const std::string& name : wanted) {
    const auto found = std::find_if(visible_.begin(), visible_.end(),
                                    [&](const Column& c) { return c.renamed == name; });
    if (found == visible_.end()) {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format(
              "'{}' takes column '{}' from '{}', whose table has no such column after renames",
              plan.feature().key.ToString(), name, dep_->feature.ToString()));
    }
    if (found->stored == kDeletedAt) {
      has_deleted_at_ = true;
    } else if (!is_suffixed(*found)) {
      output_.push_back(*found);
    }
  }
  return arrow::Status::OK();
}

arrow::Result<DependencyColumns> DependencyColumns::Make(const FeaturePlan& plan,
                                                         const FeatureDep& dep,
                                                         std::shared_ptr<arrow::Schema> stored) {
  DependencyColumns columns;
  columns.dep_ = &dep;
  columns.parent_ = plan.FindParent(dep.feature);
  columns.stored_ = std::move(stored);
  ARROW_RETURN_NOT_OK(columns.Rename());
  ARROW_RETURN_NOT_OK(columns.Select(plan));
  return columns;
}

arrow::Result<std::string> DependencyColumns::StoredName(const std::string& renamed) const {
  for (const Column& column : visible_) {
    if (column.renamed == renamed) return column.stored;
  }
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format(
          "rows of '{}' have no column '{}' (after renames), which is needed to join or group them",
          dep_->feature.ToString(), renamed));
}

}  // namespace metaxy::internal
