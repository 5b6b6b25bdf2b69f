// MetaxyConfig: file and environment combined and validated.
#include "metaxy/config.h"

#include <fmt/core.h>

#include <charconv>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "config/config_fields.h"
#include "config/config_file.h"
#include "config/environment.h"
#include "config/ext_cpp.h"
#include "config/value_reader.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace {

namespace fs = std::filesystem;
using internal::SourceValue;

// Without touching the file system: the working directory may no longer exist.
arrow::Result<fs::path> StartDirectory(const ConfigLoadOptions& options) {
  std::error_code code;
  fs::path start = options.start_directory ? fs::absolute(*options.start_directory, code)
                                           : fs::current_path(code);
  if (code)
    return MakeError(ErrorCode::kInvalidConfig,
                     "the working directory cannot be read: " + code.message());
  return start;
}

arrow::Result<std::optional<fs::path>> ChooseFile(const ConfigLoadOptions& options,
                                                  const internal::Environment& environment) {
  if (options.config_file) return options.config_file;
  std::optional<std::string> named = internal::FindVariable(environment, "METAXY_CONFIG");
  if (named && !named->empty()) {
    std::error_code code;
    if (!fs::exists(*named, code)) {
      return MakeError(ErrorCode::kInvalidConfig,
                       fmt::format("METAXY_CONFIG names {}, which does not exist", Quote(*named)));
    }
    return fs::path(*named);
  }
  ARROW_ASSIGN_OR_RAISE(fs::path start, StartDirectory(options));
  return internal::FindConfigFile(start, options.search_parents);
}

std::vector<std::string> FieldNames() {
  std::vector<std::string> names;
  for (const internal::ConfigField& field : internal::ConfigFields())
    names.emplace_back(field.name);
  return names;
}

arrow::Status ReadFields(const SourceValue& source, const internal::Log& log,
                         MetaxyConfig* config) {
  internal::ErrorList errors;
  errors.Add(internal::CheckKeys(source, "", FieldNames()));
  for (const internal::ConfigField& field : internal::ConfigFields()) {
    if (const SourceValue* value = source.Find(field.name))
      errors.Add(field.read(*value, log, config));
  }
  return errors.Finish();
}

// Where an entry of a list was written, if known.
const SourceValue* FindEntry(const SourceValue* list, const std::string& entry) {
  if (list == nullptr || !list->is_array()) return nullptr;
  for (const SourceValue& item : list->items()) {
    if (item.is_string() && item.scalar().as_string() == entry) return &item;
  }
  return nullptr;
}

}  // namespace

arrow::Result<MetaxyConfig> MetaxyConfig::Load(const ConfigLoadOptions& options) {
  internal::Environment environment =
      options.environment ? *options.environment : internal::ProcessEnvironment();
  ARROW_ASSIGN_OR_RAISE(std::optional<fs::path> file, ChooseFile(options, environment));
  MetaxyConfig config;
  SourceValue source;
  if (file) {
    ARROW_ASSIGN_OR_RAISE(source, internal::ReadConfigFile(*file));
    internal::ExpandVariables(environment, &source);
    std::error_code code;
    fs::path absolute = fs::weakly_canonical(*file, code);
    config.config_file_ = code ? *file : absolute;
  }
  ARROW_ASSIGN_OR_RAISE(SourceValue overrides, internal::ReadEnvironment(environment));
  internal::DeepUpdate(std::move(overrides), &source);
  ARROW_RETURN_NOT_OK(ReadFields(source, internal::Log(options.on_log), &config));
  config.source_ = std::make_shared<const SourceValue>(std::move(source));
  return config;
}

fs::path MetaxyConfig::directory() const {
  if (config_file_) return config_file_->parent_path();
  std::error_code code;
  return fs::current_path(code);
}

fs::path MetaxyConfig::lock_file() const {
  // An absolute path replaces the directory.
  return directory() / metaxy_lock_path.value_or("metaxy.lock");
}

arrow::Result<std::vector<std::string>> MetaxyConfig::cpp_entrypoints() const {
  const Json* table = ext.Find(internal::kExtCpp);
  const Json* entrypoints_of_cpp = table != nullptr ? table->Find("entrypoints") : nullptr;
  std::vector<std::string> names;
  if (entrypoints_of_cpp == nullptr) return names;
  SourceValue value = SourceValue::FromJson(*entrypoints_of_cpp, {});
  ARROW_RETURN_NOT_OK(internal::ReadStrings(value, "ext.cpp.entrypoints", &names));
  return names;
}

