// Writes rows as `metadata read --to` does, for scripts that compare what comes of it.
//
// usage: write_frames < LIST, a line for each file: a file of Arrow, TAB, an output whose extension
// says the format. Where rows are refused the message goes to OUTPUT.error.
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>

#include <fstream>
#include <iostream>
#include <string>

#include "cli/output/frame_writer.h"

namespace {

arrow::Status Convert(const std::string& path, const std::string& output) {
  ARROW_ASSIGN_OR_RAISE(const auto source, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(source));
  ARROW_ASSIGN_OR_RAISE(const auto writer,
                        metaxy::cli::FrameWriter::Make(output, reader->schema()));
  for (int i = 0; i < reader->num_record_batches(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->ReadRecordBatch(i));
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return writer->Commit();
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
