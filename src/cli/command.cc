#include "cli/command.h"

#include <algorithm>
#include <charconv>

#include "base/byte_size.h"

namespace metaxy::cli {

std::optional<std::string> Arguments::Text(const std::string& name) const {
  auto it = values_.find(name);
  if (it == values_.end() || it->second.empty()) return std::nullopt;
  return it->second.back();
}

std::vector<std::string> Arguments::Texts(const std::string& name) const {
  auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>() : it->second;
}

std::optional<int64_t> Arguments::Number(const std::string& name) const {
  std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  int64_t number = 0;
  auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (code != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::optional<int64_t> Arguments::Size(const std::string& name) const {
  std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  const auto bytes = internal::ParseByteSize(*text);
  return bytes.ok() ? std::optional(*bytes) : std::nullopt;
}

bool Arguments::Flag(const std::string& name, bool otherwise) const {
  std::optional<std::string> text = Text(name);
  return text ? *text == "true" : otherwise;
}

std::string OptionKey(std::string_view name) {
  size_t dashes = name.find("--");
  if (dashes == std::string_view::npos) return std::string(name);
  name.remove_prefix(dashes + 2);
  return std::string(name.substr(0, name.find(',')));
}

std::string ImpliedNegative(const OptionSpec& spec) {
  const std::string_view name = spec.name;
  const bool is_given = name.find('!') != std::string_view::npos || name.rfind("--no-", 0) == 0;
  return spec.kind != OptionSpec::Kind::kFlag || is_given ? "" : "--no-" + OptionKey(spec.name);
}

namespace {

// "-f,--format,!--no-format" -> its parts.
std::vector<std::string> Split(std::string_view rest) {
  std::vector<std::string> names;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(','), rest.size());
    std::string_view name = rest.substr(0, end);
    if (name.front() == '!') name.remove_prefix(1);
    names.emplace_back(name);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

}  // namespace

std::vector<std::string> NamesOf(const OptionSpec& spec) {
  if (spec.name[0] != '-') return {};
  std::vector<std::string> names = Split(spec.name);
  if (std::string negative = ImpliedNegative(spec); !negative.empty())
    names.push_back(std::move(negative));
  return names;
}

std::vector<std::string> HiddenNamesOf(const OptionSpec& spec) { return Split(spec.hidden); }

const char* ValueName(const OptionSpec& spec) {
  using Kind = OptionSpec::Kind;
  using Takes = OptionSpec::Takes;
  if (spec.kind == Kind::kFlag) return "";
  if (spec.kind == Kind::kNumber) return "N";
  if (spec.kind == Kind::kSize) return "SIZE";
  switch (spec.takes) {
    case Takes::kFeature:
      return "FEATURE";
    case Takes::kStore:
      return "STORE";
    case Takes::kProject:
      return "PROJECT";
    case Takes::kFile:
      return "FILE";
    case Takes::kDirectory:
      return "DIRECTORY";
    case Takes::kFeatureVersion:
    case Takes::kSnapshot:
    case Takes::kGraph:
      return "VERSION";
    case Takes::kColumns:
      return "COLUMNS";
    case Takes::kNamedSnapshot:
      return "SNAPSHOT";
    default:
      return "TEXT";
  }
}

OptionSpec FeatureArgument() {
  return {"FEATURE", OptionSpec::Kind::kText,    "the feature's key", /*required=*/true,
          {},        OptionSpec::Takes::kFeature};
}

OptionSpec StoreOption() {
  return {"--store",
          OptionSpec::Kind::kText,
          "the store to use, by its name in the configuration (default: the one named by 'store')",
          /*required=*/false,
          {},
          OptionSpec::Takes::kStore};
}

OptionSpec FallbackOption() {
  return {.name = "--fallback,!--no-fallback",
          .kind = OptionSpec::Kind::kFlag,
          .help = "whether fallback stores are asked (default: yes)",
          .hidden = "--allow-fallback-stores,!--no-allow-fallback-stores"};
}

OptionSpec MemoryLimitOption() {
  return {"--memory-limit", OptionSpec::Kind::kSize,
          "how much memory to use, as \"2GiB\"; what is remembered of rows beyond it goes to a "
          "temporary file (default: memory_limit of the store, else a quarter of the machine's "
          "memory)"};
}

OptionSpec FormatOption(std::vector<std::string> choices) {
  return {"-f,--format", OptionSpec::Kind::kChoice, "the output format", false, std::move(choices)};
}

}  // namespace metaxy::cli
