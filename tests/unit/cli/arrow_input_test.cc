// Parquet and Arrow IPC input: every Arrow type, damaged files, and format detection.
#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/extension/bool8.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/extension_type.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <random>
#include <string>
#include <vector>

#include "cli/frame_reader.h"
#include "support/matchers.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

using cli::FrameSource;
using Type = std::shared_ptr<arrow::DataType>;

enum class Container { kIpcFile, kIpcStream, kParquet };
constexpr Container kContainers[] = {Container::kIpcFile, Container::kIpcStream,
                                     Container::kParquet};

std::string NameOf(Container container) {
  return container == Container::kParquet ? "a.parquet" : "a.arrow";
}

// The bytes of a file; empty if Parquet has no such type.
arrow::Result<std::string> BytesOf(const arrow::Table& table, Container container,
                                   arrow::Compression::type compression = {}) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, arrow::io::BufferOutputStream::Create());
  if (container == Container::kParquet) {
    const auto properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    ARROW_RETURN_NOT_OK(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink, 1024,
                                                   parquet::default_writer_properties(),
                                                   properties));
  } else {
    auto options = arrow::ipc::IpcWriteOptions::Defaults();
    if (compression != arrow::Compression::UNCOMPRESSED) {
      ARROW_ASSIGN_OR_RAISE(options.codec, arrow::util::Codec::Create(compression));
    }
    ARROW_ASSIGN_OR_RAISE(const auto writer,
                          container == Container::kIpcFile
                              ? arrow::ipc::MakeFileWriter(sink, table.schema(), options)
                              : arrow::ipc::MakeStreamWriter(sink, table.schema(), options));
    ARROW_RETURN_NOT_OK(writer->WriteTable(table));
    ARROW_RETURN_NOT_OK(writer->Close());
  }
  ARROW_ASSIGN_OR_RAISE(const auto buffer, sink->Finish());
  return buffer->ToString();
}

std::shared_ptr<arrow::Array> Values(const Type& type, const std::string& json) {
  return Get(arrow::json::ArrayFromJSONString(type, json));
}

