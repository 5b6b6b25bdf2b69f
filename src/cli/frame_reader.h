// Reading rows from files, a batch at a time.
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

/// \brief A file of rows, a pipe, or standard input, whose rows can be read as often as is wanted.
class FrameSource {
 public:
  /// \brief Opens `path`, or standard input for "-". Its name says what it is, or its content where
  /// the name does not. Text is read once, to find the types of its columns. InvalidInput, with the
  /// reason, if it is missing, is not what its name says, or has a mistake.
  /// Cancelled where InputBytes says so.
  static arrow::Result<std::shared_ptr<FrameSource>> Open(
      const std::string& path, arrow::StopToken stop = arrow::StopToken::Unstoppable());

  /// \brief Rows with one column more, made from others.
  void SetProvenance(ProvenanceColumns columns) { provenance_ = std::move(columns); }

  /// \brief Takes values of a text for what the columns of a table are that it is for, where they
  /// say no more than their digits: cells of CSV for lists and structs, or for texts that look like
  /// numbers; texts for times of day, durations and bytes; numbers for ones of fewer bits. Files of
  /// the other formats have types themselves. Reads the text again.
  arrow::Status SetStoredTypes(const arrow::Schema& stored);

  /// \brief The rows from the start; failures name the file.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Read() const;

  /// \brief Whether types of columns follow from their values.
  bool is_text() const { return format_ == FileFormat::kJsonLines || format_ == FileFormat::kCsv; }

  /// \brief Whether it is a text without rows, which says nothing about types.
  bool is_empty_text() const { return schema_ != nullptr && rows_ == 0; }
  /// \brief What a message calls it: the path, or "standard input".
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
  std::shared_ptr<arrow::Schema> fitted_;  // nullptr where nothing is
  ProvenanceColumns provenance_;
};

/// \brief The file that the option `name` of a command gives, with what `--provenance` says about
/// its columns. Cancelled where InputBytes says so.
arrow::Result<std::shared_ptr<FrameSource>> OpenFrames(const Arguments& arguments,
                                                       const std::string& name,
                                                       const FeatureSpec& spec,
                                                       arrow::StopToken stop);

}  // namespace metaxy::cli