const Json* MetaxyConfig::FindExtCpp(const std::string& store_name, const char* key) const {
  const Json* value = &ext;
  for (const std::string& step :
       {std::string(internal::kExtCpp), std::string("stores"), store_name, std::string(key)}) {
    value = value->Find(step);
    if (value == nullptr) return nullptr;
  }
  return value;
}

arrow::Result<DeltaMode> MetaxyConfig::delta(const std::string& store_name) const {
  const Json* const value = FindExtCpp(store_name, "delta");
  if (value == nullptr) return DeltaMode::kAuto;
  return internal::ReadDeltaMode(SourceValue::FromJson(*value, {}),
                                 "ext.cpp.stores." + store_name + ".delta");
}

arrow::Result<std::optional<int64_t>> MetaxyConfig::memory_limit(
    const std::string& store_name) const {
  const Json* const value = FindExtCpp(store_name, "memory_limit");
  if (value == nullptr) return std::nullopt;
  return internal::ReadMemoryLimit(SourceValue::FromJson(*value, {}),
                                   "ext.cpp.stores." + store_name + ".memory_limit");
}

fs::path MetaxyConfig::ResolveEntrypoint(const std::string& entrypoint) const {
  const SourceValue* entry = nullptr;
  if (source_ != nullptr) {
    entry = FindEntry(source_->Find("entrypoints"), entrypoint);
    if (entry == nullptr) {
      entry = FindEntry(source_->FindPath({"ext", std::string(internal::kExtCpp), "entrypoints"}),
                        entrypoint);
    }
  }
  fs::path base = directory();
  if (entry != nullptr && entry->origin().is_file()) {
    std::error_code code;
    fs::path named_in = fs::weakly_canonical(fs::path(*entry->origin().place), code);
    if (!code) base = named_in.parent_path();
  }
  return (base / entrypoint).lexically_normal();
}

arrow::Result<const StoreConfig*> MetaxyConfig::GetStore(
    const std::optional<std::string>& name) const {
  const std::string& wanted = name ? *name : store;
  std::vector<std::string> known;
  for (const StoreConfig& candidate : stores) {
    if (candidate.name == wanted) return &candidate;
    known.push_back(candidate.name);
  }
  std::string file = config_file_ ? config_file_->string() : "metaxy.toml (none was found)";
  if (known.empty()) {
    return MakeError(
        ErrorCode::kInvalidConfig,
        fmt::format("no store is configured; add [stores.{}] with a type and a uri to {}", wanted,
                    file));
  }
  std::string list;
  for (const std::string& candidate : known) list += (list.empty() ? "" : ", ") + candidate;
  std::string where = name ? "" : " (the value of 'store')";
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("there is no store {}{}; configured are: {}{}", Quote(wanted), where,
                               list, DidYouMean(wanted, known)));
}

std::optional<std::string> MetaxyConfig::WrittenAt(const std::vector<std::string>& keys) const {
  const SourceValue* value = source_.get();
  for (const std::string& key : keys) {
    if (value == nullptr) break;
    if (!value->is_array()) {
      value = value->Find(key);
      continue;
    }
    size_t index = 0;
    const auto [end, code] = std::from_chars(key.data(), key.data() + key.size(), index);
    value = code == std::errc() && index < value->items().size() ? &value->items()[index] : nullptr;
  }
  if (value == nullptr || value->origin().place == nullptr) return std::nullopt;
  const internal::Origin& origin = value->origin();
  if (!origin.is_file()) return origin.ToString();
  std::error_code code;
  const fs::path file = fs::weakly_canonical(*origin.place, code);
  const fs::path below = file.lexically_relative(directory());
  const bool is_below = !code && !below.empty() && *below.begin() != "..";
  return fmt::format("{}:{}", is_below ? below.string() : *origin.place, origin.line);
}

Json MetaxyConfig::ToJson() const {
  Json::Object result;
  for (const internal::ConfigField& field : internal::ConfigFields()) {
    result.emplace_back(std::string(field.name), field.write(*this));
  }
  return Json(std::move(result));
}

}  // namespace metaxy
