// metaxy config print
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "config/toml_writer.h"

namespace metaxy::cli {

namespace {

constexpr const char* kHidden = "***";

bool NamesSecret(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::array kWords = {"key",        "secret",     "token", "password",
                                 "passphrase", "credential", "sas",   "auth"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const char* word) { return name.find(word) != std::string::npos; });
}

// What is shown to people ends up in logs and questions; `--format json` has everything.
Json WithoutSecrets(const Json& value) {
  if (!value.is_object()) return value;
  Json::Object result;
  for (const auto& [key, member] : value.as_object()) {
    bool hide = NamesSecret(key) && (member.is_string() || member.is_integer());
    result.emplace_back(key, hide ? Json(kHidden) : WithoutSecrets(member));
  }
  return Json(std::move(result));
}

Json WithoutPassword(const Json& uri) {
  if (!uri.is_string()) return uri;
  std::string text = uri.as_string();
  size_t scheme = text.find("://");
  if (scheme == std::string::npos) return uri;
  size_t begin = scheme + 3;
  size_t end = std::min(text.find('/', begin), text.size());
  size_t at = text.rfind('@', end);
  if (at == std::string::npos || at < begin) return uri;
  return Json(text.replace(begin, at - begin, kHidden));
}

Json ForPeople(const Json& config) {
  Json result = config;
  for (auto& [key, stores] : result.as_object()) {
    if (key != "stores") continue;
    for (auto& [name, store] : stores.as_object()) {
      Json settings = *store.Find("config");
      if (const Json* kwargs = settings.Find("connect_kwargs"))
        settings.Set("connect_kwargs", WithoutSecrets(*kwargs));
      if (const Json* uri = settings.Find("uri")) settings.Set("uri", WithoutPassword(*uri));
      store.Set("config", std::move(settings));
    }
  }
  return result;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(MetaxyConfig config, context.LoadConfig());
  if (arguments.json()) {
    context.output().PrintJson(config.ToJson());
    return kDone;
  }
  if (config.config_file()) context.output().PrintLine("# " + config.config_file()->string());
  context.output().Print(internal::WriteToml(ForPeople(config.ToJson())));
  return kDone;
}

}  // namespace

CommandSpec ConfigPrintCommand() {
  return {"config",
          "print",
          nullptr,
          "Show the configuration with all defaults",
          {FormatOption({"toml", "json"})},
          Run};
}

}  // namespace metaxy::cli
