// Every Arrow type in every file format, to a file and to a pipe. The expected text is that of
// Polars, or, where Polars has no such type or refuses it, written by hand.
#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/extension/bool8.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <future>
#include <sstream>

#include "cli/output/frame_writer.h"
#include "cli/output/row_text.h"
#include "metaxy/errors.h"
#include "support/temp_dir.h"

namespace metaxy::cli {
namespace {

using arrow::TimeUnit;
using ::testing::HasSubstr;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

enum class Parquet {
  kEqual,    // is read back unchanged
  kOther,    // is read back as a different type with the same text
  kRefused,  // is refused, naming the column
};

struct Case {
  std::string name;
  std::function<ArrayPtr()> make;
  std::vector<std::string> json;
  std::vector<std::string> csv;
  Parquet parquet = Parquet::kEqual;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

std::function<ArrayPtr()> Of(TypePtr type, std::string json) {
  return [type = std::move(type), json = std::move(json)] {
    return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  };
}

std::function<ArrayPtr()> Extension(TypePtr type, std::string json) {
  return [type = std::move(type), json = std::move(json)] {
    const auto& storage = static_cast<const arrow::ExtensionType&>(*type).storage_type();
    return arrow::ExtensionType::WrapArray(
        type, arrow::json::ArrayFromJSONString(storage, json).ValueOrDie());
  };
}

// A slice, to cover offsets other than 0.
std::function<ArrayPtr()> SliceOf(TypePtr type, std::string json) {
  return [make = Of(std::move(type), std::move(json))] { return make()->Slice(1); };
}

ArrayPtr Bytes() {
  arrow::BinaryBuilder builder;
  EXPECT_TRUE(builder.Append(std::string("\xff\x00\x22", 3)).ok());
  EXPECT_TRUE(builder.AppendNull().ok());
  return builder.Finish().ValueOrDie();
}

std::function<ArrayPtr()> BytesAs(TypePtr type) {
  return [type = std::move(type)] { return arrow::compute::Cast(*Bytes(), type).ValueOrDie(); };
}

ArrayPtr BytesInViews() {
  arrow::BinaryViewBuilder builder;
  EXPECT_TRUE(builder.Append("\xff").ok());
  EXPECT_TRUE(builder.AppendNull().ok());
  return builder.Finish().ValueOrDie();
}

template <class Builder, class Value>
ArrayPtr Built(const std::vector<Value>& values) {
  Builder builder;
  for (const Value& value : values) EXPECT_TRUE(builder.Append(value).ok());
  EXPECT_TRUE(builder.AppendNull().ok());
  return builder.Finish().ValueOrDie();
}

ArrayPtr Runs() {
  const ArrayPtr texts = Of(arrow::utf8(), R"(["x", "a", "a", null])")();
  return arrow::compute::RunEndEncode(texts).ValueOrDie().make_array()->Slice(1);
}

ArrayPtr Union(bool dense) {
  const ArrayPtr types = Of(arrow::int8(), "[0, 1, 0]")();
  if (dense) {
    return arrow::DenseUnionArray::Make(
               *types, *Of(arrow::int32(), "[0, 0, 1]")(),
               {Of(arrow::int64(), "[5, null]")(), Of(arrow::utf8(), "[\"a\"]")()})
        .ValueOrDie();
  }
  return arrow::SparseUnionArray::Make(*types, {Of(arrow::int64(), "[5, 6, null]")(),
                                                Of(arrow::utf8(), R"(["x", "a", "y"])")()})
      .ValueOrDie();
}

ArrayPtr NullInDictionary() {
  return arrow::DictionaryArray::FromArrays(Of(arrow::int8(), "[1, 0, null]")(),
                                            Of(arrow::utf8(), R"([null, "a"])")())
      .ValueOrDie();
}

ArrayPtr HundredsInDecimals() {
  arrow::Decimal128Builder builder(arrow::decimal128(5, -2));
  EXPECT_TRUE(builder.Append(arrow::Decimal128(123)).ok());
  EXPECT_TRUE(builder.Append(arrow::Decimal128(0)).ok());
  return builder.Finish().ValueOrDie();
}

ArrayPtr StructsInDictionary() {
  return arrow::DictionaryArray::FromArrays(
             Of(arrow::int8(), "[0, null]")(),
             Of(arrow::struct_({arrow::field("a", arrow::int64())}), "[{\"a\": 1}]")())
      .ValueOrDie();
}

std::vector<Case> Numbers() {
  const std::vector<std::string> one = {"1", "null"};
  const std::vector<std::string> plain = {"1", ""};
  std::vector<Case> cases = {
      {"null", Of(arrow::null(), "[null, null]"), {"null", "null"}, {"", ""}},
      {"bool",
       Of(arrow::boolean(), "[true, false, null]"),
       {"true", "false", "null"},
       {"true", "false", ""}},
      {"int64",
       Of(arrow::int64(), "[-9223372036854775808, 9223372036854775807]"),
       {"-9223372036854775808", "9223372036854775807"},
       {"-9223372036854775808", "9223372036854775807"}},
      {"uint64",
       Of(arrow::uint64(), "[18446744073709551615, null]"),
       {"18446744073709551615", "null"},
       {"18446744073709551615", ""}},
      {"half",
       Of(arrow::float16(), "[1, 0.1, NaN, -Inf, null]"),
       {"1.0", "0.099975586", "null", "null", "null"},
       {"1.0", "0.099975586", "NaN", "-inf", ""}},
      {"float",
       Of(arrow::float32(), "[0.1, 1e12, 1e13, 1e-6, 1e-7, 123456792, NaN, Inf, null]"),
       {"0.1", "1000000000000.0", "1e+13", "0.000001", "1e-7", "123456790.0", "null", "null",
        "null"},
       {"0.1", "1000000000000.0", "1e+13", "0.000001", "1e-7", "123456790.0", "NaN", "inf", ""}},
      {"double",
       Of(arrow::float64(),
          "[1, 0.1, 1e15, 1e16, 1e-5, 1e-6, 1.5e-6, 123456789012345680, -0.0, "
          "NaN, Inf, -Inf, null]"),
       {"1.0", "0.1", "1000000000000000.0", "1e+16", "0.00001", "1e-6", "1.5e-6",
        "1.2345678901234568e+17", "-0.0", "null", "null", "null", "null"},
       {"1.0", "0.1", "1000000000000000.0", "1e+16", "0.00001", "1e-6", "1.5e-6",
        "1.2345678901234568e+17", "-0.0", "NaN", "inf", "-inf", ""}},
      {"decimal32",
       Of(arrow::decimal32(5, 2), R"(["1.50", "-0.05", null])"),
       {"\"1.50\"", "\"-0.05\"", "null"},
       {"1.50", "-0.05", ""}},
      {"decimal64",
       Of(arrow::decimal64(10, 0), R"(["-12", null])"),
       {"\"-12\"", "null"},
       {"-12", ""}},
      // Arrow's own text of the first one is 1E-10.
      {"decimal128",
       Of(arrow::decimal128(20, 10), R"(["0.0000000001", "-1.5000000000"])"),
       {"\"0.0000000001\"", "\"-1.5000000000\""},
       {"0.0000000001", "-1.5000000000"}},
      {"decimal128 before the point",
       HundredsInDecimals,
       {"\"12300\"", "\"0\""},
       {"12300", "0"},
       Parquet::kRefused},
      {"decimal256",
       Of(arrow::decimal256(60, 1),
          R"(["12345678901234567890123456789012345678901234567890.5", null])"),
       {"\"12345678901234567890123456789012345678901234567890.5\"", "null"},
       {"12345678901234567890123456789012345678901234567890.5", ""}}};
  for (const TypePtr& type : {arrow::int8(), arrow::int16(), arrow::int32(), arrow::uint8(),
                              arrow::uint16(), arrow::uint32()})
    cases.push_back({type->ToString(), Of(type, "[1, null]"), one, plain});
  return cases;
}

std::vector<Case> Texts() {
  const std::string text = R"(["a\u00e9\u2028\u0001\u007f\n\"\\/, b and more, 😀", "", null])";
  const std::vector<std::string> json = {R"("aé)"
                                         "\xE2\x80\xA8"
                                         R"(\u0001)"
                                         "\x7f"
                                         R"(\n\"\\/, b and more, 😀")",
                                         "\"\"", "null"};
  const std::vector<std::string> csv = {"\"aé\xE2\x80\xA8\x01\x7f\n\"\"\\/, b and more, 😀\"",
                                        "\"\"", ""};
  const std::vector<std::string> hex = {"\"FF0022\"", "null"};
  const std::vector<std::string> plain_hex = {"\"FF0022\"", ""};
  return {
      {"utf8", Of(arrow::utf8(), text), json, csv},
      {"large_utf8", Of(arrow::large_utf8(), text), json, csv},
      {"utf8_view", Of(arrow::utf8_view(), text), json, csv},
      {"binary", Bytes, hex, plain_hex},
      {"large_binary", BytesAs(arrow::large_binary()), hex, plain_hex},
      {"fixed_size_binary", BytesAs(arrow::fixed_size_binary(3)), hex, plain_hex},
      {"binary_view", BytesInViews, {"\"FF\"", "null"}, {"\"FF\"", ""}},
      {"dictionary of texts",
       Of(arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["a", null])"),
       {"\"a\"", "null"},
       {"\"a\"", ""}},
      {"dictionary with a null among its values",
       NullInDictionary,
       {"\"a\"", "null", "null"},
       {"\"a\"", "", ""}},
      {"dictionary of numbers",
       Of(arrow::dictionary(arrow::int32(), arrow::int64()), "[7, null]"),
       {"7", "null"},
       {"7", ""},
       Parquet::kOther},
      {"run ends", Runs, {"\"a\"", "\"a\"", "null"}, {"\"a\"", "\"a\"", ""}, Parquet::kOther},
      {"arrow.json",
       Extension(arrow::extension::json(arrow::utf8()), R"(["{\"a\": 1}", null])"),
       {R"("{\"a\": 1}")", "null"},
       {R"("{""a"": 1}")", ""}},
      {"arrow.uuid",
       Extension(arrow::extension::uuid(), R"(["0123456789abcdef", null])"),
       {"\"30313233-3435-3637-3839-616263646566\"", "null"},
       {"30313233-3435-3637-3839-616263646566", ""}},
      {"arrow.bool8",
       Extension(arrow::extension::bool8(), "[1, 0, -3, null]"),
       {"true", "false", "true", "null"},
       {"true", "false", "true", ""}},
  };
}

