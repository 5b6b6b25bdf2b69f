#include "versioning/scan/sealed_bytes.h"

#include <fmt/format.h>

#include <cstring>

#include "metaxy/errors.h"
#include "versioning/scan/table_state.h"

namespace metaxy::internal {

std::string Seal(const SealedKind& kind, std::string_view content) {
  const ContentHash hash = HashContent(content);
  std::string bytes = fmt::format("metaxy-{} {}\n", kind.kind, kind.format);
  bytes.reserve(bytes.size() + sizeof hash + content.size());
  bytes.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  return bytes.append(content);
}

arrow::Result<std::string_view> Unseal(const SealedKind& kind, std::string_view bytes) {
  const std::string name = fmt::format("metaxy-{} ", kind.kind);
  if (!bytes.starts_with(name)) return NotSealed(kind, "they do not begin as those do");
  bytes.remove_prefix(name.size());
  const size_t end = bytes.find('\n');
  const std::string_view format = bytes.substr(0, end);
  constexpr size_t kLongest = 20;
  if (end == std::string_view::npos || end > kLongest) return NotSealed(kind, "they are cut off");
  if (format != kind.format) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("the bytes of {} have format '{}', and this version of metaxy "
                                 "knows {}; use one version of metaxy in all processes",
                                 kind.made_by, format, kind.format));
  }
  bytes.remove_prefix(end + 1);
  ContentHash hash;
  if (bytes.size() < sizeof hash) return NotSealed(kind, "they are cut off");
  std::memcpy(&hash, bytes.data(), sizeof hash);
  bytes.remove_prefix(sizeof hash);
  if (HashContent(bytes) != hash) return NotSealed(kind, "their checksum does not match");
  return bytes;
}

arrow::Status NotSealed(const SealedKind& kind, std::string_view why) {
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("the bytes are not those of {}: {}; pass them on unchanged", kind.made_by, why));
}

}  // namespace metaxy::internal
