// Rows as C++ structs: pass samples to a store and iterate over its results without Arrow builders
// and arrays.
//
//   struct Video { std::string id; int64_t frames; std::string audio_hash, frames_hash; };
//
//   const auto kVideo = metaxy::RowType<Video>()
//                           .Column("video_id", &Video::id)
//                           .Column("frames", &Video::frames)
//                           .Provenance("audio", &Video::audio_hash)
//                           .Provenance("frames", &Video::frames_hash);
//
//   ARROW_ASSIGN_OR_RAISE(auto samples, kVideo.ToTable(videos));  // any range of Video
//   ARROW_ASSIGN_OR_RAISE(auto increment, store->ResolveUpdate("video", {.samples = samples}));
//   ARROW_RETURN_NOT_OK(kVideo.ForEach(*increment.stale, [](const Video& video) { ... }));
#pragma once

#include <arrow/array/builder_base.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/table.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "metaxy/cell.h"
#include "metaxy/errors.h"
#include "metaxy/export.h"
#include "metaxy/system_columns.h"

namespace metaxy {

namespace internal {

/// \brief The location of values: a column, or a member of a struct column.
struct CellPath {
  std::string column;
  std::string member = {};
};

/// \brief The values of a column, as `type`. MetadataSchema if there is no such column, if its
/// values cannot be read as `type`, or if one is null where null is not allowed.
METAXY_EXPORT arrow::Result<std::shared_ptr<arrow::Array>> FindValues(
    const arrow::RecordBatch& rows, const CellPath& path,
    const std::shared_ptr<arrow::DataType>& type, bool nullable);

/// \brief A table of these columns; members of one struct are combined. MetadataSchema if a name
/// occurs twice.
METAXY_EXPORT arrow::Result<std::shared_ptr<arrow::Table>> MakeTable(
    const std::vector<CellPath>& paths, const std::vector<std::shared_ptr<arrow::Array>>& values);

/// \brief `rows` with the columns of `more`, which replace those with the same name. InvalidInput
/// unless both have the same number of rows.
METAXY_EXPORT arrow::Result<std::shared_ptr<arrow::Table>> AddColumns(
    const std::shared_ptr<arrow::Table>& rows, const arrow::Table& more);

}  // namespace internal

/// \brief Versions by field name.
using VersionsByField = std::map<std::string, std::string>;

/// \brief A mapping of struct members to columns. `Row` must have a default constructor; the types
/// of members are those of cell.h. A value type: configure it once, then use it from many threads.
///
/// Columns that it does not name are left alone, so that one type works for a feature and
/// everything downstream.
template <class Row>
class RowType {
 public:
  /// \brief A user column.
  template <class T>
  RowType& Column(std::string name, T Row::* member) {
    return Add({std::move(name)}, member);
  }
  /// \brief The provenance of a field of a sample: a member of `metaxy_provenance_by_field`.
  RowType& Provenance(std::string field, std::string Row::* member) {
    return Add({std::string(kProvenanceByField), std::move(field)}, member);
  }
  /// \brief The same for all fields, by name.
  RowType& Provenance(VersionsByField Row::* member) {
    return Add({std::string(kProvenanceByField)}, member);
  }
  /// \brief A custom version for the content of a field: a member of
  /// `metaxy_data_version_by_field`. Downstream fields depend on it.
  RowType& DataVersion(std::string field, std::string Row::* member) {
    return Add({std::string(kDataVersionByField), std::move(field)}, member);
  }
  /// \brief The same for all fields, by name. Rows of a store always have them: unless the user
  /// supplies custom versions, they equal the provenance.
  RowType& DataVersion(VersionsByField Row::* member) {
    return Add({std::string(kDataVersionByField)}, member);
  }

