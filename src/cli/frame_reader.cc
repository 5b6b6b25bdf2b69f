#include "cli/frame_reader.h"

#include <arrow/type_traits.h>
#include <fmt/core.h>

#include <exception>
#include <utility>

#include "base/quote.h"
#include "cli/input/fitted_columns.h"
#include "cli/input/input_format.h"
#include "cli/input/ipc_input.h"
#include "cli/input/json_lines.h"
#include "cli/input/parquet_input.h"
#include "cli/input/plain_types.h"
#include "cli/output.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Reader = arrow::RecordBatchReader;

arrow::Status Failure(const std::string& name, const arrow::Status& status) {
  // Errors of Arrow and Parquet about a file are errors of the input, whatever their code.
  const bool ours = status.detail() != nullptr &&
                    dynamic_cast<const ErrorDetail*>(status.detail().get()) != nullptr;
  const bool not_its_fault = ours || status.IsOutOfMemory() || status.IsCancelled();
  return MakeError(not_its_fault ? GetErrorCode(status) : ErrorCode::kInvalidInput,
                   fmt::format("cannot read {}: {}", name, OneLine(status.message())));
}

arrow::Status Failure(const std::string& name, const std::exception& error) {
  return Failure(name, arrow::Status::Invalid(error.what()));
}

// Runs an operation on a file; errors, including exceptions of libraries, name the file.
template <class Action>
auto Named(const std::string& name, const Action& action) -> decltype(action()) {
  try {
    auto result = action();
    if (result.ok()) return result;
    if constexpr (std::is_same_v<decltype(result), arrow::Status>) {
      return Failure(name, result);
    } else {
      return Failure(name, result.status());
    }
  } catch (const std::exception& error) {
    return Failure(name, error);
  }
}

class NamedReader : public Reader {
 public:
  NamedReader(std::string name, std::shared_ptr<Reader> rows)
      : name_(std::move(name)), rows_(std::move(rows)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return Named(name_, [&] { return rows_->ReadNext(batch); });
  }

 private:
  std::string name_;
  std::shared_ptr<Reader> rows_;
};

}  // namespace

arrow::Result<std::shared_ptr<FrameSource>> FrameSource::Open(const std::string& path,
                                                              arrow::StopToken stop) {
  ARROW_ASSIGN_OR_RAISE(InputBytes bytes, InputBytes::Open(path, std::move(stop)));
  const std::string name = bytes.name();
  return Named(name, [&]() -> arrow::Result<std::shared_ptr<FrameSource>> {
    ARROW_ASSIGN_OR_RAISE(const FileFormat format, DetectFormat(bytes));
    std::shared_ptr<FrameSource> source(new FrameSource(std::move(bytes), format));
    if (!source->is_text()) ARROW_RETURN_NOT_OK(source->bytes_.Decompress());
    ARROW_RETURN_NOT_OK(source->Infer({}));
    // Files of the other formats declare their types at their beginning or end.
    ARROW_RETURN_NOT_OK(source->ReadPlain().status());
    return source;
  });
}

arrow::Status FrameSource::SetStoredTypes(const arrow::Schema& stored) {
  if (!is_text() || is_empty_text()) return arrow::Status::OK();
  return Named(name(), [&]() -> arrow::Status {
    const CsvHints hints = HintsOf(stored);
    if (!hints.json_columns.empty() || !hints.text_columns.empty())
      ARROW_RETURN_NOT_OK(Infer(hints));
    return FitTo(stored);
  });
}

CsvHints FrameSource::HintsOf(const arrow::Schema& stored) const {
  CsvHints hints;
  if (format_ != FileFormat::kCsv) return hints;
  for (const auto& field : schema_->fields()) {
    const auto column = stored.GetFieldByName(field->name());
    if (column == nullptr) continue;
    const arrow::Type::type type = column->type()->id();
    if (arrow::is_nested(type) && json_like_.count(field->name()) > 0)
      hints.json_columns.insert(field->name());
    // A double has fewer digits than a decimal or a string.
    const bool exact =
        arrow::is_string(type) || arrow::is_decimal(type) || type == arrow::Type::DICTIONARY;
    if (exact && arrow::is_primitive(field->type()->id())) hints.text_columns.insert(field->name());
  }
  return hints;
}

