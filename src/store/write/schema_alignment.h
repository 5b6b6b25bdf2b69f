// Schema alignment: rows in the columns and types of a table.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/write/type_promotion.h"

namespace metaxy::internal {

/// Missing columns become null, all others are cast. If the table cannot hold the rows but could be
/// changed so that it can, reading fails, after the remaining rows have been inspected: `needed()`
/// then returns the schema that holds them all. A value that no schema can hold fails with
/// LossyCast, which names column, row and value.
class AlignedRows final : public arrow::RecordBatchReader {
 public:
  /// `id_columns` identify rows in messages.
  AlignedRows(std::shared_ptr<arrow::RecordBatchReader> input, std::shared_ptr<arrow::Schema> table,
              std::vector<std::string> id_columns);

  std::shared_ptr<arrow::Schema> schema() const override { return table_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;
  arrow::Status Close() override { return input_->Close(); }

  /// Null unless the table has to be changed.
  const std::shared_ptr<arrow::Schema>& needed() const { return needed_; }
  /// The values that require the change.
  const Demands& demands() const { return demands_; }
  /// The failure of the rows themselves; OK if there was none.
  const arrow::Status& failure() const { return failure_; }

 private:
  /// The next rows of the input, as many as may be cast at a time: the table may have many more
  /// members than they do.
  arrow::Status NextPiece(std::shared_ptr<arrow::RecordBatch>* piece);
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Align(const arrow::RecordBatch& rows);
  arrow::Status Widen(const arrow::RecordBatch& rows, arrow::FieldVector* fields);
  arrow::Status FindNeededSchema(std::shared_ptr<arrow::RecordBatch> rows);

  std::shared_ptr<arrow::RecordBatchReader> input_;
  std::shared_ptr<arrow::Schema> table_;
  int64_t piece_rows_;
  std::shared_ptr<arrow::RecordBatch> rest_;  // of a batch of the input
  std::vector<std::string> id_columns_;
  std::shared_ptr<arrow::Schema> needed_;
  Demands demands_;
  arrow::Status failure_;
};

}  // namespace metaxy::internal
