// JSON lines and CSV as the program reads them, in two passes that have to agree.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>

#include <functional>
#include <memory>

#include "cli/input/csv_input.h"
#include "cli/input/json_lines.h"
#include "targets.h"

namespace metaxy::fuzz {

namespace {

using Stream = std::shared_ptr<arrow::io::InputStream>;
using Reader = std::shared_ptr<arrow::RecordBatchReader>;

Stream StreamOf(Input input) {
  return std::make_shared<arrow::io::BufferReader>(
      std::make_shared<arrow::Buffer>(input.data(), static_cast<int64_t>(input.size())));
}

// What the first pass accepts is read by the second, to the last row.
void CheckPasses(const arrow::Result<cli::TextShape>& shape,
                 const std::function<Reader(std::shared_ptr<arrow::Schema>)>& read) {
  RequireOneLine(shape.status());
  if (!shape.ok()) return;
  const Reader rows = read(shape->schema);
  int64_t count = 0;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    const arrow::Status status = rows->ReadNext(&batch);
    Require(status.ok(), "the second pass reads what the first has seen: " + status.message());
    if (batch == nullptr) break;
    const arrow::Status valid = batch->ValidateFull();
    Require(valid.ok(), "batches are valid: " + valid.message());
    count += batch->num_rows();
  }
  Require(count == shape->rows, "both passes have the same rows");
}

}  // namespace

void FuzzJsonLines(Input input) {
  CheckPasses(cli::InferJsonLines(StreamOf(input)),
              [&](auto schema) { return cli::ReadJsonLines(StreamOf(input), std::move(schema)); });
}

void FuzzCsv(Input input) {
  CheckPasses(cli::InferCsv(StreamOf(input), {.json_columns = {"j"}, .text_columns = {"t"}}),
              [&](auto schema) { return cli::ReadCsv(StreamOf(input), std::move(schema)); });
}

}  // namespace metaxy::fuzz
