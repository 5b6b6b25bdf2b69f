// JSON type inference: what all values of a column have in common.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/input/json_values.h"

namespace metaxy::cli {

/// \brief The location of a value: the names on the path to it.
struct JsonPath {
  const JsonPath* parent = nullptr;
  std::string_view name;

  /// \brief "meta.size" in quotes; elements of a list are "sizes[]".
  std::string ToString() const;
};

/// \brief Processes one value after the other and finds the type that holds them all unchanged. If
/// there is none, the first value that differs is refused.
class JsonShape {
 public:
  JsonShape() = default;

  /// \brief Processes the value at `*node` and advances past it. InvalidInput, with the column, if
  /// it is inconsistent with those before; `line` is kept for messages.
  arrow::Status Observe(const JsonNode** node, int64_t line, const JsonPath& path);

  /// \brief String columns have 64-bit offsets, as in Polars. A column with only nulls is of type
  /// null. InvalidInput if an object has no members in any row.
  arrow::Result<std::shared_ptr<arrow::DataType>> Type(const JsonPath& path) const;

  /// \brief Types of the members of objects.
  arrow::Result<arrow::FieldVector> Fields(const JsonPath* path) const;

 private:
  enum class Family { kUnknown, kBoolean, kNumber, kText, kList, kObject };

  struct Member {
    std::string name;
    std::unique_ptr<JsonShape> shape;
    uint64_t seen_in = 0;  // the last object with it
  };

  static Family FamilyOf(JsonNode::Kind kind);
  static std::string_view NameOf(Family family);

  arrow::Status ObserveNumber(const JsonNode& node, int64_t line, const JsonPath& path);
  arrow::Status CheckNumbers(int64_t line, const JsonPath& path) const;
  arrow::Status ObserveObject(const JsonNode** node, int64_t line, const JsonPath& path);
  Member& FindMember(std::string_view key, size_t expected);

  Family family_ = Family::kUnknown;
  int64_t line_ = 0;  // where the family was first seen

  // Lines in which a number of this kind occurred first, 0 if none.
  int64_t real_ = 0;
  int64_t negative_ = 0;
  int64_t natural_ = 0;
  int64_t inexact_ = 0;        // an integer that no double can represent
  std::string inexact_value_;  // for messages

  std::unique_ptr<JsonShape> element_;
  std::vector<Member> members_;
  std::unordered_map<std::string, size_t> index_;  // by name
  uint64_t objects_ = 0;
};

/// \brief Whether a double can represent this integer.
bool IsExactDouble(int64_t value);
bool IsExactDouble(uint64_t value);

}  // namespace metaxy::cli
