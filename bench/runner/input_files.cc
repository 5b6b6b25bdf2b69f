#include "input_files.h"

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <metaxy/errors.h>
#include <parquet/arrow/writer.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "generated_rows.h"

namespace metaxy::bench {
namespace {

arrow::Status WriteInput(const std::shared_ptr<arrow::RecordBatchReader>& rows,
                         const std::string& file) {
  ARROW_ASSIGN_OR_RAISE(auto out, arrow::io::FileOutputStream::Open(file));
  ARROW_ASSIGN_OR_RAISE(auto writer, parquet::arrow::FileWriter::Open(
                                         *rows->schema(), arrow::default_memory_pool(), out));
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatch> batch, rows->Next());
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return out->Close();
}

bool HasInput(const Step& step) { return step.verb == "write" || step.verb == "append"; }

}  // namespace

arrow::Status WriteInputs(const Case& bench_case, int64_t rows, const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return MakeError(ErrorCode::kIo, "cannot create '" + directory + "': " + error.message());
  }
  const auto write = [&](const Step& step, const std::string& name) -> arrow::Status {
    if (!HasInput(step)) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const Feature* feature, bench_case.Find(step.feature));
    ARROW_ASSIGN_OR_RAISE(auto reader, GenerateRows(*feature, step, rows));
    return WriteInput(reader, directory + "/" + name + ".parquet");
  };
  for (size_t i = 0; i < bench_case.prepare.size(); ++i) {
    ARROW_RETURN_NOT_OK(write(bench_case.prepare[i], std::to_string(i)));
  }
  return write(bench_case.measure, "measure");
}

}  // namespace metaxy::bench
