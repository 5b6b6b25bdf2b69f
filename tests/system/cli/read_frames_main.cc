// Reads files of rows as `metadata write --from` does, for scripts that compare the results.
//
// usage: read_frames < LIST (see listed_files.h). The rows are written to OUTPUT as an Arrow
// stream.
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>

#include <string>

#include "cli/frame_reader.h"
#include "listed_files.h"

namespace {

arrow::Status Convert(const std::string& path, const std::string& output) {
  ARROW_ASSIGN_OR_RAISE(const auto source, metaxy::cli::FrameSource::Open(path));
  ARROW_ASSIGN_OR_RAISE(const auto rows, source->Read());
  ARROW_ASSIGN_OR_RAISE(const auto sink, arrow::io::FileOutputStream::Open(output));
  ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeStreamWriter(sink, rows->schema()));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return sink->Close();
}

}  // namespace

int main() { metaxy::testing::ConvertListedFiles(Convert); }
