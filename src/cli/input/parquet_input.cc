#include "cli/input/parquet_input.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Reader = arrow::RecordBatchReader;

// Bytes read at a time of each column.
constexpr int64_t kReadBuffer = int64_t{256} << 10;

// The rows of a file, by one reader or by one for each of its row groups.
class ParquetReader : public Reader {
 public:
  ParquetReader(std::shared_ptr<parquet::arrow::FileReader> file,
                std::shared_ptr<arrow::Schema> schema, std::vector<std::vector<int>> groups)
      : file_(std::move(file)), schema_(std::move(schema)), groups_(std::move(groups)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    while (true) {
      if (rows_ != nullptr) ARROW_RETURN_NOT_OK(rows_->ReadNext(batch));
      if (*batch != nullptr || next_ == groups_.size()) return arrow::Status::OK();
      ARROW_ASSIGN_OR_RAISE(rows_, file_->GetRecordBatchReader(groups_[next_++]));
    }
  }

 private:
  std::shared_ptr<parquet::arrow::FileReader> file_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::vector<int>> groups_;
  size_t next_ = 0;
  std::shared_ptr<Reader> rows_;
};

bool HasDictionary(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) return true;
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return HasDictionary(*field->type()); });
}

// Arrow cannot combine categories of several row groups inside lists or structs ("Nested data
// conversions not implemented for chunked array outputs").
bool MustReadGroupByGroup(const arrow::Schema& schema) {
  return std::any_of(schema.fields().begin(), schema.fields().end(), [](const auto& field) {
    return field->type()->num_fields() > 0 && HasDictionary(*field->type());
  });
}

// About how many bytes the values of a column take once they are decoded: repeated ones are stored
// once, so that the file itself says little.
int64_t DecodedBytes(const parquet::ColumnChunkMetaData& column,
                     const parquet::ColumnDescriptor& descriptor) {
  int64_t width = 0;
  switch (descriptor.physical_type()) {
    case parquet::Type::INT32:
    case parquet::Type::FLOAT:
      width = 4;
      break;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      width = descriptor.type_length();
      break;
    case parquet::Type::BOOLEAN:
      break;
    default:
      width = 8;
  }
  return std::max(column.total_uncompressed_size(), column.num_values() * width);
}

// Rows of a batch, so that it takes as many bytes as memory allows. Arrow fails for texts of more
// than 2 GiB in one batch of nested columns.
int64_t BatchRows(const parquet::FileMetaData& file) {
  constexpr int64_t kRows = 65536;
  int64_t bytes = 0;
  for (int group = 0; group < file.num_row_groups(); ++group) {
    const auto metadata = file.RowGroup(group);
    for (int column = 0; column < metadata->num_columns(); ++column)
      bytes += DecodedBytes(*metadata->ColumnChunk(column), *file.schema()->Column(column));
  }
  const int64_t width = bytes / std::max<int64_t>(file.num_rows(), 1);
  return std::clamp<int64_t>(internal::MemoryScope::Current().batch() / std::max<int64_t>(width, 1),
                             1, kRows);
}

// The unit that the values of INT96 columns require: they hold nanoseconds and any year, timestamps
// cannot hold both.
struct Int96Times {
  bool beyond_nanoseconds = false;  // a year outside of 1677 to 2262
  bool has_nanoseconds = false;     // that microseconds would lose

  void Add(const parquet::Int96& value) {
    constexpr int64_t kJulianEpoch = 2440588;
    constexpr int64_t kDay = int64_t{86400} * 1000000000;
    const uint64_t nanos = (uint64_t{value.value[1]} << 32) | value.value[0];
    int64_t midnight = 0;
    int64_t time = 0;
    beyond_nanoseconds |=
        __builtin_mul_overflow(int64_t{value.value[2]} - kJulianEpoch, kDay, &midnight) ||
        __builtin_add_overflow(midnight, nanos, &time);
    has_nanoseconds |= nanos % 1000 != 0;
  }
};

void AddColumn(const std::shared_ptr<parquet::ColumnReader>& column, Int96Times* times) {
  auto& reader = static_cast<parquet::Int96Reader&>(*column);
  constexpr int64_t kBatch = 4096;
  std::array<parquet::Int96, kBatch> values;
  std::array<int16_t, kBatch> definitions;
  std::array<int16_t, kBatch> repetitions;
  while (reader.HasNext()) {
    int64_t count = 0;
    reader.ReadBatch(kBatch, definitions.data(), repetitions.data(), values.data(), &count);
    for (int64_t i = 0; i < count; ++i) times->Add(values[static_cast<size_t>(i)]);
  }
}

// The unit in which all INT96 values of the file are exact.
arrow::Result<arrow::TimeUnit::type> UnitOfInt96(parquet::ParquetFileReader* file) {
  const parquet::SchemaDescriptor& schema = *file->metadata()->schema();
  Int96Times all;
  for (int column = 0; column < schema.num_columns(); ++column) {
    if (schema.Column(column)->physical_type() != parquet::Type::INT96) continue;
    Int96Times times;
    for (int group = 0; group < file->metadata()->num_row_groups(); ++group)
      AddColumn(file->RowGroup(group)->Column(column), &times);
    all.beyond_nanoseconds |= times.beyond_nanoseconds;
    all.has_nanoseconds |= times.has_nanoseconds;
    if (!all.beyond_nanoseconds || !all.has_nanoseconds) continue;
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("column {}: its INT96 timestamps reach beyond the years 1677 to 2262 and have "
                    "nanoseconds, which no single timestamp type can hold; write them as TIMESTAMP",
                    Quote(schema.Column(column)->path()->ToDotString())));
  }
  return all.beyond_nanoseconds ? arrow::TimeUnit::MICRO : arrow::TimeUnit::NANO;
}

}  // namespace

arrow::Result<std::shared_ptr<Reader>> ReadParquet(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file) {
  parquet::arrow::FileReaderBuilder builder;
  // Pages are read as they are needed: a row group of wide rows is as large as the file.
  parquet::ReaderProperties reading(arrow::default_memory_pool());
  reading.enable_buffered_stream();
  reading.set_buffer_size(kReadBuffer);
  ARROW_RETURN_NOT_OK(builder.Open(file, reading));
  parquet::ArrowReaderProperties properties;
  properties.set_batch_size(BatchRows(*builder.raw_reader()->metadata()));
  properties.set_use_threads(true);
  properties.set_pre_buffer(false);
  ARROW_ASSIGN_OR_RAISE(const auto unit, UnitOfInt96(builder.raw_reader()));
  properties.set_coerce_int96_timestamp_unit(unit);
  std::unique_ptr<parquet::arrow::FileReader> opened;
  ARROW_RETURN_NOT_OK(
      builder.memory_pool(arrow::default_memory_pool())->properties(properties)->Build(&opened));
  std::shared_ptr<parquet::arrow::FileReader> owner = std::move(opened);
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(owner->GetSchema(&schema));
  std::vector<int> all(static_cast<size_t>(owner->num_row_groups()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::vector<int>> groups;
  if (MustReadGroupByGroup(*schema)) {
    for (const int group : all) groups.push_back({group});
  } else {
    groups.push_back(std::move(all));
  }
  return std::make_shared<ParquetReader>(std::move(owner), std::move(schema), std::move(groups));
}

}  // namespace metaxy::cli