  /// \brief A table with a row per element of a range of `Row`. MetadataSchema if a column is named
  /// twice.
  template <class Range>
  arrow::Result<std::shared_ptr<arrow::Table>> ToTable(Range&& rows) const {
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
    for (const ColumnOf& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(column.type));
      builders.push_back(std::move(builder));
    }
    for (const Row& row : rows) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        ARROW_RETURN_NOT_OK(columns_[i].append(row, builders[i].get()));
      }
    }
    std::vector<std::shared_ptr<arrow::Array>> values;
    for (const auto& builder : builders) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      values.push_back(std::move(array));
    }
    return internal::MakeTable(Paths(), values);
  }

  /// \brief `table` with these columns added (or replaced), one element of `rows` for each of its
  /// rows, in order. InvalidInput if the number differs.
  template <class Range>
  arrow::Result<std::shared_ptr<arrow::Table>> AddTo(const std::shared_ptr<arrow::Table>& table,
                                                     Range&& rows) const {
    ARROW_ASSIGN_OR_RAISE(const auto more, ToTable(std::forward<Range>(rows)));
    return internal::AddColumns(table, *more);
  }

  /// \brief Calls `visit(Row)` for each row, in order. If it returns an arrow::Status, the first
  /// failure ends the iteration. MetadataSchema if a column is missing, has values of a different
  /// kind, or a null where the member is not a std::optional.
  template <class Visit>
  arrow::Status ForEach(arrow::RecordBatchReader& rows, Visit&& visit) const {
    std::shared_ptr<arrow::RecordBatch> batch;
    while (true) {
      ARROW_RETURN_NOT_OK(rows.ReadNext(&batch));
      if (!batch) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(ForEachOf(*batch, visit));
    }
  }
  template <class Visit>
  arrow::Status ForEach(const arrow::Table& rows, Visit&& visit) const {
    arrow::TableBatchReader reader(rows);
    return ForEach(reader, std::forward<Visit>(visit));
  }

  /// \brief All rows of a table, or of a reader. Fails as ForEach() does.
  template <class Rows>
  arrow::Result<std::vector<Row>> ToVector(Rows&& rows) const {
    std::vector<Row> result;
    ARROW_RETURN_NOT_OK(ForEach(rows, [&result](Row row) { result.push_back(std::move(row)); }));
    return result;
  }

 private:
  struct ColumnOf {
    internal::CellPath path;
    std::shared_ptr<arrow::DataType> type;
    bool nullable;
    std::function<arrow::Status(const Row&, arrow::ArrayBuilder*)> append;
    std::function<void(const arrow::Array&, int64_t, Row*)> get;
  };

  template <class T>
  RowType& Add(internal::CellPath path, T Row::* member) {
    columns_.push_back({std::move(path), Cell<T>::type(), Cell<T>::kNullable,
                        [member](const Row& row, arrow::ArrayBuilder* builder) {
                          return Cell<T>::Append(row.*member, builder);
                        },
                        [member](const arrow::Array& array, int64_t index, Row* row) {
                          row->*member = Cell<T>::Get(array, index);
                        }});
    return *this;
  }

  std::vector<internal::CellPath> Paths() const {
    std::vector<internal::CellPath> paths;
    for (const ColumnOf& column : columns_) paths.push_back(column.path);
    return paths;
  }

  template <class Visit>
  arrow::Status ForEachOf(const arrow::RecordBatch& batch, Visit& visit) const {
    std::vector<std::shared_ptr<arrow::Array>> values;
    for (const ColumnOf& column : columns_) {
      ARROW_ASSIGN_OR_RAISE(auto array,
                            internal::FindValues(batch, column.path, column.type, column.nullable));
      values.push_back(std::move(array));
    }
    for (int64_t index = 0; index < batch.num_rows(); ++index) {
      Row row{};
      for (size_t i = 0; i < columns_.size(); ++i) columns_[i].get(*values[i], index, &row);
      if constexpr (std::is_void_v<std::invoke_result_t<Visit&, Row>>) {
        visit(std::move(row));
      } else {
        ARROW_RETURN_NOT_OK(visit(std::move(row)));
      }
    }
    return arrow::Status::OK();
  }

  std::vector<ColumnOf> columns_;
};

/// \brief Computes a row of type `out` from each row of type `in` of a table, and adds these
/// columns to it: what a pipeline does with an increment before writing it. `compute` takes an In
/// and returns an Out or an arrow::Result<Out>, whose failure ends the computation.
template <class In, class Out, class Compute>
arrow::Result<std::shared_ptr<arrow::Table>> MapRows(const std::shared_ptr<arrow::Table>& rows,
                                                     const RowType<In>& in, const RowType<Out>& out,
                                                     Compute&& compute) {
  if (!rows) return MakeError(ErrorCode::kInvalidInput, "the rows are null; pass a table");
  std::vector<Out> computed;
  computed.reserve(static_cast<size_t>(rows->num_rows()));
  // NOLINTNEXTLINE(performance-unnecessary-value-param): `compute` may take it by value.
  ARROW_RETURN_NOT_OK(in.ForEach(*rows, [&](In row) {
    arrow::Result<Out> result = compute(std::move(row));
    if (!result.ok()) return result.status();
    computed.push_back(std::move(result).ValueUnsafe());
    return arrow::Status::OK();
  }));
  return out.AddTo(rows, computed);
}

}  // namespace metaxy
