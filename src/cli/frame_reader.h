// Reading rows from files, batch by batch.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "cli/file_format.h"
#include "cli/input/csv_input.h"
#include "cli/input/input_bytes.h"
#include "cli/input/provenance_option.h"

namespace metaxy::cli {

/// \brief A file of rows, a pipe, or standard input, whose rows can be read repeatedly.
class FrameSource {
 public:
  /// \brief Opens `path`, or standard input for "-". The format is determined by its name, or by
  /// its content if the name does not tell. Text is read once to infer the types of its columns.
  /// InvalidInput, with the reason, if it is missing, is not in the format of its name, or has an
  /// error. Cancelled as for InputBytes.
  static arrow::Result<std::shared_ptr<FrameSource>> Open(
      const std::string& path, arrow::StopToken stop = arrow::StopToken::Unstoppable());

  /// \brief Rows with one additional column, computed from others.
  void SetProvenance(ProvenanceColumns columns) { provenance_ = std::move(columns); }

  /// \brief Interprets text values according to the columns of the target table where the text
  /// alone is ambiguous: CSV cells for lists and structs, or for strings that look like numbers;
  /// strings for times of day, durations and binaries; numbers for narrower types. Files of the
  /// other formats have their own types. Reads the text again.
  arrow::Status SetStoredTypes(const arrow::Schema& stored);

  /// \brief The rows from the start; failures name the file.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read() const;

  /// \brief Whether column types are inferred from values.
  bool is_text() const { return format_ == FileFormat::kJsonLines || format_ == FileFormat::kCsv; }

  /// \brief Whether it is a text file without rows, which says nothing about types.
  bool is_empty_text() const { return schema_ != nullptr && rows_ == 0; }
  /// \brief Its name in messages: the path, or "standard input".
  const std::string& name() const { return bytes_.name(); }

 private:
  FrameSource(InputBytes bytes, FileFormat format) : bytes_(std::move(bytes)), format_(format) {}

  arrow::Status Infer(const CsvHints& hints);
  CsvHints HintsOf(const arrow::Schema& stored) const;
  arrow::Status FitTo(const arrow::Schema& stored);
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadPlain() const;

  InputBytes bytes_;
  FileFormat format_;
  std::shared_ptr<arrow::Schema> schema_;  // of a text
  int64_t rows_ = 0;                       // of a text
  std::set<std::string> json_like_;        // columns of CSV
  std::shared_ptr<arrow::Schema> fitted_;  // nullptr for unchanged columns
  ProvenanceColumns provenance_;
};

/// \brief The file given by the option `name` of a command, with the columns that `--provenance`
/// names. Cancelled as for InputBytes.
arrow::Result<std::shared_ptr<FrameSource>> OpenFrames(const Arguments& arguments,
                                                       const std::string& name,
                                                       const FeatureSpec& spec,
                                                       arrow::StopToken stop);

}  // namespace metaxy::cli
