#include "base/contained.h"

#include <fmt/format.h>

#include <exception>
#include <new>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// What an exception says, on one line.
std::string TextOf(std::string text) {
  for (char& c : text) c = c == '\n' || c == '\r' ? ' ' : c;
  return text;
}

class UserReader final : public arrow::RecordBatchReader {
 public:
  UserReader(std::shared_ptr<arrow::RecordBatchReader> rows, std::shared_ptr<arrow::Schema> schema)
      : rows_(std::move(rows)), schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    try {
      ARROW_RETURN_NOT_OK(rows_->ReadNext(batch));
    } catch (...) {
      return CaughtFromUser("the reader of the rows");
    }
    return *batch ? Check(**batch) : arrow::Status::OK();
  }

  arrow::Status Close() override {
    try {
      return rows_->Close();
    } catch (...) {
      return CaughtFromUser("the reader of the rows");
    }
  }

 private:
  arrow::Status Check(const arrow::RecordBatch& batch) const {
    if (batch.schema() != schema_ && !batch.schema()->Equals(*schema_, /*check_metadata=*/false)) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("the reader of the rows gave a batch with other columns than it "
                      "promised: {} instead of {}",
                      TextOf(batch.schema()->ToString()), TextOf(schema_->ToString())));
    }
    const arrow::Status valid = batch.Validate();
    if (valid.ok()) return valid;
    return MakeError(ErrorCode::kInvalidInput,
                     "the reader of the rows gave a batch that breaks Arrow's rules: " +
                         TextOf(valid.message()));
  }

  std::shared_ptr<arrow::RecordBatchReader> rows_;
  std::shared_ptr<arrow::Schema> schema_;
};

class ContainedReader final : public arrow::RecordBatchReader {
 public:
  explicit ContainedReader(std::shared_ptr<arrow::RecordBatchReader> rows)
      : rows_(std::move(rows)), schema_(rows_->schema()) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return Contained([&] { return rows_->ReadNext(batch); });
  }

  arrow::Status Close() override {
    return Contained([&] { return rows_->Close(); });
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  std::shared_ptr<arrow::Schema> schema_;
};

arrow::Status NoRows() {
  return MakeError(ErrorCode::kInvalidInput, "the rows are null; give some, or an empty table");
}

}  // namespace

arrow::Status CaughtException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return MakeError(ErrorCode::kResourceExhausted, "not enough memory");
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kInternal, TextOf(error.what()));
  } catch (...) {
    return MakeError(ErrorCode::kInternal, "something was thrown that is not an exception");
  }
}

arrow::Status CaughtFromUser(std::string_view thrower) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return MakeError(ErrorCode::kResourceExhausted,
                     fmt::format("{} has not enough memory", thrower));
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("{} threw an exception: {}", thrower, TextOf(error.what())));
  } catch (...) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("{} threw something that is not an exception", thrower));
  }
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReaderOfUser(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  if (!rows) return NoRows();
  std::shared_ptr<arrow::Schema> schema;
  try {
    schema = rows->schema();
  } catch (...) {
    return CaughtFromUser("the reader of the rows");
  }
  if (!schema) {
    return MakeError(ErrorCode::kInvalidInput, "the reader of the rows does not have a schema");
  }
  return std::make_shared<UserReader>(std::move(rows), std::move(schema));
}

arrow::Status CheckTable(const std::shared_ptr<arrow::Table>& rows) {
  if (!rows) return NoRows();
  const arrow::Status valid = rows->Validate();
  if (valid.ok()) return valid;
  return MakeError(ErrorCode::kInvalidInput,
                   "the rows break Arrow's rules: " + TextOf(valid.message()));
}

std::shared_ptr<arrow::RecordBatchReader> ReaderForUser(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  if (!rows) return rows;
  return std::make_shared<ContainedReader>(std::move(rows));
}

}  // namespace metaxy::internal