std::vector<Case> Times() {
  const auto quoted = [](const std::vector<std::string>& texts) {
    std::vector<std::string> result;
    for (const std::string& text : texts)
      result.push_back(text.empty() ? "null" : '"' + text + '"');
    return result;
  };
  struct Row {
    TypePtr type;
    std::string values;
    std::vector<std::string> texts;
    Parquet parquet = Parquet::kEqual;
  };
  const std::vector<Row> rows = {
      {arrow::date32(),
       "[19724, -719162, 2932896, 2932897, -719529, -2147483648, null]",
       {"2024-01-02", "0001-01-01", "9999-12-31", "+10000-01-01", "-0001-12-31", "-5877641-06-23",
        ""}},
      // A date with a time is invalid for the type.
      {arrow::date64(),
       "[86400000, -86400000, null]",
       {"1970-01-02", "1969-12-31", ""},
       Parquet::kOther},
      {arrow::time32(TimeUnit::SECOND),
       "[0, 86399, null]",
       {"00:00:00", "23:59:59", ""},
       Parquet::kOther},
      {arrow::time32(TimeUnit::MILLI), "[1500, 3723000]", {"00:00:01.500", "01:02:03"}},
      {arrow::time64(TimeUnit::MICRO),
       "[3723000400, 90000000000]",
       {"01:02:03.000400", "25:00:00"}},
      {arrow::time64(TimeUnit::NANO), "[1, null]", {"00:00:00.000000001", ""}},
      {arrow::timestamp(TimeUnit::SECOND),
       "[0, -1, 253402300800, null]",
       {"1970-01-01 00:00:00", "1969-12-31 23:59:59", "+10000-01-01 00:00:00", ""},
       Parquet::kOther},
      {arrow::timestamp(TimeUnit::MILLI),
       "[1500, -1]",
       {"1970-01-01 00:00:01.500", "1969-12-31 23:59:59.999"}},
      {arrow::timestamp(TimeUnit::MICRO),
       "[1000000, 1500, -9223372036854775808]",
       {"1970-01-01 00:00:01", "1970-01-01 00:00:00.001500", "-290308-12-21 19:59:05.224192"}},
      {arrow::timestamp(TimeUnit::NANO),
       "[1, 9223372036854775807]",
       {"1970-01-01 00:00:00.000000001", "2262-04-11 23:47:16.854775807"}},
      {arrow::timestamp(TimeUnit::MILLI, "UTC"),
       "[1, null]",
       {"1970-01-01T00:00:00.001+00:00", ""}},
      {arrow::timestamp(TimeUnit::MICRO, "Europe/Berlin"),
       "[1719999000000000, 1700000000500000, 2540000000000000, -2840140800000000]",
       {"2024-07-03T11:30:00+02:00", "2023-11-14T23:13:20.500+01:00",
        // Arrow has no daylight saving time after 2037.
        "2050-06-28T05:33:20+02:00",
        // The local time of 1880 was 53 minutes and 28 seconds ahead.
        "1880-01-01T00:53:00+00:53"}},
      {arrow::timestamp(TimeUnit::NANO, "-05:30"), "[0]", {"1969-12-31T18:30:00-05:30"}},
      {arrow::timestamp(TimeUnit::MILLI, "Mars/Base"), "[0]", {"1970-01-01T00:00:00Z"}},
      {arrow::duration(TimeUnit::SECOND), "[90061, null]", {"PT90061S", ""}},
      {arrow::duration(TimeUnit::MILLI), "[0, -1, 1500]", {"P0D", "-PT0.001S", "PT1.5S"}},
      {arrow::duration(TimeUnit::MICRO), "[-9223372036854775808]", {"-PT9223372036854.775808S"}},
      {arrow::duration(TimeUnit::NANO), "[1]", {"PT0.000000001S"}},
  };
  std::vector<Case> cases;
  for (const Row& row : rows) {
    cases.push_back({row.type->ToString(), Of(row.type, row.values), quoted(row.texts), row.texts,
                     row.parquet});
  }
  using DayTime = arrow::DayTimeIntervalType::DayMilliseconds;
  using Mixed = arrow::MonthDayNanoIntervalType::MonthDayNanos;
  cases.push_back({"months",
                   [] { return Built<arrow::MonthIntervalBuilder, int32_t>({14, -1, 0}); },
                   {"\"P14M\"", "\"P-1M\"", "\"P0D\"", "null"},
                   {"P14M", "P-1M", "P0D", ""},
                   Parquet::kRefused});
  cases.push_back(
      {"days and milliseconds",
       [] { return Built<arrow::DayTimeIntervalBuilder, DayTime>({{1, -500}, {-2, 0}}); },
       {"\"P1DT-0.5S\"", "\"P-2D\"", "null"},
       {"P1DT-0.5S", "P-2D", ""},
       Parquet::kRefused});
  cases.push_back(
      {"months, days and nanoseconds",
       [] { return Built<arrow::MonthDayNanoIntervalBuilder, Mixed>({{1, 2, 3000000004}}); },
       {"\"P1M2DT3.000000004S\"", "null"},
       {"P1M2DT3.000000004S", ""},
       Parquet::kRefused});
  return cases;
}