arrow::Status FrameSource::FitTo(const arrow::Schema& stored) {
  arrow::FieldVector fields = schema_->fields();
  bool any = false;
  for (auto& field : fields) {
    const auto column = stored.GetFieldByName(field->name());
    if (column == nullptr) continue;
    const auto fitted = FittedType(field->type(), column->type());
    any |= !fitted->Equals(*field->type());
    field = field->WithType(fitted);
  }
  if (!any) return arrow::Status::OK();
  // Values that do not fit are left to the store, which widens the column or names the value.
  ARROW_ASSIGN_OR_RAISE(const auto rows, ReadPlain());
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (batch == nullptr) break;
    for (int i = 0; i < batch->num_columns(); ++i) {
      auto& field = fields[static_cast<size_t>(i)];
      auto fits = Fit(batch->column(i), field->type());
      if (!fits.ok())
        return WithContext(fits.status(), fmt::format("column {}", Quote(field->name())));
      if (*fits == nullptr) field = schema_->field(i);
    }
  }
  fitted_ = arrow::schema(std::move(fields));
  return arrow::Status::OK();
}

arrow::Status FrameSource::Infer(const CsvHints& hints) {
  TextShape found;
  if (format_ == FileFormat::kJsonLines) {
    ARROW_ASSIGN_OR_RAISE(auto stream, bytes_.Stream());
    ARROW_ASSIGN_OR_RAISE(found, InferJsonLines(std::move(stream)));
  } else if (format_ == FileFormat::kCsv) {
    ARROW_ASSIGN_OR_RAISE(auto stream, bytes_.Stream());
    ARROW_ASSIGN_OR_RAISE(found, InferCsv(std::move(stream), hints));
  }
  schema_ = std::move(found.schema);
  rows_ = found.rows;
  json_like_ = std::move(found.json_like);
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<Reader>> FrameSource::ReadPlain() const {
  if (is_text()) {
    ARROW_ASSIGN_OR_RAISE(auto stream, bytes_.Stream());
    return format_ == FileFormat::kCsv ? ReadCsv(std::move(stream), schema_)
                                       : ReadJsonLines(std::move(stream), schema_);
  }
  ARROW_ASSIGN_OR_RAISE(auto rows, format_ == FileFormat::kParquet ? ReadParquet(bytes_.file())
                                                                   : ReadIpc(bytes_.file()));
  return WithPlainTypes(std::move(rows));
}

arrow::Result<std::shared_ptr<Reader>> FrameSource::Read() const {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Reader> rows, Named(name(), [&] { return ReadPlain(); }));
  if (fitted_ != nullptr) rows = WithFittedColumns(std::move(rows), fitted_);
  if (!provenance_.empty() && !is_empty_text()) {
    ARROW_ASSIGN_OR_RAISE(rows, WithProvenance(std::move(rows), provenance_));
  }
  return std::make_shared<NamedReader>(name(), std::move(rows));
}

arrow::Result<std::shared_ptr<FrameSource>> OpenFrames(const Arguments& arguments,
                                                       const std::string& name,
                                                       const FeatureSpec& spec,
                                                       arrow::StopToken stop) {
  ProvenanceColumns provenance;
  if (arguments.Has("provenance")) {
    ARROW_ASSIGN_OR_RAISE(provenance, ParseProvenance(arguments.Texts("provenance"), spec));
  }
  ARROW_ASSIGN_OR_RAISE(auto source, FrameSource::Open(*arguments.Text(name), std::move(stop)));
  if (provenance.empty()) return source;
  source->SetProvenance(std::move(provenance));
  // Missing columns are also detected here.
  ARROW_RETURN_NOT_OK(source->Read().status());
  return source;
}

}  // namespace metaxy::cli
