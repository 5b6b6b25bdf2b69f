#include "bridge_testing.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/c/bridge.h>
#include <arrow/json/from_string.h>
#include <stdlib.h>

#include <algorithm>

namespace metaxy::internal {

namespace {

std::shared_ptr<arrow::RecordBatch> BatchOf(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string& json) {
  auto type = arrow::struct_(schema->fields());
  auto rows = Must(arrow::json::ArrayFromJSONString(type, json));
  auto batch = Must(arrow::RecordBatch::FromStructArray(rows));
  return arrow::RecordBatch::Make(schema, batch->num_rows(), batch->columns());
}

std::shared_ptr<arrow::Schema> IdSchema() {
  return arrow::schema({arrow::field("id", arrow::int64())});
}

std::shared_ptr<arrow::RecordBatch> NumbersBatch(int64_t first, int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) Must(builder.Append(first + i));
  return arrow::RecordBatch::Make(IdSchema(), count, {Must(builder.Finish())});
}

template <typename ArrayType, typename Value>
std::vector<Value> Values(const arrow::Table& table, const std::string& name) {
  std::vector<Value> values;
  auto column = table.GetColumnByName(name);
  if (column == nullptr) throw std::runtime_error("no column " + name);
  for (const auto& chunk : column->chunks()) {
    const auto& array = dynamic_cast<const ArrayType&>(*chunk);
    for (int64_t i = 0; i < array.length(); ++i) values.push_back(array.Value(i));
  }
  return values;
}

}  // namespace

Rows RowsOf(const std::shared_ptr<arrow::Schema>& schema, const std::vector<std::string>& batches) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> all;
  for (const std::string& json : batches) all.push_back(BatchOf(schema, json));
  return Must(arrow::RecordBatchReader::Make(std::move(all), schema));
}

Rows Numbers(int64_t first, int64_t count, int64_t batch_rows) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> all;
  for (int64_t i = 0; i < count; i += batch_rows) {
    all.push_back(NumbersBatch(first + i, std::min(batch_rows, count - i)));
  }
  return Must(arrow::RecordBatchReader::Make(std::move(all), IdSchema()));
}

std::shared_ptr<arrow::Table> Collect(const Rows& rows) {
  return Must(Must(rows->ToTable())->CombineChunks());
}

void ExpectRows(const Rows& rows, const std::shared_ptr<arrow::Schema>& schema,
                const std::string& json) {
  auto actual = Collect(rows);
  auto expected =
      Must(Must(arrow::Table::FromRecordBatches({BatchOf(schema, json)}))->CombineChunks());
  EXPECT_TRUE(actual->schema()->Equals(*schema, /*check_metadata=*/false))
      << actual->schema()->ToString() << "\nis not\n"
      << schema->ToString();
  EXPECT_TRUE(actual->Equals(*expected, /*check_metadata=*/false))
      << actual->ToString() << "\nis not\n"
      << expected->ToString();
}

std::vector<int64_t> Int64s(const arrow::Table& table, const std::string& column) {
  return Values<arrow::Int64Array, int64_t>(table, column);
}

std::vector<uint64_t> UInt64s(const arrow::Table& table, const std::string& column) {
  return Values<arrow::UInt64Array, uint64_t>(table, column);
}

struct TestStreamCallbacks {
  static TestStream& Self(ArrowArrayStream* stream) {
    return *static_cast<TestStream*>(stream->private_data);
  }
  static int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
    if (Self(stream).options_.fail_schema) return Self(stream).options_.error_number;
    return arrow::ExportSchema(*IdSchema(), out).ok() ? 0 : 12;
  }
  static int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
    TestStream& self = Self(stream);
    if (self.batches_read_ == self.options_.fail_after) return self.options_.error_number;
    *out = {};
    if (self.batches_read_ == self.options_.batches) return 0;
    int64_t first = self.batches_read_++ * 10;
    return arrow::ExportRecordBatch(*NumbersBatch(first, 10), out).ok() ? 0 : 12;
  }
  static const char* GetLastError(ArrowArrayStream* stream) {
    return Self(stream).options_.without_text ? nullptr : "the producer\nbroke";
  }
  static void Release(ArrowArrayStream* stream) {
    ++Self(stream).releases_;
    stream->release = nullptr;
  }
};

TestStream::TestStream(Options options) : options_(options) {
  stream_.get_schema = &TestStreamCallbacks::GetSchema;
  stream_.get_next = &TestStreamCallbacks::GetNext;
  stream_.get_last_error = &TestStreamCallbacks::GetLastError;
  stream_.release = &TestStreamCallbacks::Release;
  stream_.private_data = this;
}

TestStream::~TestStream() {
  if (stream_.release != nullptr) stream_.release(&stream_);
}

BridgeTest::BridgeTest() {
  std::string pattern = (std::filesystem::temp_directory_path() / "metaxy-bridge-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = std::filesystem::canonical(pattern);
  connection_ = Connect();
}

BridgeTest::~BridgeTest() {
  std::error_code code;
  std::filesystem::remove_all(directory_, code);
}

std::shared_ptr<LanceConnection> BridgeTest::Connect() const {
  return Must(LanceConnection::Connect({.uri = (directory_ / "db").string()}));
}

std::unique_ptr<LanceTable> BridgeTest::Create(const std::string& name, Rows rows) {
  return Must(connection_->CreateTable(name, std::move(rows)));
}

std::filesystem::path BridgeTest::FileOf(const std::string& table, const std::string& begin) const {
  std::filesystem::path root = directory_ / "db" / (table + ".lance");
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    if (entry.path().lexically_relative(root).string().starts_with(begin)) found.push_back(entry);
  }
  if (found.size() != 1) {
    throw std::runtime_error(std::to_string(found.size()) + " files begin with " + begin);
  }
  return found.front();
}

CHandles::CHandles(const std::filesystem::path& directory) {
  std::string uri = (directory / "c-db").string();
  mxl_connect_options options{};
  options.struct_size = sizeof(options);
  options.uri = Text(uri);
  CError error;
  TestStream rows;
  if (mxl_connect(&options, &connection, &error) != MXL_OK ||
      mxl_table_create(connection, Text("t"), rows.get(), nullptr, &table, &error) != MXL_OK) {
    mxl_connection_free(connection);
    throw std::runtime_error(error.text());
  }
}

CHandles::~CHandles() {
  mxl_table_free(table);
  mxl_connection_free(connection);
}

}  // namespace metaxy::internal
