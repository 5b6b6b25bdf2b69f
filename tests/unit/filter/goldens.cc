#include "goldens.h"

#include <arrow/array/array_primitive.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "test_paths.h"

namespace metaxy::internal {

namespace {

std::string GoldenPath(const std::string& name) {
  return testing::SourceDir() + "/tests/reference/recorded/goldens/" + name;
}

}  // namespace

std::vector<Golden> ReadGoldens(const std::string& list) {
  const nlohmann::json all = nlohmann::json::parse(std::ifstream(GoldenPath("filters.json")));
  std::vector<Golden> goldens;
  for (const auto& row : all[list]) {
    std::optional<std::string> result;
    if (row[1].is_string()) result = row[1].get<std::string>();
    goldens.emplace_back(row[0].get<std::string>(), std::move(result));
  }
  return goldens;
}

std::shared_ptr<arrow::RecordBatch> ReadGoldenRows() {
  auto file = arrow::io::ReadableFile::Open(GoldenPath("filter_rows.arrow")).ValueOrDie();
  auto reader = arrow::ipc::RecordBatchFileReader::Open(file).ValueOrDie();
  return reader->ReadRecordBatch(0).ValueOrDie();
}

std::string Letters(const arrow::BooleanArray& values) {
  std::string letters;
  for (int64_t i = 0; i < values.length(); ++i) {
    letters += values.IsNull(i) ? '-' : values.Value(i) ? 'T' : 'F';
  }
  return letters;
}

}  // namespace metaxy::internal
