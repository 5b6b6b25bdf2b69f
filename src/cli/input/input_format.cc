#include "cli/input/input_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Compression = InputBytes::Compression;

std::string_view NameOf(FileFormat format) {
  switch (format) {
    case FileFormat::kParquet:
      return "Parquet";
    case FileFormat::kIpc:
      return "Arrow IPC";
    case FileFormat::kCsv:
      return "CSV";
    default:
      return "JSON lines";
  }
}

struct NamedFormat {
  std::optional<FileFormat> format;
  std::optional<Compression> compression;
};

// "a.csv.gz" -> CSV, gzip.
NamedFormat FormatOfName(const std::string& name) {
  std::filesystem::path path(name);
  NamedFormat named;
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (extension == ".gz") named.compression = Compression::kGzip;
  if (extension == ".zst" || extension == ".zstd") named.compression = Compression::kZstd;
  if (named.compression) path.replace_extension();
  named.format = FormatByName(path);
  if (named.format && !named.compression) named.compression = Compression::kNone;
  return named;
}

struct Content {
  std::optional<FileFormat> format;
  std::string what;     // for messages
  bool binary = false;  // begins with bytes that no text begins with
};

Content ContentOf(std::string_view head) {
  if (head.starts_with("PAR1") || head.starts_with("PARE"))
    return {FileFormat::kParquet, "Parquet", true};
  if (head.starts_with("ARROW1") || head.starts_with("\xFF\xFF\xFF\xFF"))
    return {FileFormat::kIpc, "Arrow IPC", true};
  if (head.starts_with("FEA1"))
    return {std::nullopt, "Feather of version 1, which is too old; write it as Arrow IPC", true};
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF"))
    return {std::nullopt, "text in UTF-16; convert it to UTF-8", true};
  std::string_view text = head;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {FileFormat::kJsonLines, "empty"};
  text.remove_prefix(start);
  if (text.find('\0') != std::string_view::npos)
    return {std::nullopt, "neither Parquet, Arrow IPC, CSV nor JSON lines"};
  if (text[0] == '{' || text[0] == '[') return {FileFormat::kJsonLines, "JSON"};
  return {FileFormat::kCsv, "CSV or other text"};
}

bool LooksLikeObject(std::string_view head) {
  const size_t brace = head.find('{');
  const size_t next = head.find_first_not_of(" \t\r\n", brace + 1);
  return brace != std::string_view::npos && next != std::string_view::npos &&
         (head[next] == '"' || head[next] == '}');
}

// Whether a file with this name cannot have this content. If it is merely damaged, the reader of
// the format has a better message.
bool Contradicts(FileFormat named, const Content& content, std::string_view head) {
  if (content.format == named) return false;
  switch (named) {
    case FileFormat::kParquet:
      return true;
    case FileFormat::kIpc:  // streams from before 2020 begin with a number
      return content.format.has_value() || content.binary;
    case FileFormat::kCsv:
      return content.binary || (content.format == FileFormat::kJsonLines && LooksLikeObject(head));
    default:
      return content.binary;
  }
}

}  // namespace

arrow::Result<FileFormat> DetectFormat(const InputBytes& bytes) {
  constexpr int64_t kHead = 4096;
  const NamedFormat named = FormatOfName(bytes.name());
  if (named.compression && *named.compression != bytes.compression()) {
    const Compression found = bytes.compression();
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("its content is {}, which its name does not say",
                                 found == Compression::kNone   ? "not compressed"
                                 : found == Compression::kGzip ? "compressed by gzip (.gz)"
                                                               : "compressed by Zstandard (.zst)"));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string head, bytes.Head(kHead));
  const Content content = ContentOf(head);
  if (named.format) {
    if (!Contradicts(*named.format, content, head)) return *named.format;
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("its name says that it is {}, but its content is {}",
                                 NameOf(*named.format), content.what));
  }
  if (content.format) return *content.format;
  return MakeError(ErrorCode::kInvalidInput, "its content is " + content.what);
}

}  // namespace metaxy::cli
