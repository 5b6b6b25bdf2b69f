#include "versioning/resolve/read_slice.h"

#include <arrow/buffer.h>
#include <arrow/compute/expression.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/resolve/current_rows.h"
#include "versioning/resolve/dependency_columns.h"
#include "versioning/resolve/expected_rows.h"
#include "versioning/scan/taken_rows.h"

namespace metaxy::internal {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;
using Names = std::vector<std::string>;

bool Contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

arrow::Status CheckColumns(const arrow::Schema& schema, const std::optional<Names>& columns) {
  if (!columns) return arrow::Status::OK();
  for (const std::string& name : *columns) {
    if (schema.GetFieldIndex(name) >= 0) continue;
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the increment has no column '{}'; it has {}", name,
                                 fmt::join(schema.field_names(), ", ")));
  }
  return arrow::Status::OK();
}

// Some columns of each batch.
class SelectingReader final : public arrow::RecordBatchReader {
 public:
  SelectingReader(Reader rows, std::vector<int> columns)
      : rows_(std::move(rows)), columns_(std::move(columns)) {
    arrow::FieldVector fields;
    for (const int column : columns_) fields.push_back(rows_->schema()->field(column));
    schema_ = arrow::schema(std::move(fields));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(rows_->ReadNext(batch));
    return *batch ? (*batch)->SelectColumns(columns_).Value(batch) : arrow::Status::OK();
  }

 private:
  Reader rows_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

arrow::Result<Reader> Select(Reader rows, const Names& join_columns,
                             const std::optional<Names>& columns) {
  if (!columns) return rows;
  ARROW_RETURN_NOT_OK(CheckColumns(*rows->schema(), columns));
  std::vector<int> kept;
  for (int i = 0; i < rows->schema()->num_fields(); ++i) {
    const std::string& name = rows->schema()->field(i)->name();
    if (Contains(*columns, name) || Contains(join_columns, name) || name.starts_with("metaxy_"))
      kept.push_back(i);
  }
  return std::make_shared<SelectingReader>(std::move(rows), std::move(kept));
}

// Rows of a table that are known by their ids, and the position of each of these among them.
struct PositionedRows {
  std::shared_ptr<const ScannedTable> table;
  std::vector<uint32_t> positions;  // kNoRow where there is none
};

PositionedRows Position(std::shared_ptr<const TableSnapshot> table,
                        const std::vector<uint64_t>& row_ids) {
  std::vector<uint64_t> known;
  for (const uint64_t id : row_ids) {
    if (id != IncrementSlice::kNoRowId) known.push_back(id);
  }
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  PositionedRows rows;
  rows.positions.reserve(row_ids.size());
  for (const uint64_t id : row_ids) {
    const auto found = std::lower_bound(known.begin(), known.end(), id);
    rows.positions.push_back(
        id == IncrementSlice::kNoRowId ? kNoRow : static_cast<uint32_t>(found - known.begin()));
  }
  rows.table = TakenRows::Scanned(std::move(table), std::move(known));
  return rows;
}

arrow::Result<Reader> ReadStream(std::string stream) {
  const auto input =
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(stream)));
  ARROW_ASSIGN_OR_RAISE(auto rows, arrow::ipc::RecordBatchStreamReader::Open(input));
  return rows;
}

arrow::Result<Reader> ReadOrphaned(const IncrementSlice& slice, const FeaturePlan& plan,
                                   const std::shared_ptr<const TableSnapshot>& table,
                                   const ReadPlan& read) {
  std::vector<arrow::compute::Expression> predicates;
  for (const std::string& text : slice.predicates) {
    ARROW_ASSIGN_OR_RAISE(auto predicate,
                          arrow::compute::Deserialize(arrow::Buffer::FromString(text)));
    predicates.push_back(std::move(predicate));
  }
  ARROW_ASSIGN_OR_RAISE(const auto current, CurrentRows::Make(plan, table, std::move(predicates)));
  const PositionedRows taken = Position(table, slice.row_ids.front());
  current->SetTable(taken.table);
  auto outcome = std::make_shared<Outcome>();
  size_t begin = 0;
  for (const uint32_t size : slice.group_sizes) {
    outcome->orphaned.Add(std::span(taken.positions).subspan(begin, size));
    begin += size;
  }
  return current->Read(outcome, outcome->orphaned, read);
}