std::vector<Case> Nested() {
  const auto item = arrow::float64();
  const std::string lists = "[[9], [1, null, NaN], [], null]";
  const std::vector<std::string> json = {"[1.0, null, null]", "[]", "null"};
  const std::vector<std::string> csv = {"\"[1.0, null, null]\"", "\"[]\"", ""};
  const auto map = [](TypePtr key) { return arrow::map(std::move(key), arrow::int64()); };
  return {
      {"list", SliceOf(arrow::list(item), lists), json, csv},
      {"large_list", SliceOf(arrow::large_list(item), lists), json, csv},
      {"list_view", SliceOf(arrow::list_view(item), lists), json, csv},
      {"large_list_view", SliceOf(arrow::large_list_view(item), lists), json, csv},
      {"fixed_size_list",
       SliceOf(arrow::fixed_size_list(arrow::float16(), 2), "[[9, 9], [0.5, null], null]"),
       {"[0.5, null]", "null"},
       {"\"[0.5, null]\"", ""}},
      {"struct",
       SliceOf(arrow::struct_({arrow::field("a \"b\"", arrow::utf8()),
                               arrow::field("t", arrow::timestamp(TimeUnit::MILLI, "UTC"))}),
               R"([null, {"a \"b\"": "x", "t": 0}, {"a \"b\"": null, "t": null}, null])"),
       {R"({"a \"b\"": "x", "t": "1970-01-01T00:00:00+00:00"})", R"({"a \"b\"": null, "t": null})",
        "null"},
       {R"("{""a \""b\"""": ""x"", ""t"": ""1970-01-01T00:00:00+00:00""}")",
        R"("{""a \""b\"""": null, ""t"": null}")", ""}},
      {"struct without members",
       Of(arrow::struct_({}), "[{}, null]"),
       {"{}", "null"},
       {"\"{}\"", ""},
       Parquet::kRefused},
      {"map of strings",
       SliceOf(map(arrow::utf8()), R"([[["z", 0]], [["a", 1], ["b", null]], [], null])"),
       {R"({"a": 1, "b": null})", "{}", "null"},
       {R"("{""a"": 1, ""b"": null}")", "\"{}\"", ""}},
      {"map with a key twice",
       Of(map(arrow::utf8()), R"([[["a", 1], ["a", 2]]])"),
       {R"([["a", 1], ["a", 2]])"},
       {R"("[[""a"", 1], [""a"", 2]]")"}},
      {"map of numbers",
       Of(map(arrow::int64()), "[[[1, 2]], null]"),
       {"[[1, 2]]", "null"},
       {"\"[[1, 2]]\"", ""}},
      {"list of dictionaries",
       Of(arrow::list(arrow::dictionary(arrow::int8(), arrow::utf8())), R"([["a", null]])"),
       {R"(["a", null])"},
       {R"("[""a"", null]")"}},
      {"dictionary of structs",
       StructsInDictionary,
       {"{\"a\": 1}", "null"},
       {R"("{""a"": 1}")", ""},
       Parquet::kRefused},
      {"dense union",
       [] { return Union(true); },
       {"5", "\"a\"", "null"},
       {"\"5\"", "\"a\"", ""},
       Parquet::kRefused},
      {"sparse union",
       [] { return Union(false); },
       {"5", "\"a\"", "null"},
       {"\"5\"", "\"a\"", ""},
       Parquet::kRefused},
      {"list of bytes",
       SliceOf(arrow::list(arrow::binary()), R"([[], ["AB"], null])"),
       {"[\"4142\"]", "null"},
       {R"("[""4142""]")", ""}},
  };
}

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const auto& some : {Numbers(), Texts(), Times(), Nested()})
    cases.insert(cases.end(), some.begin(), some.end());
  return cases;
}

class EveryTypeTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(arrow::compute::Initialize().ok());
    column_ = GetParam().make();
    rows_ = arrow::RecordBatch::Make(arrow::schema({arrow::field("c", column_->type())}),
                                     column_->length(), {column_});
  }

  arrow::Status Write(const std::string& name, std::optional<FileFormat> format = {}) const {
    ARROW_ASSIGN_OR_RAISE(auto writer, FrameWriter::Make(Path(name), rows_->schema(), format));
    ARROW_RETURN_NOT_OK(writer->Write(*rows_));
    ARROW_RETURN_NOT_OK(writer->Close());
    return writer->Commit();
  }

  std::string Path(const std::string& name) const { return (directory_.path() / name).string(); }

  std::string Content(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  // What comes out of a pipe of this name.
  std::string ThroughPipe(const std::string& name) const {
    EXPECT_EQ(mkfifo(Path(name).c_str(), 0600), 0);
    std::future<std::string> content =
        std::async(std::launch::async, [&] { return Content(name); });
    EXPECT_TRUE(Write(name).ok());
    return content.get();
  }

  static std::vector<std::string> TextsOf(const arrow::Array& column) {
    std::vector<std::string> texts;
    auto text = ColumnText::Make(column).ValueOrDie();
    for (int64_t row = 0; row < column.length(); ++row) {
      TextBuffer buffer;
      text->AppendJson(row, &buffer);
      texts.emplace_back(buffer.view());
    }
    return texts;
  }

  testing::TempDir directory_;
  ArrayPtr column_;
  std::shared_ptr<arrow::RecordBatch> rows_;
};