std::shared_ptr<arrow::Table> TableOf(const std::shared_ptr<arrow::Array>& column) {
  return arrow::Table::Make(arrow::schema({arrow::field("a", column->type())}), {column});
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadBytes(const std::string& name,
                                                       const std::string& bytes) {
  TempDir directory;
  const auto path = directory.Write(name, bytes);
  ARROW_ASSIGN_OR_RAISE(const auto source, FrameSource::Open(path.string()));
  ARROW_ASSIGN_OR_RAISE(const auto rows, source->Read());
  return rows->ToTable();
}

class UnknownExtension : public arrow::ExtensionType {
 public:
  UnknownExtension() : arrow::ExtensionType(arrow::int64()) {}
  std::string extension_name() const override { return "of.nobody"; }
  bool ExtensionEquals(const arrow::ExtensionType& other) const override {
    return other.extension_name() == extension_name();
  }
  std::shared_ptr<arrow::Array> MakeArray(std::shared_ptr<arrow::ArrayData> data) const override {
    return std::make_shared<arrow::ExtensionArray>(std::move(data));
  }
  arrow::Result<Type> Deserialize(Type, const std::string&) const override {
    return std::make_shared<UnknownExtension>();
  }
  std::string Serialize() const override { return "x"; }
};

struct TypeCase {
  std::shared_ptr<arrow::Array> given;
  Type expected;  // of the same values
  std::string values;
  Type in_parquet = nullptr;  // if Parquet itself only has a different type
};

TypeCase Same(const Type& type, const std::string& values, Type in_parquet = nullptr) {
  return {Values(type, values), type, values, std::move(in_parquet)};
}

TypeCase Becomes(const Type& type, const Type& expected, const std::string& values,
                 Type in_parquet = nullptr) {
  return {Values(type, values), expected, values, std::move(in_parquet)};
}

TypeCase Extension(const Type& type, const std::string& values) {
  const auto& storage = static_cast<const arrow::ExtensionType&>(*type).storage_type();
  return {arrow::ExtensionType::WrapArray(type, Values(storage, values)), storage, values};
}

std::vector<TypeCase> PlainCases() {
  using arrow::TimeUnit;
  const std::string ints = "[1, null, 0]";
  const std::string texts = R"(["a", null, "a text of some length"])";
  const std::string decimals = R"(["1.50", null, "-2.25"])";
  const std::string lists = "[[1], null, [], [2, null]]";
  std::vector<TypeCase> cases = {
      Same(arrow::null(), "[null, null]"),
      Same(arrow::boolean(), "[true, null, false]"),
      Same(arrow::int8(), "[-128, null, 127]"),
      Same(arrow::uint8(), ints),
      Same(arrow::int16(), ints),
      Same(arrow::uint16(), ints),
      Same(arrow::int32(), ints),
      Same(arrow::uint32(), ints),
      Same(arrow::int64(), "[-9223372036854775808, null, 9223372036854775807]"),
      Same(arrow::uint64(), "[18446744073709551615, null]"),
      Same(arrow::float16(), "[0.5, null, 65504]"),
      Same(arrow::float32(), "[0.1, null, -1]"),
      Same(arrow::float64(), "[0.1, null, -1]"),
      Same(arrow::utf8(), texts),
      Same(arrow::large_utf8(), texts),
      Becomes(arrow::utf8_view(), arrow::large_utf8(), texts),
      Same(arrow::binary(), texts),
      Same(arrow::large_binary(), texts),
      Becomes(arrow::binary_view(), arrow::large_binary(), texts),
      Same(arrow::fixed_size_binary(2), R"(["ab", null, "cd"])"),
      Same(arrow::date32(), ints),
      Same(arrow::date64(), "[0, null, 86400000]", arrow::date32()),
      Same(arrow::timestamp(TimeUnit::SECOND), ints, arrow::timestamp(TimeUnit::MILLI)),
      Same(arrow::timestamp(TimeUnit::MILLI), ints),
      Same(arrow::timestamp(TimeUnit::MICRO), ints),
      Same(arrow::timestamp(TimeUnit::NANO), ints),
      Same(arrow::timestamp(TimeUnit::MICRO, "Europe/Berlin"), ints),
      Same(arrow::time32(TimeUnit::SECOND), ints, arrow::time32(TimeUnit::MILLI)),
      Same(arrow::time32(TimeUnit::MILLI), ints),
      Same(arrow::time64(TimeUnit::MICRO), ints),
      Same(arrow::time64(TimeUnit::NANO), ints),
      Same(arrow::duration(TimeUnit::MILLI), ints),
      Becomes(arrow::decimal32(5, 2), arrow::decimal128(5, 2), decimals),
      Becomes(arrow::decimal64(12, 2), arrow::decimal128(12, 2), decimals),
      Same(arrow::decimal128(38, 2), decimals),
      Becomes(arrow::decimal256(38, 2), arrow::decimal128(38, 2), decimals),
      Same(arrow::list(arrow::field("element", arrow::int64())), lists),
      Same(arrow::large_list(arrow::field("element", arrow::int64())), lists),
      Becomes(arrow::list_view(arrow::field("element", arrow::int64())),
              arrow::list(arrow::field("element", arrow::int64())), lists),
      Becomes(arrow::large_list_view(arrow::field("element", arrow::utf8_view())),
              arrow::large_list(arrow::field("element", arrow::large_utf8())),
              R"([["x"], null, [], ["y", null]])"),
      Same(arrow::fixed_size_list(arrow::field("element", arrow::float16()), 2),
           "[[0.5, 1], null, [2, 3]]"),
      Same(arrow::struct_({arrow::field("b", arrow::int64()), arrow::field("c", arrow::utf8())}),
           R"([{"b": 1, "c": "x"}, null, {"b": null, "c": "y"}])"),
      Becomes(arrow::struct_({arrow::field("b", arrow::utf8_view())}),
              arrow::struct_({arrow::field("b", arrow::large_utf8())}),
              R"([{"b": "x"}, {"b": null}])"),
      Same(arrow::map(arrow::utf8(), arrow::int64()), R"([[["k", 1]], null, []])"),
      Same(arrow::dictionary(arrow::int32(), arrow::utf8()), R"(["a", null, "b", "a"])"),
      Extension(arrow::extension::json(arrow::utf8()), R"(["{}", null, "[1]"])"),
      Extension(arrow::extension::uuid(), R"(["0123456789abcdef", null])"),
      Extension(arrow::extension::bool8(), "[1, null, 0]"),
      Extension(std::make_shared<UnknownExtension>(), "[1, null]"),
  };
  return cases;
}

TEST(ArrowInput, HasEveryTypeInEveryFormat) {
  for (const TypeCase& example : PlainCases()) {
    for (const Container container : kContainers) {
      SCOPED_TRACE(example.given->type()->ToString() + " in " + NameOf(container));
      const auto bytes = BytesOf(*TableOf(example.given), container);
      ASSERT_THAT(bytes, IsOk());
      const auto table = ReadBytes(NameOf(container), *bytes);
      ASSERT_THAT(table, IsOk());
      const bool other = container == Container::kParquet && example.in_parquet != nullptr;
      const Type& type = other ? example.in_parquet : example.expected;
      ASSERT_TRUE((*table)->field(0)->type()->Equals(*type)) << (*table)->schema()->ToString();
      EXPECT_TRUE(!(*table)->field(0)->HasMetadata() ||
                  !(*table)->field(0)->metadata()->Contains("ARROW:extension:name"));
      auto expected = Values(example.expected, example.values);
      if (other) expected = Get(arrow::compute::Cast(*expected, type));
      EXPECT_TRUE((*table)->column(0)->Equals(arrow::ChunkedArray(expected)))
          << (*table)->ToString();
    }
  }
}

TEST(ArrowInput, DecodesRuns) {
  const auto runs = Get(arrow::RunEndEncodedArray::Make(3, Values(arrow::int32(), "[2, 3]"),
                                                        Values(arrow::utf8(), R"(["x", null])")));
  const auto lists =
      Get(arrow::ListArray::FromArrays(*Values(arrow::int32(), "[0, 1, 1, 3]"), *runs));
  for (const Container container : {Container::kIpcFile, Container::kIpcStream}) {
    auto table = Get(ReadBytes("a.arrow", Get(BytesOf(*TableOf(runs), container))));
    EXPECT_TRUE(table->column(0)->Equals(
        arrow::ChunkedArray(Values(arrow::utf8(), R"(["x", "x", null])"))));
    table = Get(ReadBytes("a.arrow", Get(BytesOf(*TableOf(lists), container))));
    EXPECT_TRUE(table->column(0)->Equals(
        arrow::ChunkedArray(Values(arrow::list(arrow::utf8()), R"([["x"], [], ["x", null]])"))));
  }
}

TEST(ArrowInput, RefusesTypesThatTablesCannotHoldByName) {
  const auto sparse = Get(arrow::SparseUnionArray::Make(*Values(arrow::int8(), "[0]"),
                                                        {Values(arrow::int64(), "[1]")}));
  const auto dense = Get(arrow::DenseUnionArray::Make(*Values(arrow::int8(), "[0]"),
                                                      *Values(arrow::int32(), "[0]"),
                                                      {Values(arrow::int64(), "[1]")}));
  for (const auto& column :
       {std::shared_ptr<arrow::Array>(sparse), std::shared_ptr<arrow::Array>(dense),
        Values(arrow::month_day_nano_interval(), "[[1, 2, 3]]"),
        Values(arrow::day_time_interval(), "[[1, 2]]"), Values(arrow::month_interval(), "[1]"),
        Values(arrow::decimal256(39, 2), R"(["1.50"])"),
        Values(arrow::list(arrow::month_interval()), "[[1]]")}) {
    SCOPED_TRACE(column->type()->ToString());
    EXPECT_THAT(ReadBytes("a.arrow", Get(BytesOf(*TableOf(column), Container::kIpcFile))),
                FailsWith(ErrorCode::kInvalidInput, "column 'a' is of type "));
  }
  const auto inside =
      Values(arrow::struct_({arrow::field("b", arrow::month_interval())}), R"([{"b": 1}])");
  EXPECT_THAT(ReadBytes("a.arrow", Get(BytesOf(*TableOf(inside), Container::kIpcFile))),
              FailsWith(ErrorCode::kInvalidInput, "column 'a.b' is of type month_interval"));
}

std::string Int96(const Type& type, const std::string& values) {
  const auto sink = Get(arrow::io::BufferOutputStream::Create());
  const auto properties =
      parquet::ArrowWriterProperties::Builder().enable_deprecated_int96_timestamps()->build();
  const auto written =
      parquet::arrow::WriteTable(*TableOf(Values(type, values)), arrow::default_memory_pool(), sink,
                                 1024, parquet::default_writer_properties(), properties);
  EXPECT_THAT(written, IsOk());
  return Get(sink->Finish())->ToString();
}

TEST(ArrowInput, ReadsTimesOfInt96) {
  using arrow::TimeUnit;
  const Type micros = arrow::timestamp(TimeUnit::MICRO);
  const Type nanos = arrow::timestamp(TimeUnit::NANO);
  const std::string near = R"(["2024-05-01 10:00:00.123456", null, "1700-01-01"])";
  const std::string far = R"(["0001-01-01", null, "9999-12-31 23:59:59.999999"])";
  auto table = Get(ReadBytes("a.parquet", Int96(micros, near)));
  EXPECT_TRUE(table->column(0)->Equals(arrow::ChunkedArray(Values(nanos, near))))
      << table->ToString();
  // Years outside the range of nanoseconds.
  table = Get(ReadBytes("a.parquet", Int96(micros, far)));
  EXPECT_TRUE(table->column(0)->Equals(arrow::ChunkedArray(Values(micros, far))))
      << table->ToString();
}

TEST(ArrowInput, MakesVersionsFromCategories) {
  TempDir directory;
  const auto categories = arrow::dictionary(arrow::int32(), arrow::utf8());
  const auto column = Values(categories, R"(["a", null, "b"])");
  const auto path = directory.Write("a.arrow", Get(BytesOf(*TableOf(column), Container::kIpcFile)));
  const auto source = Get(FrameSource::Open(path.string()));
  source->SetProvenance({{"x", "a"}, {"y_z", "a"}});
  const auto table = Get(Get(source->Read())->ToTable());
  const auto member = [](const char* name) { return arrow::field(name, arrow::utf8()); };
  EXPECT_TRUE(
      table->GetColumnByName("metaxy_provenance_by_field")
          ->Equals(arrow::ChunkedArray(Values(arrow::struct_({member("x"), member("y_z")}),
                                              R"([{"x": "a", "y_z": "a"}, {"x": null, "y_z": null},
                          {"x": "b", "y_z": "b"}])"))))
      << table->ToString();
  EXPECT_TRUE(table->column(0)->Equals(arrow::ChunkedArray(column)));
}

TEST(ArrowInput, ReadsCompressedBatches) {
  const auto column = Values(arrow::utf8(), R"(["a", null, "a text of some length"])");
  for (const auto compression : {arrow::Compression::LZ4_FRAME, arrow::Compression::ZSTD}) {
    for (const Container container : {Container::kIpcFile, Container::kIpcStream}) {
      const auto table =
          Get(ReadBytes("a.arrow", Get(BytesOf(*TableOf(column), container, compression))));
      EXPECT_TRUE(table->column(0)->Equals(arrow::ChunkedArray(column)));
    }
  }
}

std::string Compressed(const std::string& bytes, arrow::Compression::type type) {
  const auto codec = Get(arrow::util::Codec::Create(type));
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int64_t>(bytes.size());
  std::string compressed(static_cast<size_t>(codec->MaxCompressedLen(size, data)), '\0');
  const int64_t length = Get(codec->Compress(size, data, static_cast<int64_t>(compressed.size()),
                                             reinterpret_cast<uint8_t*>(compressed.data())));
  compressed.resize(static_cast<size_t>(length));
  return compressed;
}

TEST(InputFormat, IsKnownByNameAndContent) {
  const auto column = Values(arrow::int64(), "[1]");
  const std::string parquet = Get(BytesOf(*TableOf(column), Container::kParquet));
  const std::string file = Get(BytesOf(*TableOf(column), Container::kIpcFile));
  const std::string stream = Get(BytesOf(*TableOf(column), Container::kIpcStream));
  const std::string lines = "{\"a\":1}\n";
  const std::string csv = "a\n1\n";
  const auto gzip = [](const std::string& bytes) {
    return Compressed(bytes, arrow::Compression::GZIP);
  };
  const auto zstd = [](const std::string& bytes) {
    return Compressed(bytes, arrow::Compression::ZSTD);
  };
  struct Case {
    std::string name;
    std::string bytes;
    std::string words;  // of the refusal, if it is one
  };
  const std::vector<Case> cases = {
      {"rows", parquet},
      {"rows", file},
      {"rows", stream},
      {"rows", lines},
      {"rows", csv},
      {"rows.json", lines},
      {"rows.txt", csv},
      {"rows.bin", gzip(parquet)},
      {"rows", gzip(lines)},
      {"rows", zstd(csv)},
      {"rows.JSONL", lines},
      {"rows.pq", parquet},
      {"rows.feather", file},
      {"rows.ipc", stream},
      {"rows.jsonl.gz", gzip(lines)},
      {"rows.csv.gz", gzip(csv)},
      {"rows.csv.zst", zstd(csv)},
      {"rows.parquet.gz", gzip(parquet)},
      {"rows.arrow.zst", zstd(stream)},
      {"two.csv.gz", gzip("a\n") + gzip("1\n")},
      {"rows.parquet", csv, "its name says that it is Parquet, but its content is CSV"},
      {"rows.parquet", "", "its name says that it is Parquet, but its content is empty"},
      {"rows.arrow", csv, "its name says that it is Arrow IPC, but its content is CSV"},
      {"rows.arrow", lines, "its name says that it is Arrow IPC, but its content is JSON"},
      {"rows.arrow", parquet, "its name says that it is Arrow IPC, but its content is Parquet"},
      {"rows.csv", lines, "its name says that it is CSV, but its content is JSON"},
      {"rows.csv", stream, "its name says that it is CSV, but its content is Arrow IPC"},
      {"rows.jsonl", parquet, "its name says that it is JSON lines, but its content is Parquet"},
      {"rows.jsonl", "a\n1\n", "line 1: it is not valid JSON"},
      {"rows.csv",
       std::string("\xFF\xFE"
                   "a\0\n\0",
                   6),
       "UTF-16"},
      {"rows.csv", gzip(csv), "its content is compressed by gzip (.gz)"},
      {"rows.csv.gz", csv, "its content is not compressed"},
      {"rows.csv.gz", zstd(csv), "its content is compressed by Zstandard (.zst)"},
      {"rows.feather", "FEA1....", "Feather of version 1"},
      {"rows", std::string("\0\1\2", 3), "its content is neither Parquet, Arrow IPC, CSV nor JSON"},
      {"rows.json", "[{\"a\":1}]", "line 1: it is not an object"},
  };
  for (const Case& example : cases) {
    SCOPED_TRACE(example.name + ": " + example.bytes.substr(0, 8) + example.words);
    const auto table = ReadBytes(example.name, example.bytes);
    if (!example.words.empty()) {
      EXPECT_THAT(table, FailsWith(ErrorCode::kInvalidInput, example.words));
      continue;
    }
    ASSERT_THAT(table, IsOk());
    EXPECT_TRUE((*table)->column(0)->Equals(arrow::ChunkedArray(column)));
  }
}

TEST(InputFormat, RefusesWhatIsCutOff) {
  const auto column = Values(arrow::utf8(), R"(["a", "bb", "ccc"])");
  for (const Container container : kContainers) {
    const std::string bytes = Get(BytesOf(*TableOf(column), container));
    for (const size_t left : {size_t{8}, size_t{20}, bytes.size() / 2}) {
      EXPECT_THAT(ReadBytes(NameOf(container), bytes.substr(0, left)),
                  FailsWith(ErrorCode::kInvalidInput, "cannot read "));
    }
  }
  std::string many = "a\n";
  for (int i = 0; i < 1000; ++i) many += std::to_string(i * 7919) + "\n";
  const std::string packed = Compressed(many, arrow::Compression::GZIP);
  EXPECT_THAT(ReadBytes("a.csv.gz", packed.substr(0, packed.size() - 20)),
              FailsWith(ErrorCode::kInvalidInput, "cannot read "));
}

// Whatever a damaged file contains, nothing is read beyond its end, and the message is one line.
TEST(InputFormat, SurvivesDamage) {
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("t", arrow::utf8()),
                     arrow::field("l", arrow::list(arrow::utf8())),
                     arrow::field("d", arrow::dictionary(arrow::int8(), arrow::utf8()))}),
      {Values(arrow::utf8(), R"(["a", null, "ccc"])"),
       Values(arrow::list(arrow::utf8()), R"([["a"], null, ["bb", "c"]])"),
       Values(arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["x", "y", "x"])")});
  std::mt19937 random(1);
  for (const Container container : kContainers) {
    const std::string whole = Get(BytesOf(*table, container));
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
      std::string bytes = whole;
      for (int j = 0; j < 3; ++j) bytes[random() % bytes.size()] = static_cast<char>(random());
      const auto read = ReadBytes(NameOf(container), bytes);
      if (read.ok()) continue;
      ++refused;
      EXPECT_EQ(read.status().message().find('\n'), std::string::npos);
    }
    EXPECT_GT(refused, 0);
  }
}

}  // namespace
}  // namespace metaxy::testing
