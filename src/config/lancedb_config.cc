// `[stores.NAME.config]` of a LanceDB store.
#include <fmt/core.h>

#include <array>
#include <string_view>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "config/ext_cpp.h"
#include "config/source_value.h"
#include "config/value_reader.h"
#include "metaxy/config.h"
#include "metaxy/errors.h"

namespace metaxy {

namespace {

using internal::SourceValue;

// The type in the reference's documentation, the one where it is defined, one that was valid in
// older files, and that of our Python package, which is the same store.
constexpr std::array<std::string_view, 4> kLanceDBTypes = {
    "metaxy.ext.lancedb.LanceDBMetadataStore",
    "metaxy.ext.lancedb.metadata_store.LanceDBMetadataStore",
    "metaxy.ext.metadata_stores.lancedb.LanceDBMetadataStore", "metaxy_cpp.LanceDBMetadataStore"};

bool IsLanceDB(std::string_view type) {
  for (std::string_view known : kLanceDBTypes) {
    if (type == known) return true;
  }
  return false;
}

arrow::Status ReadEngine(const SourceValue& value, const std::string& name, VersioningEngine* out) {
  std::string text;
  ARROW_RETURN_NOT_OK(internal::ReadText(value, name, &text));
  constexpr std::array<std::pair<std::string_view, VersioningEngine>, 3> kEngines = {
      {{"auto", VersioningEngine::kAuto},
       {"native", VersioningEngine::kNative},
       {"polars", VersioningEngine::kPolars}}};
  for (const auto& [known, engine] : kEngines) {
    if (text != known) continue;
    *out = engine;
    return arrow::Status::OK();
  }
  return internal::ConfigError(
      value.origin(),
      fmt::format("{} must be 'auto', 'native' or 'polars', not {}", name, Quote(text)));
}

arrow::Status ReadAlgorithm(const SourceValue& value, const std::string& name,
                            std::optional<HashAlgorithm>* out) {
  if (value.is_null()) return arrow::Status::OK();
  std::string text;
  ARROW_RETURN_NOT_OK(internal::ReadText(value, name, &text));
  arrow::Result<HashAlgorithm> algorithm = ParseHashAlgorithm(text);
  if (!algorithm.ok())
    return internal::ConfigError(value.origin(), name + ": " + algorithm.status().message());
  *out = *algorithm;
  return arrow::Status::OK();
}

arrow::Status ReadMembers(const SourceValue& source, const std::string& table,
                          LanceDBMetadataStoreConfig* config) {
  ARROW_RETURN_NOT_OK(internal::CheckKeys(source, table, internal::LanceDBConfigKeys()));
  const SourceValue* uri = source.Find("uri");
  if (uri == nullptr) {
    return internal::ConfigError(
        source.origin(), fmt::format("[{}] has no 'uri'; name a directory or an object store "
                                     "such as \"s3://bucket/path\"",
                                     table));
  }
  ARROW_RETURN_NOT_OK(internal::ReadText(*uri, table + ".uri", &config->uri));
  if (const SourceValue* value = source.Find("connect_kwargs");
      value != nullptr && !value->is_null()) {
    if (!value->is_object())
      return internal::WrongType(*value, table + ".connect_kwargs", "a table");
    config->connect_kwargs = value->ToJson();
  }
  if (const SourceValue* value = source.Find("fallback_stores")) {
    ARROW_RETURN_NOT_OK(
        internal::ReadStrings(*value, table + ".fallback_stores", &config->fallback_stores));
  }
  if (const SourceValue* value = source.Find("hash_algorithm")) {
    ARROW_RETURN_NOT_OK(ReadAlgorithm(*value, table + ".hash_algorithm", &config->hash_algorithm));
  }
  if (const SourceValue* value = source.Find("versioning_engine")) {
    ARROW_RETURN_NOT_OK(
        ReadEngine(*value, table + ".versioning_engine", &config->versioning_engine));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<LanceDBMetadataStoreConfig> MetaxyConfig::GetLanceDBStore(
    const std::optional<std::string>& name) const {
  ARROW_ASSIGN_OR_RAISE(const StoreConfig* chosen, GetStore(name));
  const SourceValue* written =
      source_ != nullptr ? source_->FindPath({"stores", chosen->name}) : nullptr;
  internal::Origin origin = written != nullptr ? written->origin() : internal::Origin{};
  if (!IsLanceDB(chosen->type)) {
    std::vector<std::string> known(kLanceDBTypes.begin(), kLanceDBTypes.begin() + 1);
    return internal::ConfigError(
        origin, fmt::format("the store {} has the type {}, which is not available here; use {}",
                            Quote(chosen->name), Quote(chosen->type), Quote(known[0])));
  }
  // Values from the file have line numbers; values changed by a program since then have none, and
  // take precedence.
  const SourceValue* lines = written != nullptr ? written->Find("config") : nullptr;
  SourceValue source = SourceValue::FromJson(chosen->config, origin);
  if (lines != nullptr && lines->ToJson() == chosen->config) source = *lines;
  LanceDBMetadataStoreConfig config;
  ARROW_RETURN_NOT_OK(ReadMembers(source, "stores." + chosen->name + ".config", &config));
  return config;
}

}  // namespace metaxy
