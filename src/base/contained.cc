#include "base/contained.h"

#include <fmt/format.h>

#include <exception>
#include <new>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// The message of an exception, on one line.
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
      return CaughtFromUser("the row reader");
    }
    return *batch ? Check(**batch) : arrow::Status::OK();
  }

  arrow::Status Close() override {
    try {
      return rows_->Close();
    } catch (...) {
      return CaughtFromUser("the row reader");
    }
  }

 private:
  arrow::Status Check(const arrow::RecordBatch& batch) const {
    if (batch.schema() != schema_ && !batch.schema()->Equals(*schema_, /*check_metadata=*/false)) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("the row reader returned a batch whose schema differs from the declared one: "
                      "{} instead of {}",
                      TextOf(batch.schema()->ToString()), TextOf(schema_->ToString())));
    }
    const arrow::Status valid = batch.Validate();
    if (valid.ok()) return valid;
    return MakeError(ErrorCode::kInvalidInput,
                     "the row reader returned an invalid Arrow batch: " + TextOf(valid.message()));
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
  return MakeError(ErrorCode::kInvalidInput, "the rows are null; pass rows or an empty table");
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
    return MakeError(ErrorCode::kInternal, "an object that is not a std::exception was thrown");
  }
}

arrow::Status CaughtFromUser(std::string_view thrower) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return MakeError(ErrorCode::kResourceExhausted, fmt::format("{} ran out of memory", thrower));
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("{} threw an exception: {}", thrower, TextOf(error.what())));
  } catch (...) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("{} threw an object that is not a std::exception", thrower));
  }
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReaderOfUser(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  if (!rows) return NoRows();
  std::shared_ptr<arrow::Schema> schema;
  try {
    schema = rows->schema();
  } catch (...) {
    return CaughtFromUser("the row reader");
  }
  if (!schema) {
    return MakeError(ErrorCode::kInvalidInput, "the row reader has no schema");
  }
  return std::make_shared<UserReader>(std::move(rows), std::move(schema));
}

arrow::Status CheckTable(const std::shared_ptr<arrow::Table>& rows) {
  if (!rows) return NoRows();
  const arrow::Status valid = rows->Validate();
  if (valid.ok()) return valid;
  return MakeError(ErrorCode::kInvalidInput,
                   "the rows are not valid Arrow data: " + TextOf(valid.message()));
}

std::shared_ptr<arrow::RecordBatchReader> ReaderForUser(
    std::shared_ptr<arrow::RecordBatchReader> rows) {
  if (!rows) return rows;
  return std::make_shared<ContainedReader>(std::move(rows));
}

}  // namespace metaxy::internal
