#include "cli/input/ipc_input.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/ipc/reader.h>

#include <utility>

namespace metaxy::cli {

namespace {

using Reader = arrow::RecordBatchReader;
using Data = std::shared_ptr<arrow::ArrayData>;

// Batches of an IPC file, one after the other.
class IpcFileReader : public Reader {
 public:
  explicit IpcFileReader(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file)
      : file_(std::move(file)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ == file_->num_record_batches()) return arrow::Status::OK();
    return file_->ReadRecordBatch(next_++).Value(batch);
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

// The type whose values, including nested ones, are not validated: the store checks that strings
// are valid UTF-8, and names the row.
std::shared_ptr<arrow::DataType> HollowType(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case arrow::Type::STRING:
      return arrow::binary();
    case arrow::Type::LARGE_STRING:
      return arrow::large_binary();
    case arrow::Type::STRING_VIEW:
      return arrow::binary_view();
    case arrow::Type::DATE64:
      return arrow::int64();
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) fields.push_back(field->WithType(arrow::null()));
      return arrow::struct_(fields);
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return arrow::list(arrow::null());
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(arrow::null());
    case arrow::Type::LIST_VIEW:
      return arrow::list_view(arrow::null());
    case arrow::Type::LARGE_LIST_VIEW:
      return arrow::large_list_view(arrow::null());
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          arrow::null(), static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case arrow::Type::RUN_END_ENCODED:
      return arrow::run_end_encoded(
          static_cast<const arrow::RunEndEncodedType&>(*type).run_end_type(), arrow::null());
    case arrow::Type::DICTIONARY:
      return arrow::dictionary(static_cast<const arrow::DictionaryType&>(*type).index_type(),
                               arrow::null());
    default:
      return type;
  }
}

Data Hollow(const Data& data, const arrow::DataType& hollow_type) {
  if (hollow_type.id() != arrow::Type::NA) return data;
  return arrow::ArrayData::Make(arrow::null(), data->length, {nullptr}, data->length, data->offset);
}

// Offsets, indices and lengths of an array and its descendants.
arrow::Status CheckLayout(const Data& data) {
  if (data->type->id() == arrow::Type::EXTENSION) {
    const Data storage = data->Copy();
    storage->type = static_cast<const arrow::ExtensionType&>(*data->type).storage_type();
    return CheckLayout(storage);
  }
  for (const Data& child : data->child_data) ARROW_RETURN_NOT_OK(CheckLayout(child));
  if (data->dictionary != nullptr) ARROW_RETURN_NOT_OK(CheckLayout(data->dictionary));
  const Data hollow = data->Copy();
  hollow->type = HollowType(data->type);
  for (size_t i = 0; i < hollow->child_data.size(); ++i) {
    hollow->child_data[i] =
        Hollow(data->child_data[i], *hollow->type->field(static_cast<int>(i))->type());
  }
  if (data->dictionary != nullptr) hollow->dictionary = Hollow(data->dictionary, *arrow::null());
  return arrow::MakeArray(hollow)->ValidateFull();
}

class CheckedReader : public Reader {
 public:
  explicit CheckedReader(std::shared_ptr<Reader> rows) : rows_(std::move(rows)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(rows_->ReadNext(batch));
    if (*batch == nullptr) return arrow::Status::OK();
    for (int i = 0; i < (*batch)->num_columns(); ++i)
      ARROW_RETURN_NOT_OK(CheckLayout((*batch)->column_data(i)));
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<Reader> rows_;
};

}  // namespace

arrow::Result<std::shared_ptr<Reader>> ReadIpc(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file) {
  ARROW_ASSIGN_OR_RAISE(const auto mark, file->ReadAt(0, 6));
  if (mark->ToString() == "ARROW1") {
    ARROW_ASSIGN_OR_RAISE(auto opened, arrow::ipc::RecordBatchFileReader::Open(file));
    return std::make_shared<CheckedReader>(std::make_shared<IpcFileReader>(std::move(opened)));
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::RandomAccessFile::GetStream(file, 0, size));
  ARROW_ASSIGN_OR_RAISE(auto rows, arrow::ipc::RecordBatchStreamReader::Open(stream));
  return std::make_shared<CheckedReader>(std::move(rows));
}

}  // namespace metaxy::cli