arrow::Result<Reader> ReadExpected(IncrementSlice slice,
                                   const std::shared_ptr<const FeaturePlan>& plan,
                                   const RowHasher& hasher,
                                   const std::vector<std::shared_ptr<const TableSnapshot>>& tables,
                                   const std::optional<Names>& columns, const ReadPlan& read) {
  std::vector<DependencyColumns> dependencies;
  std::vector<std::shared_ptr<const ScannedTable>> scanned;
  std::vector<std::vector<uint32_t>> positions;
  for (size_t i = 0; i < tables.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        dependencies.emplace_back(),
        DependencyColumns::Make(*plan, plan->feature().deps[i], tables[i]->schema()));
    PositionedRows taken = Position(tables[i], slice.row_ids[i]);
    scanned.push_back(std::move(taken.table));
    positions.push_back(std::move(taken.positions));
  }
  positions.insert(positions.end(), slice.groups.begin(), slice.groups.end());
  auto outcome = std::make_shared<Outcome>(positions.size());
  outcome->new_samples.Reserve(slice.rows);
  outcome->group_versions = std::move(slice.group_versions);
  std::vector<uint32_t> tuple(positions.size());
  for (size_t row = 0; row < slice.rows; ++row) {
    for (size_t i = 0; i < tuple.size(); ++i) tuple[i] = positions[i][row];
    outcome->new_samples.Add(tuple);
  }
  if (columns) {
    ARROW_ASSIGN_OR_RAISE(const auto all, ExpectedFromParents(plan, dependencies, scanned, hasher));
    ARROW_RETURN_NOT_OK(CheckColumns(*all->schema(), columns));
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto expected,
      ExpectedFromParents(plan, std::move(dependencies), std::move(scanned), hasher, columns));
  return expected->Read(outcome, outcome->new_samples, read);
}

bool IsOfLineage(const IncrementSlice& slice, const FeaturePlan& plan) {
  const auto& deps = plan.feature().deps;
  const auto aggregated = std::count_if(deps.begin(), deps.end(), [](const FeatureDep& dep) {
    return dep.lineage.type == LineageRelationship::Type::kAggregation;
  });
  return slice.tables.size() == deps.size() && !deps.empty() &&
         slice.groups.size() == static_cast<size_t>(aggregated);
}

}  // namespace

arrow::Result<Reader> ReadRowsOfSlice(
    IncrementSlice slice, const std::shared_ptr<const FeaturePlan>& plan, const RowHasher& hasher,
    const std::vector<std::shared_ptr<const TableSnapshot>>& tables,
    const std::optional<Names>& columns, const ReadPlan& read) {
  const Names join_columns = plan->join_columns();
  if (slice.stream) {
    ARROW_ASSIGN_OR_RAISE(auto rows, ReadStream(*std::move(slice.stream)));
    return Select(std::move(rows), join_columns, columns);
  }
  if (slice.part == IncrementPart::kOrphaned) {
    ARROW_ASSIGN_OR_RAISE(auto rows, ReadOrphaned(slice, *plan, tables.front(), read));
    return Select(std::move(rows), join_columns, columns);
  }
  if (!IsOfLineage(slice, *plan)) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("the slice has rows of {} parents, and feature '{}' has {}; "
                                 "resolve it again",
                                 slice.tables.size(), slice.feature, plan->feature().deps.size()));
  }
  return ReadExpected(std::move(slice), plan, hasher, tables, columns, read);
}

}  // namespace metaxy::internal
