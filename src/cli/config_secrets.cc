#include "cli/config_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

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

// A password before the host, and the whole query, which may contain signatures.
std::string WithoutPassword(std::string text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const size_t begin = scheme + 3;
  const size_t end = std::min(text.find('/', begin), text.size());
  const size_t at = text.rfind('@', end);
  if (at != std::string::npos && at >= begin) text.replace(begin, at - begin, kHidden);
  if (const size_t query = text.find('?'); query != std::string::npos)
    text.replace(query + 1, std::string::npos, kHidden);
  return text;
}

// Printed output ends up in logs and bug reports, in every format.
Json Masked(const Json& value) {
  if (value.is_string()) return Json(WithoutPassword(value.as_string()));
  if (value.is_array()) {
    Json::Array items;
    for (const Json& item : value.as_array()) items.push_back(Masked(item));
    return Json(std::move(items));
  }
  if (!value.is_object()) return value;
  Json::Object result;
  for (const auto& [key, member] : value.as_object()) {
    const bool hide = NamesSecret(key) && !member.is_null() && !member.is_object();
    result.emplace_back(key, hide ? Json(kHidden) : Masked(member));
  }
  return Json(std::move(result));
}

}  // namespace

Json WithoutSecrets(const Json& config) {
  Json result = config;
  for (auto& [key, stores] : result.as_object()) {
    if (key != "stores") continue;
    for (auto& [name, store] : stores.as_object()) {
      const Json* written = store.Find("config");
      if (written == nullptr) continue;
      Json settings = Masked(*written);
      // A string in place of the table, as an environment variable may provide it, may contain
      // secrets as well.
      const Json* kwargs = settings.Find("connect_kwargs");
      if (kwargs != nullptr && !kwargs->is_object() && !kwargs->is_null())
        settings.Set("connect_kwargs", kHidden);
      store.Set("config", std::move(settings));
    }
  }
  return result;
}

}  // namespace metaxy::cli
