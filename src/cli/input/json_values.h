// JSON tokenizer: a text as a flat list of its values.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy::cli {

/// \brief Maximum nesting of lists and objects in one value. Arrow's own formats end at 64 levels.
inline constexpr int kMaxValueDepth = 60;

/// \brief One value. Those inside a list or an object follow it, in order; a member of an object is
/// a string, its key, and a value.
struct JsonNode {
  enum class Kind : uint8_t {
    kNull,
    kBool,
    kInteger,  ///< fits int64
    kNatural,  ///< fits only uint64
    kReal,     ///< was written with a point or an exponent
    kText,
    kList,
    kObject,
  };
  Kind kind = Kind::kNull;
  bool boolean = false;
  uint32_t size = 0;  ///< elements of a list, members of an object
  union {
    int64_t integer = 0;
    uint64_t natural;
    double real;
  };
  std::string_view text;
};

/// \brief The position after the value at `node` and its descendants.
inline const JsonNode* SkipValue(const JsonNode* node) {
  for (uint64_t left = 1; left > 0; --left, ++node) {
    if (node->kind == JsonNode::Kind::kList) left += node->size;
    if (node->kind == JsonNode::Kind::kObject) left += uint64_t{2} * node->size;
  }
  return node;
}

/// \brief Parses one text after the other and reuses its memory. Numbers are exact or refused;
/// invalid UTF-8 is refused. Not thread-safe.
class JsonValues {
 public:
  JsonValues();
  ~JsonValues();
  JsonValues(const JsonValues&) = delete;
  JsonValues& operator=(const JsonValues&) = delete;

  /// \brief The value and its descendants, valid until the next call. InvalidInput with the reason.
  arrow::Result<const std::vector<JsonNode>*> Parse(std::string_view text);

 private:
  class Builder;

  std::unique_ptr<Builder> builder_;
};

}  // namespace metaxy::cli
