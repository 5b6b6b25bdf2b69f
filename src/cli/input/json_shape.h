// Type inference for JSON: what all values of a column have in common.
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

/// \brief Where a value stands: the names on the way to it.
struct JsonPath {
  const JsonPath* parent = nullptr;
  std::string_view name;

  /// \brief "meta.size" in quotes; elements of a list are "sizes[]".
  std::string ToString() const;
};

/// \brief Learns from one value after the other which type holds them all without changing any.
/// Whatever no type holds is refused at the value that differs.
class JsonShape {
 public:
  JsonShape() = default;

  /// \brief Looks at the value at `*node` and moves behind it. InvalidInput, with the column, if it
  /// does not go with those before; `line` is remembered for messages.
  arrow::Status Observe(const JsonNode** node, int64_t line, const JsonPath& path);

  /// \brief Text columns are of 64-bit offsets, as all that Polars makes. A column that only has
  /// nulls is of type null. InvalidInput if an object has no members in any row.
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
  int64_t line_ = 0;  // where the family is from

  // Lines in which a number of this kind came first, 0 if there is none.
  int64_t real_ = 0;
  int64_t negative_ = 0;
  int64_t natural_ = 0;
  int64_t inexact_ = 0;        // an integer that no double is equal to
  std::string inexact_value_;  // for messages

  std::unique_ptr<JsonShape> element_;
  std::vector<Member> members_;
  std::unordered_map<std::string, size_t> index_;  // by name
  uint64_t objects_ = 0;
};

/// \brief Whether a double is equal to this integer.
bool IsExactDouble(int64_t value);
bool IsExactDouble(uint64_t value);

}  // namespace metaxy::cli
