// Reads files of rows as `metadata write --from` does, for scripts that compare the results.
//
// usage: read_frames < LIST, a line for each file: PATH TAB OUTPUT. The rows are written to OUTPUT
// as an Arrow stream, or if they are refused the message to OUTPUT.error.
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>

#include <fstream>
#include <iostream>
#include <string>

#include "cli/frame_reader.h"

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

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const size_t tab = line.find('\t');
    const std::string output = line.substr(tab + 1);
    const arrow::Status status = Convert(line.substr(0, tab), output);
    if (!status.ok()) std::ofstream(output + ".error") << status.message() << '\n';
  }
  return 0;
}
