#include "store/mark_deleted.h"

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include "columns/stored_types.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MarkDeleted(
    std::shared_ptr<arrow::RecordBatchReader> rows, int64_t micros) {
  const auto type = TimestampColumnType();
  const arrow::TimestampScalar now(micros, type);
  const int index = rows->schema()->GetFieldIndex(std::string(kDeletedAt));
  if (index < 0) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("the stored table has no column '{}', which every write adds; it "
                                 "was not written by metaxy",
                                 kDeletedAt));
  }
  const auto field = arrow::field(std::string(kDeletedAt), type);
  ARROW_ASSIGN_OR_RAISE(auto schema, rows->schema()->SetField(index, field));
  return MapBatches(std::move(rows), std::move(schema),
                    [=](const std::shared_ptr<arrow::RecordBatch>& batch)
                        -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
                      ARROW_ASSIGN_OR_RAISE(auto timestamps,
                                            arrow::MakeArrayFromScalar(now, batch->num_rows()));
                      return batch->SetColumn(index, field, timestamps);
                    });
}

}  // namespace metaxy::internal
