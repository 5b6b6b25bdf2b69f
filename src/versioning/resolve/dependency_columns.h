// Projection of a parent's columns by a feature dependency: dropped, renamed, selected.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaxy/graph.h"

namespace metaxy::internal {

/// The columns of a parent as seen by the rows of a dependency.
class DependencyColumns {
 public:
  struct Column {
    std::string stored;   ///< name in the parent's table
    std::string renamed;  ///< name in the joined rows
  };

  /// MetadataSchema if the table lacks a column that is renamed or selected, or if two columns get
  /// the same name.
  static arrow::Result<DependencyColumns> Make(const FeaturePlan& plan, const FeatureDep& dep,
                                               std::shared_ptr<arrow::Schema> stored);

  const FeatureDep& dep() const { return *dep_; }
  const FeatureSpec& parent() const { return *parent_; }
  const std::shared_ptr<arrow::Schema>& stored_schema() const { return stored_; }

  /// Every column that filters may use, including system columns.
  const std::vector<Column>& visible() const { return visible_; }
  /// The user columns that go into the joined rows, in order.
  const std::vector<Column>& output() const { return output_; }
  /// Whether the rows carry `metaxy_deleted_at`: they do unless columns are selected.
  bool has_deleted_at() const { return has_deleted_at_; }

  /// The stored name of a column of the joined rows. MetadataSchema, naming feature and column, if
  /// there is none.
  arrow::Result<std::string> StoredName(const std::string& renamed) const;

 private:
  arrow::Status Rename();
  arrow::Status Select(const FeaturePlan& plan);

  const FeatureDep* dep_ = nullptr;
  const FeatureSpec* parent_ = nullptr;
  std::shared_ptr<arrow::Schema> stored_;
  std::vector<Column> visible_;
  std::vector<Column> output_;
  bool has_deleted_at_ = false;
};

}  // namespace metaxy::internal
