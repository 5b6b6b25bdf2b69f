// Writing batches to files and pipes.
#include "cli/output/frame_writer.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "cli/output/row_text.h"
#include "support/temp_dir.h"

namespace metaxy::cli {
namespace {

std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                      const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

// A table written by several writers has different categories in each of its files.
TEST(FrameWriterTest, BatchesMayHaveOtherDictionaries) {
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto schema = arrow::schema(
      {arrow::field("c", type), arrow::field("l", arrow::list(type)), arrow::field("n", type)});
  const auto batch = [&](const std::string& texts, const std::string& lists) {
    const auto column = ArrayOf(type, texts);
    return arrow::RecordBatch::Make(schema, 2, {column, ArrayOf(arrow::list(type), lists), column});
  };
  const auto first = batch(R"(["x", "y"])", R"([["x"], ["y"]])");
  const auto second = batch(R"(["z", "x"])", R"([["z", "y"], null])");
  const testing::TempDir directory;
  const auto write = [&](const std::string& name) -> arrow::Result<std::string> {
    const std::string path = (directory.path() / name).string();
    ARROW_ASSIGN_OR_RAISE(auto writer, FrameWriter::Make(path, schema));
    ARROW_RETURN_NOT_OK(writer->Write(*first));
    ARROW_RETURN_NOT_OK(writer->Write(*second));
    ARROW_RETURN_NOT_OK(writer->Close());
    ARROW_RETURN_NOT_OK(writer->Commit());
    return path;
  };
  const auto arrow_path = write("rows.arrow");
  ASSERT_EQ(arrow_path.status(), arrow::Status::OK());
  auto file = arrow::io::ReadableFile::Open(*arrow_path).ValueOrDie();
  auto reader = arrow::ipc::RecordBatchFileReader::Open(file).ValueOrDie();
  ASSERT_EQ(reader->num_record_batches(), 2);
  std::vector<std::string> texts;
  for (int i = 0; i < 2; ++i) {
    const auto rows = reader->ReadRecordBatch(i).ValueOrDie();
    const JsonRows json = JsonRows::Make(*rows).ValueOrDie();
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      TextBuffer text;
      json.Append(row, &text);
      texts.emplace_back(text.view());
    }
  }
  EXPECT_EQ(texts,
            (std::vector<std::string>{
                R"({"c": "x", "l": ["x"], "n": "x"})", R"({"c": "y", "l": ["y"], "n": "y"})",
                R"({"c": "z", "l": ["z", "y"], "n": "z"})", R"({"c": "x", "l": null, "n": "x"})"}));
  EXPECT_EQ(write("rows.parquet").status(), arrow::Status::OK());
}

// Rows written before a failure must not be mistaken for the complete result.
TEST(FrameWriterTest, HalfAFileInAPipeHasNoEnd) {
  const testing::TempDir directory;
  const std::string path = (directory.path() / "pipe.parquet").string();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  auto content = std::async(std::launch::async, [&] {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  });
  // The footer of a file with this many columns is too long to be held back.
  arrow::FieldVector fields;
  for (int i = 0; i < 1000; ++i)
    fields.push_back(arrow::field("column" + std::to_string(i), arrow::int64()));
  const arrow::ArrayVector columns(fields.size(), ArrayOf(arrow::int64(), "[1, 2]"));
  const auto rows = arrow::RecordBatch::Make(arrow::schema(fields), 2, columns);
  {
    auto writer = FrameWriter::Make(path, rows->schema()).ValueOrDie();
    ASSERT_EQ(writer->Write(*rows), arrow::Status::OK());
  }
  EXPECT_THAT(content.get(), ::testing::Not(::testing::EndsWith("PAR1")));
}

}  // namespace
}  // namespace metaxy::cli
