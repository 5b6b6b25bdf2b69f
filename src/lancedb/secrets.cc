#include "lancedb/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace metaxy::internal {
namespace {

// A longer one is not part of another word.
constexpr size_t kLongSecret = 8;

// Substrings of the names of secret object store options. Others, such as regions and addresses,
// are what messages are about.
constexpr auto kSecretNames = std::to_array<std::string_view>(
    {"key", "secret", "token", "sas", "password", "credential", "headers."});

bool IsSecret(std::string name, std::string_view value) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  // A URL with a user's name and password.
  const bool signs_in =
      value.find("://") != std::string_view::npos && value.find('@') != std::string_view::npos;
  return signs_in || std::any_of(kSecretNames.begin(), kSecretNames.end(), has);
}

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool IsWord(const std::string& text, size_t at, size_t size) {
  return (at == 0 || !IsWordCharacter(text[at - 1])) &&
         (at + size == text.size() || !IsWordCharacter(text[at + size]));
}

void Mask(const std::string& secret, std::string* message) {
  constexpr std::string_view kMask = "***";
  if (secret.empty()) return;
  for (size_t at = message->find(secret); at != std::string::npos;) {
    if (secret.size() >= kLongSecret || IsWord(*message, at, secret.size())) {
      message->replace(at, secret.size(), kMask);
      at = message->find(secret, at + kMask.size());
    } else {
      at = message->find(secret, at + 1);
    }
  }
}

}  // namespace

std::string WithoutSecrets(std::string message, const LanceConnectOptions& options) {
  Mask(options.api_key, &message);
  for (const auto& [name, value] : options.storage_options)
    if (IsSecret(name, value)) Mask(value, &message);
  return message;
}

}  // namespace metaxy::internal
