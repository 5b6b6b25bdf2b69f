// Conversion of JSON to models: every value of a wrong kind and every unknown member becomes a
// problem with its location.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/json.h"
#include "models/problems.h"

namespace metaxy {

/// \brief "a list", "an object", ...: the kind of a value, for messages.
std::string_view KindOf(const Json& json);

/// \brief The members of an object, each to be taken once; the remaining ones are unknown.
class ObjectReader {
 public:
  /// \brief Adds a problem if `json` is not an object, and then has no members. `json` and
  /// `problems` must outlive this.
  ObjectReader(const Json& json, ValuePath path, Problems* problems);

  bool is_object() const { return json_.is_object(); }
  const ValuePath& path() const { return path_; }
  Problems* problems() { return problems_; }

  /// \brief The member, or nullptr; it counts as known from here on.
  const Json* Take(std::string name);

  /// \brief The member; a problem and nullptr if there is none.
  const Json* Require(std::string name);

  /// \brief Reports every member that was not taken.
  void Finish();

 private:
  const Json& json_;
  ValuePath path_;
  Problems* problems_;
  std::vector<std::string> known_;
};

/// \brief Each returns the value, or adds a problem and returns `std::nullopt`.
std::optional<std::string> ReadText(const Json& json, const ValuePath& path, Problems* problems);
std::optional<std::vector<std::string>> ReadStrings(const Json& json, const ValuePath& path,
                                                    Problems* problems);
/// Also accepts what pydantic accepts as a boolean: 0, 1, "yes", "off", ...
std::optional<bool> ReadBool(const Json& json, const ValuePath& path, Problems* problems);

/// \brief The parts of a key: from "a/b", ["a", "b"], {"root": ...} or {"parts": ...}.
std::optional<std::vector<std::string>> ReadKeyParts(const Json& json, const ValuePath& path,
                                                     Problems* problems);

/// \brief A FeatureKey or FieldKey; the rules for its parts are not checked.
template <class Key>
std::optional<Key> ReadKey(const Json& json, const ValuePath& path, Problems* problems) {
  auto parts = ReadKeyParts(json, path, problems);
  if (!parts) return std::nullopt;
  return Key(std::move(*parts));
}

/// \brief A list of keys; those that cannot be read are omitted.
template <class Key>
std::vector<Key> ReadKeys(const Json& json, const ValuePath& path, Problems* problems) {
  std::vector<Key> keys;
  if (!json.is_array()) {
    problems->Add(path, "must be a list of keys, not " + std::string(KindOf(json)));
    return keys;
  }
  for (size_t i = 0; i < json.as_array().size(); ++i) {
    if (auto key = ReadKey<Key>(json.as_array()[i], path / i, problems))
      keys.push_back(std::move(*key));
  }
  return keys;
}

}  // namespace metaxy
