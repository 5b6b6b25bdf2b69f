#include "store/write/fragments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/sha256.h"
#include "metaxy/errors.h"
#include "metaxy/json.h"

namespace metaxy::internal {
namespace {

// "metaxy-fragments FORMAT SHA256\n", then a JSON object.
constexpr std::string_view kName = "metaxy-fragments ";
constexpr std::string_view kFormat = "1";
constexpr size_t kHashLength = 64;

arrow::Status Malformed(std::string_view why) {
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("the bytes are not those of WriteFragments(): {}; pass them on "
                               "unchanged",
                               why));
}

template <typename Number>
std::optional<Number> NumberOf(const Json* value) {
  if (value == nullptr || !value->is_integer()) return std::nullopt;
  const std::string& digits = value->as_integer().digits;
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

const std::string* TextOf(const Json* value) {
  return value != nullptr && value->is_string() ? &value->as_string() : nullptr;
}

}  // namespace

std::string Serialise(const WrittenFragments& written) {
  Json json = Json::Object{};
  json.Set("feature", written.feature.ToString());
  json.Set("write_id", written.write_id);
  json.Set("version", written.version);
  json.Set("rows", written.rows);
  json.Set("latest", written.latest ? Json(*written.latest) : Json());
  json.Set("fragments", written.fragments);
  const std::string body = json.DumpCompact();
  return fmt::format("{}{} {}\n{}", kName, kFormat, Sha256().Update(body).Finish(), body);
}

arrow::Result<WrittenFragments> ParseWrittenFragments(std::string_view bytes) {
  if (!bytes.starts_with(kName)) return Malformed("they do not begin as those do");
  bytes.remove_prefix(kName.size());
  const size_t space = bytes.find(' ');
  const std::string_view format = bytes.substr(0, space);
  if (format != kFormat) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("the fragments have format '{}', and this version of metaxy knows {}; use one "
                    "version of metaxy in all processes",
                    format.substr(0, 20), kFormat));
  }
  bytes.remove_prefix(std::min(bytes.size(), kFormat.size() + 1));
  if (bytes.size() <= kHashLength || bytes[kHashLength] != '\n')
    return Malformed("they are cut off");
  const std::string_view body = bytes.substr(kHashLength + 1);
  if (Sha256().Update(body).Finish() != bytes.substr(0, kHashLength))
    return Malformed("their checksum does not match");
  ARROW_ASSIGN_OR_RAISE(const Json json, Json::Parse(body));
  const std::string* feature = TextOf(json.Find("feature"));
  const std::string* write_id = TextOf(json.Find("write_id"));
  const std::string* fragments = TextOf(json.Find("fragments"));
  const auto version = NumberOf<uint64_t>(json.Find("version"));
  const auto rows = NumberOf<int64_t>(json.Find("rows"));
  if (!feature || !write_id || !fragments || !version || !rows)
    return Malformed("a member is missing");
  return WrittenFragments{.feature = *feature,
                          .write_id = *write_id,
                          .version = *version,
                          .rows = *rows,
                          .latest = NumberOf<int64_t>(json.Find("latest")),
                          .fragments = *fragments};
}

}  // namespace metaxy::internal
