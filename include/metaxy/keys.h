// Feature and field keys: parts joined by "/".
#pragma once

#include <arrow/result.h>

#include <compare>
#include <functional>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "metaxy/export.h"

namespace metaxy {

namespace internal {

/// \brief The common base of feature keys and field keys. Ordered by parts: "a/b" < "a-b", unlike
/// the strings.
class METAXY_EXPORT Key {
 public:
  const std::vector<std::string>& parts() const { return parts_; }
  bool empty() const { return parts_.empty(); }

  /// \brief "a/b/c".
  std::string ToString() const;
  /// \brief The name of a member of the `*_by_field` structs: "a_b_c".
  std::string ToStructKey() const;
  /// \brief "__a_b_c", the suffix of a parent's system columns in a joined frame.
  std::string ToColumnSuffix() const;

 protected:
  Key() = default;
  explicit Key(std::string_view text);
  explicit Key(std::vector<std::string> parts) : parts_(std::move(parts)) {}

  /// \brief The naming rules; `kind` is "FeatureKey" or "FieldKey".
  arrow::Status Validate(std::string_view kind) const;

  std::vector<std::string> parts_;
};

}  // namespace internal

/// \brief The key of a feature, such as "video/crop". Mirrors metaxy.FeatureKey.
///
/// Constructing one from a string or from parts only splits it, so that keys can be written
/// literally in definitions; the rules are checked by Make(), by Validate() and when a definition
/// is added to a graph: the first part starts with a-z or _, all parts consist of a-z 0-9 _ and -,
/// do not start with - and have no double underscore.
class METAXY_EXPORT FeatureKey : public internal::Key {
 public:
  FeatureKey() = default;
  // NOLINTBEGIN(google-explicit-constructor): a string can be used wherever a key is expected.
  FeatureKey(const char* text) : Key(std::string_view(text != nullptr ? text : "")) {}
  FeatureKey(const std::string& text) : Key(std::string_view(text)) {}
  FeatureKey(std::string_view text) : Key(text) {}
  // NOLINTEND(google-explicit-constructor)
  explicit FeatureKey(std::vector<std::string> parts) : Key(std::move(parts)) {}

  /// \brief A key that follows the rules; otherwise InvalidInput, naming the part and the rule.
  static arrow::Result<FeatureKey> Make(std::string_view text);
  arrow::Status Validate() const { return Key::Validate("FeatureKey"); }

  /// \brief The name of the feature's table: parts joined by "__", with "-" replaced by "_".
  std::string table_name() const;

  /// \brief Whether this names one of the store's system tables ("metaxy-system/...").
  bool is_system() const;

  bool operator==(const FeatureKey& other) const { return parts_ == other.parts_; }
  std::strong_ordering operator<=>(const FeatureKey& other) const;
};

/// \brief The key of a field within a feature, such as "audio/english". Mirrors metaxy.FieldKey;
/// same rules.
class METAXY_EXPORT FieldKey : public internal::Key {
 public:
  FieldKey() = default;
  // NOLINTBEGIN(google-explicit-constructor): a string can be used wherever a key is expected.
  FieldKey(const char* text) : Key(std::string_view(text != nullptr ? text : "")) {}
  FieldKey(const std::string& text) : Key(std::string_view(text)) {}
  FieldKey(std::string_view text) : Key(text) {}
  // NOLINTEND(google-explicit-constructor)
  explicit FieldKey(std::vector<std::string> parts) : Key(std::move(parts)) {}

  static arrow::Result<FieldKey> Make(std::string_view text);
  arrow::Status Validate() const { return Key::Validate("FieldKey"); }

  bool operator==(const FieldKey& other) const { return parts_ == other.parts_; }
  std::strong_ordering operator<=>(const FieldKey& other) const;
};

inline std::ostream& operator<<(std::ostream& out, const FeatureKey& key) {
  return out << key.ToString();
}
inline std::ostream& operator<<(std::ostream& out, const FieldKey& key) {
  return out << key.ToString();
}

}  // namespace metaxy

template <>
struct std::hash<metaxy::FeatureKey> {
  size_t operator()(const metaxy::FeatureKey& key) const noexcept {
    return std::hash<std::string>()(key.ToString());
  }
};
template <>
struct std::hash<metaxy::FieldKey> {
  size_t operator()(const metaxy::FieldKey& key) const noexcept {
    return std::hash<std::string>()(key.ToString());
  }
};
