#include "cli/input/json_shape.h"

#include <fmt/format.h>

#include <cmath>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

// Objects whose keys are data would make a column of each.
constexpr size_t kMaxMembers = 10000;

arrow::Status Refused(const JsonPath& path, const std::string& reason) {
  return MakeError(ErrorCode::kInvalidInput, fmt::format("column {}: {}", path.ToString(), reason));
}

template <class Integer>
bool IsExact(Integer value) {
  const auto approximation = static_cast<double>(value);
  // 2^63 and 2^64 are doubles, but beyond the range of the type: casting them back is undefined.
  const double limit = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  return approximation < limit && static_cast<Integer>(approximation) == value;
}

}  // namespace

bool IsExactDouble(int64_t value) { return IsExact(value); }
bool IsExactDouble(uint64_t value) { return IsExact(value); }

std::string JsonPath::ToString() const {
  std::string text;
  for (const JsonPath* at = this; at != nullptr; at = at->parent) {
    const bool joined = at->parent != nullptr && at->name != "[]";
    text = (joined ? "." : "") + std::string(at->name) + text;
  }
  return Quote(text);
}

JsonShape::Family JsonShape::FamilyOf(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::kBool:
      return Family::kBoolean;
    case JsonNode::Kind::kInteger:
    case JsonNode::Kind::kNatural:
    case JsonNode::Kind::kReal:
      return Family::kNumber;
    case JsonNode::Kind::kText:
      return Family::kText;
    case JsonNode::Kind::kList:
      return Family::kList;
    case JsonNode::Kind::kObject:
      return Family::kObject;
    default:
      return Family::kUnknown;
  }
}

std::string_view JsonShape::NameOf(Family family) {
  switch (family) {
    case Family::kBoolean:
      return "a boolean";
    case Family::kNumber:
      return "a number";
    case Family::kText:
      return "a string";
    case Family::kList:
      return "a list";
    default:
      return "an object";
  }
}

arrow::Status JsonShape::Observe(const JsonNode** node, int64_t line, const JsonPath& path) {
  const JsonNode& value = **node;
  const Family family = FamilyOf(value.kind);
  if (family == Family::kUnknown) {  // null matches everything
    ++*node;
    return arrow::Status::OK();
  }
  if (family_ == Family::kUnknown) {
    family_ = family;
    line_ = line;
  } else if (family_ != family) {
    const std::string shown = family == Family::kText ? " " + Quote(value.text) : "";
    return Refused(path, fmt::format("{}{} here, but {} in line {}; values of a column must be of "
                                     "one kind",
                                     NameOf(family), shown, NameOf(family_), line_));
  }
  if (family == Family::kObject) return ObserveObject(node, line, path);
  ++*node;
  if (family == Family::kNumber) return ObserveNumber(value, line, path);
  if (family != Family::kList) return arrow::Status::OK();
  if (element_ == nullptr) element_ = std::make_unique<JsonShape>();
  const JsonPath inside{&path, "[]"};
  for (uint32_t i = 0; i < value.size; ++i)
    ARROW_RETURN_NOT_OK(element_->Observe(node, line, inside));
  return arrow::Status::OK();
}

arrow::Status JsonShape::ObserveNumber(const JsonNode& node, int64_t line, const JsonPath& path) {
  if (node.kind == JsonNode::Kind::kReal) {
    if (real_ != 0) return arrow::Status::OK();
    real_ = line;
    return CheckNumbers(line, path);
  }
  const bool natural = node.kind == JsonNode::Kind::kNatural;
  if (natural && natural_ == 0) natural_ = line;
  if (!natural && node.integer < 0 && negative_ == 0) negative_ = line;
  const bool exact = natural ? IsExactDouble(node.natural) : IsExactDouble(node.integer);
  if (!exact && inexact_ == 0) {
    inexact_ = line;
    inexact_value_ = natural ? std::to_string(node.natural) : std::to_string(node.integer);
  }
  return CheckNumbers(line, path);
}

arrow::Status JsonShape::CheckNumbers(int64_t line, const JsonPath& path) const {
  const auto where = [&](int64_t seen) {
    return seen == line ? std::string("here") : fmt::format("in line {}", seen);
  };
  if (real_ != 0 && inexact_ != 0) {
    return Refused(path,
                   fmt::format("{} {} cannot be kept exactly in a column with numbers that have a "
                               "decimal point or an exponent, such as {}; write them as strings",
                               inexact_value_, where(inexact_), where(real_)));
  }
  if (real_ == 0 && natural_ != 0 && negative_ != 0) {
    return Refused(path, fmt::format("no integer type of 64 bits holds both a negative number, {}, "
                                     "and one above 9223372036854775807, {}; write them as strings",
                                     where(negative_), where(natural_)));
  }
  return arrow::Status::OK();
}

JsonShape::Member& JsonShape::FindMember(std::string_view key, size_t expected) {
  // Objects tend to have their members in the same order.
  if (expected < members_.size() && members_[expected].name == key) return members_[expected];
  const auto [it, is_new] = index_.emplace(std::string(key), members_.size());
  if (is_new) members_.push_back({std::string(key), std::make_unique<JsonShape>()});
  return members_[it->second];
}

arrow::Status JsonShape::ObserveObject(const JsonNode** node, int64_t line, const JsonPath& path) {
  const uint32_t size = (*node)->size;
  ++*node;
  ++objects_;
  for (uint32_t i = 0; i < size; ++i) {
    const std::string_view key = (*node)->text;
    ++*node;
    Member& member = FindMember(key, i);
    const JsonPath inside{path.name.empty() && path.parent == nullptr ? nullptr : &path, key};
    if (member.seen_in == objects_) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("the key {} is given twice", inside.ToString()));
    }
    member.seen_in = objects_;
    if (members_.size() > kMaxMembers) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("there are more than {} different keys{}; keys must be names, not data",
                      kMaxMembers, inside.parent != nullptr ? " in " + path.ToString() : ""));
    }
    ARROW_RETURN_NOT_OK(member.shape->Observe(node, line, inside));
  }
  return arrow::Status::OK();
}

arrow::Result<arrow::FieldVector> JsonShape::Fields(const JsonPath* path) const {
  arrow::FieldVector fields;
  for (const Member& member : members_) {
    ARROW_ASSIGN_OR_RAISE(auto type, member.shape->Type({path, member.name}));
    fields.push_back(arrow::field(member.name, std::move(type)));
  }
  return fields;
}

arrow::Result<std::shared_ptr<arrow::DataType>> JsonShape::Type(const JsonPath& path) const {
  switch (family_) {
    case Family::kUnknown:
      return arrow::null();
    case Family::kBoolean:
      return arrow::boolean();
    case Family::kNumber:
      return real_ != 0 ? arrow::float64() : natural_ != 0 ? arrow::uint64() : arrow::int64();
    case Family::kText:
      return arrow::large_utf8();
    case Family::kList: {
      ARROW_ASSIGN_OR_RAISE(auto element, element_->Type({&path, "[]"}));
      return arrow::large_list(arrow::field("item", std::move(element)));
    }
    case Family::kObject:
      break;
  }
  if (members_.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("line {}: column {}: an object without members cannot be stored, "
                                 "and no other row has members; leave the key out",
                                 line_, path.ToString()));
  }
  ARROW_ASSIGN_OR_RAISE(auto fields, Fields(&path));
  return arrow::struct_(fields);
}

}  // namespace metaxy::cli
