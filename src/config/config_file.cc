#include "config/config_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/quote.h"
#include "config/toml_reader.h"
#include "config/value_reader.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

namespace fs = std::filesystem;

constexpr const char* kMetaxyToml = "metaxy.toml";
constexpr const char* kPyproject = "pyproject.toml";

bool Exists(const fs::path& path) {
  std::error_code code;
  return fs::exists(path, code);
}

fs::path Resolve(const fs::path& path) {
  std::error_code code;
  fs::path resolved = fs::weakly_canonical(path, code);
  return code ? path : resolved;
}

arrow::Result<SourceValue> ReadSection(const fs::path& path) {
  ARROW_ASSIGN_OR_RAISE(SourceValue document, ReadToml(path));
  if (path.filename() != kPyproject) return document;
  const SourceValue* section = document.FindPath({"tool", "metaxy"});
  if (section == nullptr) return SourceValue();
  if (!section->is_object()) return WrongType(*section, "tool.metaxy", "a table");
  return *section;
}

SourceValue Merge(SourceValue parent, SourceValue child) {
  for (auto& [key, value] : child.members()) {
    SourceValue* below = parent.Find(key);
    if (below != nullptr && below->is_object() && value.is_object()) {
      for (auto& [name, member] : value.members()) below->Set(name, std::move(member));
    } else if (below != nullptr && below->is_array() && value.is_array()) {
      for (SourceValue& item : value.items()) below->items().push_back(std::move(item));
    } else {
      parent.Set(key, std::move(value));
    }
  }
  return parent;
}

arrow::Result<SourceValue> ReadChain(const fs::path& path, std::vector<fs::path>* seen) {
  seen->push_back(Resolve(path));
  ARROW_ASSIGN_OR_RAISE(SourceValue data, ReadSection(path));
  std::optional<SourceValue> extend = data.Take("extend");
  if (!extend) return data;
  std::string name;
  ARROW_RETURN_NOT_OK(ReadText(*extend, "extend", &name));
  fs::path parent = fs::path(name).is_absolute() ? fs::path(name) : path.parent_path() / name;
  if (name.empty() || !Exists(parent)) {
    return ConfigError(extend->origin(),
                       fmt::format("extend names {}, which does not exist", Quote(name)));
  }
  if (std::find(seen->begin(), seen->end(), Resolve(parent)) != seen->end()) {
    std::string chain;
    for (const fs::path& file : *seen) chain += file.string() + " -> ";
    return ConfigError(extend->origin(),
                       fmt::format("configuration files extend each other in a cycle: {}{}", chain,
                                   Resolve(parent).string()));
  }
  ARROW_ASSIGN_OR_RAISE(SourceValue base, ReadChain(parent.lexically_normal(), seen));
  return Merge(std::move(base), std::move(data));
}

}  // namespace

arrow::Result<std::optional<fs::path>> FindConfigFile(const fs::path& start, bool search_parents) {
  for (fs::path directory = start;; directory = directory.parent_path()) {
    if (Exists(directory / kMetaxyToml)) return directory / kMetaxyToml;
    if (Exists(directory / kPyproject)) {
      ARROW_ASSIGN_OR_RAISE(SourceValue document, ReadToml(directory / kPyproject));
      const SourceValue* section = document.FindPath({"tool", "metaxy"});
      if (section != nullptr && !(section->is_object() && section->members().empty()))
        return directory / kPyproject;
    }
    if (!search_parents || directory == directory.parent_path()) return std::nullopt;
  }
}

arrow::Result<SourceValue> ReadConfigFile(const fs::path& path) {
  std::vector<fs::path> seen;
  return ReadChain(path, &seen);
}

}  // namespace metaxy::internal
