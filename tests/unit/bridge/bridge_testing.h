// Helpers for the tests of the bridge: a directory, rows from JSON, and streams that record whether
// they were released.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <metaxy_lancedb.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lancedb/bridge.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

/// \brief The value, or a failure of the test.
template <typename T>
T Must(arrow::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return std::move(result).ValueUnsafe();
}
inline void Must(const arrow::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

/// \brief The status is a failure of this kind, with one line that contains `text` and no locations
/// in Rust sources.
MATCHER_P2(FailsWith, code, text, std::string(ErrorCodeName(code)) + " with '" + text + "'") {
  *result_listener << arg.ToString();
  return !arg.ok() && GetErrorCode(arg) == code && arg.message().find(text) != std::string::npos &&
         arg.message().find('\n') == std::string::npos &&
         arg.message().find(".rs:") == std::string::npos;
}

using Rows = std::shared_ptr<arrow::RecordBatchReader>;

/// \brief A reader over batches, each a JSON list of objects.
Rows RowsOf(const std::shared_ptr<arrow::Schema>& schema, const std::vector<std::string>& batches);

/// \brief Batches of consecutive numbers in one int64 column `id`, from `first` on.
Rows Numbers(int64_t first, int64_t count, int64_t batch_rows = 1000);

/// \brief All rows, in one chunk.
std::shared_ptr<arrow::Table> Collect(const Rows& rows);

/// \brief The rows are those of the JSON list, with exactly this schema (metadata apart).
void ExpectRows(const Rows& rows, const std::shared_ptr<arrow::Schema>& schema,
                const std::string& json);

/// \brief The int64 values of a column.
std::vector<int64_t> Int64s(const arrow::Table& table, const std::string& column);
std::vector<uint64_t> UInt64s(const arrow::Table& table, const std::string& column);

/// \brief A stream of a C producer that records what happens to it. Returns `batches` batches of
/// one int64 column `id` and then, if requested, fails. Must outlive its stream.
class TestStream {
 public:
  struct Options {
    int batches = 1;
    int fail_after = -1;  ///< Fails instead of returning the batch with this index.
    bool fail_schema = false;
    bool without_text = false;  ///< get_last_error returns NULL.
    int error_number = 5;
  };

  TestStream() : TestStream(Options{}) {}
  explicit TestStream(Options options);
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;
  ~TestStream();

  ArrowArrayStream* get() { return &stream_; }
  int releases() const { return releases_; }
  int batches_read() const { return batches_read_; }

 private:
  friend struct TestStreamCallbacks;

  Options options_;
  int releases_ = 0;
  int batches_read_ = 0;
  ArrowArrayStream stream_{};
};

/// \brief A database in a directory that is removed at the end.
class BridgeTest : public ::testing::Test {
 protected:
  BridgeTest();
  ~BridgeTest() override;

  const std::filesystem::path& directory() const { return directory_; }
  std::shared_ptr<LanceConnection> Connect() const;
  LanceConnection& connection() { return *connection_; }

  /// \brief A new table with this schema and rows.
  std::unique_ptr<LanceTable> Create(const std::string& name, Rows rows);

  /// \brief The only file below the table's directory whose path has this prefix, such as "data/".
  std::filesystem::path FileOf(const std::string& table, const std::string& begin) const;

 private:
  std::filesystem::path directory_;
  std::shared_ptr<LanceConnection> connection_;
};

/// \brief A C handle for tests of the C functions, on the same directory.
class CHandles {
 public:
  explicit CHandles(const std::filesystem::path& directory);
  CHandles(const CHandles&) = delete;
  CHandles& operator=(const CHandles&) = delete;
  ~CHandles();

  mxl_connection* connection = nullptr;
  mxl_table* table = nullptr;  ///< "t": one column `id`, one row.
};

inline mxl_string Text(std::string_view text) { return {text.data(), text.size()}; }

/// \brief An error that releases itself.
struct CError : mxl_error {
  CError() : mxl_error{} {}
  CError(const CError&) = delete;
  CError& operator=(const CError&) = delete;
  ~CError() {
    if (release != nullptr) release(this);
  }
  std::string text() const { return message == nullptr ? "" : message; }
};

}  // namespace metaxy::internal
