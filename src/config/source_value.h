// Configuration values that remember where they were written.
//
// Configuration is merged from several sources before it is validated; a message about a value
// still names the file and line, or the variable, that it came from.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "metaxy/json.h"

namespace metaxy::internal {

/// \brief Where a value was written: a file and line, or an environment variable.
struct Origin {
  /// The path of the file, or the name of the variable. Shared by all values of one source.
  std::shared_ptr<const std::string> place = nullptr;
  /// 0 for a variable.
  int line = 0;
  /// 0 if unknown.
  int column = 0;

  /// \brief "metaxy.toml:12", "METAXY_STORE", or empty if unknown.
  std::string ToString() const;
  bool is_file() const { return place != nullptr && line > 0; }
};

/// \brief A tree like Json, in which every node knows its origin. Objects keep the order of their
/// members.
class SourceValue {
 public:
  using Array = std::vector<SourceValue>;
  using Object = std::vector<std::pair<std::string, SourceValue>>;

  SourceValue() : value_(Object{}) {}
  SourceValue(Json scalar, Origin origin) : value_(std::move(scalar)), origin_(std::move(origin)) {}
  SourceValue(Array items, Origin origin) : value_(std::move(items)), origin_(std::move(origin)) {}
  SourceValue(Object members, Origin origin)
      : value_(std::move(members)), origin_(std::move(origin)) {}

  /// \brief A whole JSON value from one source.
  static SourceValue FromJson(const Json& json, const Origin& origin);

  bool is_object() const { return std::holds_alternative<Object>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_scalar() const { return std::holds_alternative<Json>(value_); }
  bool is_string() const { return is_scalar() && scalar().is_string(); }
  bool is_null() const { return is_scalar() && scalar().is_null(); }

  /// \brief The content, which must be of this kind.
  const Json& scalar() const { return std::get<Json>(value_); }
  const Array& items() const { return std::get<Array>(value_); }
  Array& items() { return std::get<Array>(value_); }
  const Object& members() const { return std::get<Object>(value_); }
  Object& members() { return std::get<Object>(value_); }

  const Origin& origin() const { return origin_; }

  /// \brief The member with this name, or nullptr if there is none or this is not an object.
  const SourceValue* Find(std::string_view key) const;
  SourceValue* Find(std::string_view key);
  /// \brief The node at this path of members, or nullptr.
  const SourceValue* FindPath(const std::vector<std::string>& path) const;
  /// \brief Sets a member of an object, replacing the one with the same name or appending it.
  void Set(std::string_view key, SourceValue value);
  /// \brief Removes and returns a member, if it exists.
  std::optional<SourceValue> Take(std::string_view key);

  Json ToJson() const;

  /// \brief The kind of the value, for messages: "a string", "an integer", "a table", ...
  std::string_view KindName() const;

 private:
  std::variant<Json, Array, Object> value_;
  Origin origin_;
};

}  // namespace metaxy::internal
