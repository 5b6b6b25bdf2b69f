// Writes rows as `metadata read --to` does, for scripts that compare what comes of it.
//
// usage: write_frames < LIST (see listed_files.h). PATH is an Arrow file; the extension of OUTPUT
// says the format.
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>

#include <string>

#include "cli/output/frame_writer.h"
#include "listed_files.h"

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

int main() { metaxy::testing::ConvertListedFiles(Convert); }
