#include "config/config_fields.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "base/quote.h"
#include "config/ext_cpp.h"
#include "config/value_reader.h"

namespace metaxy::internal {

namespace {

arrow::Status ReadProject(const SourceValue& value, const Log&, MetaxyConfig* config) {
  ARROW_RETURN_NOT_OK(ReadOptionalText(value, "project", &config->project));
  if (!config->project) return arrow::Status::OK();
  const std::string& name = *config->project;
  auto refuse = [&](std::string_view why) {
    return ConfigError(value.origin(), fmt::format("project {} {}", Quote(name), why));
  };
  if (name.empty()) return refuse("is empty; give it a name or leave the key out");
  if (name.find("__") != std::string::npos)
    return refuse("has a double underscore, which separates parts of table names");
  bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || c == '_' || c == '-');
  });
  if (!plain) return refuse("may contain only letters, digits, '-' and '_'");
  return arrow::Status::OK();
}

// "config.uri (METAXY_STORES__DEV__CONFIG__URI)" for every value of a store that has no type.
void CollectPlaces(const SourceValue& value, const std::string& path,
                   std::vector<std::string>* places) {
  if (value.is_object() && !value.members().empty()) {
    for (const auto& [key, member] : value.members()) {
      CollectPlaces(member, path.empty() ? key : path + "." + key, places);
    }
    return;
  }
  std::string origin = value.origin().ToString();
  std::string what = path.empty() ? std::string("it is not a table") : path;
  places->push_back(origin.empty() ? what : fmt::format("{} ({})", what, origin));
}

void WarnOfIncompleteStore(const std::string& name, const SourceValue& store, const Log& log) {
  std::vector<std::string> places;
  CollectPlaces(store, "", &places);
  std::string has;
  for (const std::string& place : places) has += (has.empty() ? "" : ", ") + place;
  log.Warn(LogSubject::kConfig,
           fmt::format("ignoring the store {}, which has no 'type'; it has: {}", Quote(name), has),
           {{"store", name}});
}

arrow::Status ReadStore(const std::string& name, const SourceValue& value, StoreConfig* store) {
  std::string table = "stores." + name;
  ErrorList errors;
  for (const auto& [key, member] : value.members()) {
    if (key == "type" || key == "config") continue;
    static const std::vector<std::string> kConfigKeys = LanceDBConfigKeys();
    if (std::find(kConfigKeys.begin(), kConfigKeys.end(), key) != kConfigKeys.end()) {
      errors.Add(ConfigError(member.origin(),
                             fmt::format("unknown key {} in [{}]; it belongs in [{}.config]",
                                         Quote(key), table, table)));
    }
  }
  ARROW_RETURN_NOT_OK(errors.Finish());
  ARROW_RETURN_NOT_OK(CheckKeys(value, table, {"type", "config"}));
  store->name = name;
  ARROW_RETURN_NOT_OK(ReadText(*value.Find("type"),
                               fmt::format("the type of store {}", Quote(name)), &store->type));
  const SourceValue* config = value.Find("config");
  if (config == nullptr) return arrow::Status::OK();
  if (!config->is_object()) return WrongType(*config, table + ".config", "a table");
  store->config = config->ToJson();
  return arrow::Status::OK();
}

arrow::Status ReadStores(const SourceValue& value, const Log& log, MetaxyConfig* config) {
  if (!value.is_object()) return WrongType(value, "stores", "a table");
  ErrorList errors;
  for (const auto& [name, member] : value.members()) {
    if (!member.is_object() || member.Find("type") == nullptr) {
      WarnOfIncompleteStore(name, member, log);
      continue;
    }
    StoreConfig store;
    arrow::Status status = ReadStore(name, member, &store);
    errors.Add(status);
    if (status.ok()) config->stores.push_back(std::move(store));
  }
  return errors.Finish();
}

Json WriteStores(const MetaxyConfig& config) {
  Json::Object stores;
  for (const StoreConfig& store : config.stores) {
    stores.emplace_back(store.name, Json::Object{{"type", store.type}, {"config", store.config}});
  }
  return Json(std::move(stores));
}

arrow::Status ReadExt(const SourceValue& value, const Log&, MetaxyConfig* config) {
  if (!value.is_object()) return WrongType(value, "ext", "a table");
  Json::Object extensions;
  for (const auto& [name, member] : value.members()) {
    std::string table = "ext." + name;
    if (!member.is_object()) return WrongType(member, table, "a table");
    bool enable = false;
    if (const SourceValue* given = member.Find("enable")) {
      ARROW_RETURN_NOT_OK(ReadBool(*given, table + ".enable", &enable));
    }
    Json::Object extension = {{"enable", enable}};
    for (const auto& [key, item] : member.members()) {
      if (key != "enable") extension.emplace_back(key, item.ToJson());
    }
    extensions.emplace_back(name, std::move(extension));
    if (name == kExtCpp) ARROW_RETURN_NOT_OK(CheckExtCpp(member));
  }
  config->ext = Json(std::move(extensions));
  return arrow::Status::OK();
}

arrow::Result<FeatureKey> ReadKey(const SourceValue& value, const std::string& name) {
  arrow::Result<FeatureKey> key = FeatureKey();
  if (value.is_string()) {
    key = FeatureKey::Make(value.scalar().as_string());
  } else if (value.is_array()) {
    std::vector<std::string> parts;
    ARROW_RETURN_NOT_OK(ReadStrings(value, name, &parts));
    key = FeatureKey(std::move(parts));
    if (arrow::Status status = key->Validate(); !status.ok()) key = status;
  } else {
    return WrongType(value, name, "a feature key");
  }
  if (!key.ok())
    return ConfigError(value.origin(), fmt::format("{}: {}", name, key.status().message()));
  return key;
}