TEST_P(EveryTypeTest, IsWrittenAsJson) {
  std::string lines;
  for (const std::string& value : GetParam().json) lines += "{\"c\": " + value + "}\n";
  ASSERT_EQ(Write("rows.ndjson"), arrow::Status::OK());
  EXPECT_EQ(Content("rows.ndjson"), lines);
  EXPECT_EQ(ThroughPipe("pipe.ndjson"), lines);
}

TEST_P(EveryTypeTest, IsWrittenAsCsv) {
  std::string lines = "\"c\"\n";
  for (const std::string& value : GetParam().csv) lines += value + "\n";
  ASSERT_EQ(Write("rows.csv"), arrow::Status::OK());
  EXPECT_EQ(Content("rows.csv"), lines);
  EXPECT_EQ(ThroughPipe("pipe.csv"), lines);
}

TEST_P(EveryTypeTest, ComesBackFromArrow) {
  ASSERT_EQ(Write("rows.arrow"), arrow::Status::OK());
  auto file = arrow::io::ReadableFile::Open(Path("rows.arrow")).ValueOrDie();
  auto reader = arrow::ipc::RecordBatchFileReader::Open(file).ValueOrDie();
  const auto batch = reader->ReadRecordBatch(0).ValueOrDie();
  EXPECT_TRUE(batch->column(0)->type()->Equals(column_->type()));
  EXPECT_EQ(TextsOf(*batch->column(0)), GetParam().json);
  EXPECT_EQ(ThroughPipe("pipe.arrow"), Content("rows.arrow"));
}

