// A JSON value that preserves what versions depend on: the order of members, and whether a number
// is an integer.
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "metaxy/export.h"

namespace metaxy {

/// \brief Maximum nesting of arrays and objects in parsed JSON. Python's own limit is about the
/// same.
inline constexpr int kMaxJsonDepth = 900;

/// \brief An immutable-by-convention JSON value: null, bool, integer of any size, double, string,
/// array or object.
///
/// Objects keep the order of their members, as Python's dict does; for a duplicate key the last
/// value counts, at the position of the first. Not thread-safe for writers.
class METAXY_EXPORT Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  /// \brief An integer as its decimal digits, so that its size is unlimited.
  struct Integer {
    std::string digits;
    bool operator==(const Integer&) const = default;
  };

  Json() = default;  ///< null
  // NOLINTBEGIN(google-explicit-constructor): any of these can be used where JSON is expected.
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  /// \brief From any integer type.
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool> &&
                                          !std::is_same_v<T, char>,
                                      bool> = true>
  Json(T value) : value_(Integer{std::to_string(value)}) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(Integer value) : value_(std::move(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  // NOLINTEND(google-explicit-constructor)

  /// \brief Parses one JSON document in UTF-8. InvalidInput with line and column if it is not
  /// valid, or if it is nested deeper than kMaxJsonDepth. A number is an integer unless it is
  /// written with `.` or `e`.
  static arrow::Result<Json> Parse(std::string_view text);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<Integer>(value_); }
  bool is_double() const { return std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// \brief The value, which must be of this kind.
  bool as_bool() const { return std::get<bool>(value_); }
  double as_double() const { return std::get<double>(value_); }
  const Integer& as_integer() const { return std::get<Integer>(value_); }
  const std::string& as_string() const { return std::get<std::string>(value_); }
  const Array& as_array() const { return std::get<Array>(value_); }
  const Object& as_object() const { return std::get<Object>(value_); }
  Array& as_array() { return std::get<Array>(value_); }
  Object& as_object() { return std::get<Object>(value_); }

  /// \brief The member with this name, or nullptr if there is none or this is not an object.
  const Json* Find(std::string_view key) const;

  /// \brief Sets a member of an object; a null value becomes an empty object first.
  void Set(std::string_view key, Json value);

  /// \brief As written by Python's json.dumps: ", " and ": " as separators, non-ASCII as \uXXXX,
  /// floats by repr. With `sort_keys` every object's members are ordered by code point. Invalid
  /// UTF-8 bytes become U+FFFD.
  std::string DumpPython(bool sort_keys = false) const;

  /// \brief As written by pydantic: no spaces, UTF-8 verbatim, floats as `1e-7` and `1e+16`, NaN
  /// and infinities as null. With `exclude_none` null members of objects are omitted.
  std::string DumpCompact(bool exclude_none = false) const;

  /// \brief Human-readable, and for `--format json`: as written by json.dumps(indent=2).
  std::string DumpIndented(int indent = 2) const;

  bool operator==(const Json& other) const = default;

 private:
  std::variant<std::monostate, bool, Integer, double, std::string, Array, Object> value_;
};

}  // namespace metaxy