arrow::Status ReadSelection(const SourceValue& value, const std::string& name,
                            FeatureSelection* selection) {
  if (!value.is_object()) return WrongType(value, name, "a table");
  ARROW_RETURN_NOT_OK(CheckKeys(value, "[extra_features]", {"projects", "keys", "all"}));
  const SourceValue* projects = value.Find("projects");
  if (projects != nullptr && !projects->is_null()) {
    selection->projects.emplace();
    ARROW_RETURN_NOT_OK(ReadStrings(*projects, name + ".projects", &*selection->projects));
  }
  const SourceValue* keys = value.Find("keys");
  if (keys != nullptr && !keys->is_null()) {
    if (!keys->is_array()) return WrongType(*keys, name + ".keys", "a list of feature keys");
    selection->keys.emplace();
    for (const SourceValue& item : keys->items()) {
      std::string place = fmt::format("{}.keys[{}]", name, selection->keys->size());
      ARROW_ASSIGN_OR_RAISE(FeatureKey key, ReadKey(item, place));
      selection->keys->push_back(std::move(key));
    }
  }
  const SourceValue* all = value.Find("all");
  if (all != nullptr && !all->is_null()) {
    selection->all.emplace();
    ARROW_RETURN_NOT_OK(ReadBool(*all, name + ".all", &*selection->all));
  }
  bool says_something = selection->all.value_or(false) ||
                        (selection->projects && !selection->projects->empty()) ||
                        (selection->keys && !selection->keys->empty());
  if (says_something) return arrow::Status::OK();
  return ConfigError(
      value.origin(),
      fmt::format("{} selects nothing; give it 'projects', 'keys' or 'all = true'", name));
}

arrow::Status ReadExtraFeatures(const SourceValue& value, const Log&, MetaxyConfig* config) {
  if (!value.is_array()) return WrongType(value, "extra_features", "a list of tables");
  ErrorList errors;
  for (size_t i = 0; i < value.items().size(); ++i) {
    FeatureSelection selection;
    errors.Add(ReadSelection(value.items()[i], fmt::format("extra_features[{}]", i), &selection));
    config->extra_features.push_back(std::move(selection));
  }
  return errors.Finish();
}

Json StringsToJson(const std::vector<std::string>& texts) {
  Json::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return Json(std::move(array));
}

Json WriteExtraFeatures(const MetaxyConfig& config) {
  Json::Array array;
  for (const FeatureSelection& selection : config.extra_features) {
    Json keys;
    if (selection.keys) {
      Json::Array texts;
      for (const FeatureKey& key : *selection.keys) texts.emplace_back(key.ToString());
      keys = Json(std::move(texts));
    }
    array.emplace_back(
        Json::Object{{"projects", selection.projects ? StringsToJson(*selection.projects) : Json()},
                     {"keys", std::move(keys)},
                     {"all", selection.all ? Json(*selection.all) : Json()}});
  }
  return Json(std::move(array));
}

Json OptionalToJson(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

}  // namespace

const std::vector<ConfigField>& ConfigFields() {
  using Kind = ConfigField::Kind;
  using C = MetaxyConfig;
  static const std::vector<ConfigField> kFields = {
      {"store", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) { return ReadText(v, "store", &c->store); },
       [](const C& c) { return Json(c.store); }},
      {"stores", Kind::kStores, ReadStores, WriteStores},
      {"extend", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) {
         return ReadOptionalText(v, "extend", &c->extend);
       },
       [](const C& c) { return OptionalToJson(c.extend); }},
      {"entrypoints", Kind::kList,
       [](const SourceValue& v, const Log&, C* c) {
         return ReadStrings(v, "entrypoints", &c->entrypoints);
       },
       [](const C& c) { return StringsToJson(c.entrypoints); }},
      {"theme", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) { return ReadText(v, "theme", &c->theme); },
       [](const C& c) { return Json(c.theme); }},
      {"ext", Kind::kExt, ReadExt, [](const C& c) { return c.ext; }},
      {"hash_truncation_length", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) {
         return ReadInt(v, "hash_truncation_length", kMinHashTruncationLength,
                        &c->hash_truncation_length);
       },
       [](const C& c) { return Json(c.hash_truncation_length); }},
      {"enable_map_datatype", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) {
         return ReadBool(v, "enable_map_datatype", &c->enable_map_datatype);
       },
       [](const C& c) { return Json(c.enable_map_datatype); }},
      {"auto_create_tables", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) {
         return ReadBool(v, "auto_create_tables", &c->auto_create_tables);
       },
       [](const C& c) { return Json(c.auto_create_tables); }},
      {"project", Kind::kPlain, ReadProject, [](const C& c) { return OptionalToJson(c.project); }},
      {"locked", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) {
         if (v.is_null()) return arrow::Status::OK();
         return ReadBool(v, "locked", &c->locked.emplace());
       },
       [](const C& c) { return c.locked ? Json(*c.locked) : Json(); }},
      {"sync", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) { return ReadBool(v, "sync", &c->sync); },
       [](const C& c) { return Json(c.sync); }},
      {"extra_features", Kind::kList, ReadExtraFeatures, WriteExtraFeatures},
      {"metaxy_lock_path", Kind::kPlain,
       [](const SourceValue& v, const Log&, C* c) {
         return ReadOptionalText(v, "metaxy_lock_path", &c->metaxy_lock_path);
       },
       [](const C& c) { return OptionalToJson(c.metaxy_lock_path); }},
  };
  return kFields;
}

}  // namespace metaxy::internal
