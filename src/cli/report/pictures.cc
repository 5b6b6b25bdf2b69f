#include "cli/report/pictures.h"

#include <arrow/util/base64.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

// Photographs are smaller; of others, only the beginning would be needed.
constexpr std::uintmax_t kLargestFile = 64 << 20;

bool IsNamedPicture(const fs::path& path) {
  constexpr std::array<std::string_view, 5> kExtensions = {".jpg", ".jpeg", ".png", ".gif",
                                                           ".webp"};
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

int ByteAt(std::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }

}  // namespace

std::optional<std::string_view> PictureType(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kBeginnings = {
      {{"\xff\xd8\xff"sv, "image/jpeg"},
       {"\x89PNG\r\n\x1a\n"sv, "image/png"},
       {"GIF87a"sv, "image/gif"},
       {"GIF89a"sv, "image/gif"}}};
  for (const auto& [beginning, type] : kBeginnings)
    if (bytes.starts_with(beginning)) return type;
  if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP")
    return "image/webp";
  return std::nullopt;
}

std::string_view EmbeddedThumbnail(std::string_view jpeg) {
  constexpr int kExif = 0xe1;
  constexpr int kScan = 0xda;
  // Segments: a marker, and a length that includes itself.
  for (size_t at = 2; at + 4 <= jpeg.size() && ByteAt(jpeg, at) == 0xff;) {
    const int marker = ByteAt(jpeg, at + 1);
    const auto length = static_cast<size_t>(ByteAt(jpeg, at + 2) << 8 | ByteAt(jpeg, at + 3));
    if (marker == kScan || length < 2) return {};
    const std::string_view segment = jpeg.substr(at + 4, length - 2);
    if (marker == kExif && segment.starts_with("Exif")) {
      // The only JPEG inside of it.
      const size_t begin = segment.find("\xff\xd8\xff");
      const size_t end = segment.rfind("\xff\xd9");
      if (begin != std::string_view::npos && end != std::string_view::npos && begin < end)
        return segment.substr(begin, end + 2 - begin);
    }
    at += 2 + length;
  }
  return {};
}

std::optional<std::string> PictureBox::FromBytes(std::string_view bytes) {
  const auto type = PictureType(bytes);
  if (!type || limits_.all == 0) return std::nullopt;
  if (static_cast<int64_t>(bytes.size()) > limits_.picture) {
    bytes = *type == "image/jpeg" ? EmbeddedThumbnail(bytes) : std::string_view();
  }
  const auto size = static_cast<int64_t>(bytes.size());
  if (size == 0 || size > limits_.picture || bytes_ + size > limits_.all) return "";
  bytes_ += size;
  ++pictures_;
  return "data:" + std::string(*type) + ";base64," + arrow::util::base64_encode(bytes);
}

std::optional<std::string> PictureBox::FromPath(const std::string& path) {
  if (limits_.all == 0 || path.find('\0') != std::string::npos || !IsNamedPicture(path))
    return std::nullopt;
  for (const fs::path& folder : folders_) {
    const fs::path file = folder / path;
    std::error_code code;
    if (!fs::is_regular_file(file, code)) continue;
    const std::uintmax_t size = fs::file_size(file, code);
    if (code) return std::nullopt;
    if (size > kLargestFile) return "";
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return in.bad() ? std::nullopt : FromBytes(bytes);
  }
  return std::nullopt;
}

}  // namespace metaxy::cli
