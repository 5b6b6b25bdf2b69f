#include "cli/file_format.h"

#include <fmt/core.h>

#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

std::optional<FileFormat> FormatByName(const std::filesystem::path& path) {
  constexpr std::array<std::pair<std::string_view, FileFormat>, 8> kFormats = {
      {{".parquet", FileFormat::kParquet},
       {".pq", FileFormat::kParquet},
       {".arrow", FileFormat::kIpc},
       {".ipc", FileFormat::kIpc},
       {".feather", FileFormat::kIpc},
       {".csv", FileFormat::kCsv},
       {".ndjson", FileFormat::kJsonLines},
       {".jsonl", FileFormat::kJsonLines}}};
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [known, format] : kFormats) {
    if (extension == known) return format;
  }
  return std::nullopt;
}

arrow::Result<FileFormat> FormatOf(const std::filesystem::path& path) {
  if (const auto format = FormatByName(path)) return *format;
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("{} has no known extension; use .parquet, .arrow, .ipc, .csv, .ndjson or .jsonl",
                  Quote(path.string())));
}

std::optional<FileFormat> FormatNamed(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, FileFormat>, 4> kNames = {
      {{"parquet", FileFormat::kParquet},
       {"arrow", FileFormat::kIpc},
       {"csv", FileFormat::kCsv},
       {"ndjson", FileFormat::kJsonLines}}};
  for (const auto& [known, format] : kNames) {
    if (name == known) return format;
  }
  return std::nullopt;
}

}  // namespace metaxy::cli