TEST_P(EveryTypeTest, ComesBackFromParquetOrIsRefused) {
  const arrow::Status written = Write("rows.parquet");
  if (GetParam().parquet == Parquet::kRefused) {
    EXPECT_TRUE(IsError(written, ErrorCode::kNotSupported)) << written.ToString();
    EXPECT_THAT(written.message(), HasSubstr("Parquet cannot hold column 'c' of type "));
    EXPECT_FALSE(std::filesystem::exists(Path("rows.parquet")));
    return;
  }
  ASSERT_EQ(written, arrow::Status::OK());
  auto file = arrow::io::ReadableFile::Open(Path("rows.parquet")).ValueOrDie();
  auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
  const auto table = reader->GetRecordBatchReader().ValueOrDie()->ToTable().ValueOrDie();
  const auto batch = table->CombineChunksToBatch().ValueOrDie();
  EXPECT_EQ(batch->column(0)->type()->Equals(column_->type()),
            GetParam().parquet == Parquet::kEqual)
      << batch->column(0)->type()->ToString();
  EXPECT_EQ(TextsOf(*batch->column(0)), GetParam().json);
  EXPECT_EQ(ThroughPipe("pipe.parquet"), Content("rows.parquet"));
}

INSTANTIATE_TEST_SUITE_P(Types, EveryTypeTest, ::testing::ValuesIn(AllCases()),
                         [](const auto& test) {
                           std::string name;
                           for (const char c : test.param.name)
                             name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           return name + "_" + std::to_string(test.index);
                         });

}  // namespace
}  // namespace metaxy::cli
