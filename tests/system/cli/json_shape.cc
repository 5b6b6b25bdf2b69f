#include "json_shape.h"

#include <cctype>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace metaxy::testing {

namespace {

// A shape that was read.
struct Shape {
  struct Member {
    bool optional = false;
    std::shared_ptr<Shape> shape;
  };

  std::vector<std::shared_ptr<Shape>> choices;  // A | B; the rest is unset
  std::string name;                             // "string", "int", or a literal with its quotes
  std::shared_ptr<Shape> items;                 // of a list
  std::map<std::string, Member> members;        // of an object
  std::shared_ptr<Shape> any_member;            // {[string]: T}
  bool is_object = false;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::shared_ptr<Shape> Read() {
    auto shape = Choice();
    Skip();
    if (at_ != text_.size()) error_ = "unexpected '" + std::string(text_.substr(at_, 10)) + "'";
    return shape;
  }
  const std::string& error() const { return error_; }

 private:
  void Skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool Match(std::string_view sign) {
    Skip();
    if (text_.substr(at_, sign.size()) != sign) return false;
    at_ += sign.size();
    return true;
  }
  void Expect(std::string_view sign) {
    if (!Match(sign) && error_.empty())
      error_ = "expected '" + std::string(sign) + "' before '" +
               std::string(text_.substr(at_, 10)) + "'";
  }
  std::string Word() {
    Skip();
    const size_t begin = at_;
    if (at_ < text_.size() && text_[at_] == '"') {
      at_ = text_.find('"', at_ + 1) + 1;
    } else {
      while (at_ < text_.size() &&
             (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
        ++at_;
    }
    if (begin == at_ && error_.empty())
      error_ = "expected a word before '" + std::string(text_.substr(at_, 10)) + "'";
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::shared_ptr<Shape> Choice() {
    auto first = List();
    if (!Match("|")) return first;
    auto shape = std::make_shared<Shape>();
    shape->choices.push_back(std::move(first));
    do {
      shape->choices.push_back(List());
    } while (Match("|") && error_.empty());
    return shape;
  }

  std::shared_ptr<Shape> List() {
    auto shape = Single();
    while (Match("[]")) {
      auto list = std::make_shared<Shape>();
      list->items = std::move(shape);
      shape = std::move(list);
    }
    return shape;
  }

  std::shared_ptr<Shape> Single() {
    auto shape = std::make_shared<Shape>();
    if (!Match("{")) {
      shape->name = Word();
      return shape;
    }
    shape->is_object = true;
    while (!Match("}") && error_.empty()) {
      if (Match("[string]")) {
        Expect(":");
        shape->any_member = Choice();
      } else {
        const std::string name = Word();
        const bool optional = Match("?");
        Expect(":");
        shape->members[name] = {optional, Choice()};
      }
      Match(",");
    }
    return shape;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string error_;
};

bool IsWholeNumber(const Json& value) { return value.is_integer(); }

bool HasName(const std::string& name, const Json& value) {
  if (name == "any") return true;
  if (name == "null") return value.is_null();
  if (name == "bool") return value.is_bool();
  if (name == "string") return value.is_string();
  if (name == "int") return IsWholeNumber(value);
  if (name == "number") return IsWholeNumber(value) || value.is_double();
  return value.is_string() && "\"" + value.as_string() + "\"" == name;
}

std::string Compare(const Shape& shape, const Json& value, const std::string& place);

std::string CompareObject(const Shape& shape, const Json& value, const std::string& place) {
  if (!value.is_object()) return place + ": is not an object";
  for (const auto& [name, member] : shape.members) {
    if (!member.optional && value.Find(name) == nullptr) return place + "." + name + ": is missing";
  }
  for (const auto& [name, member] : value.as_object()) {
    const auto known = shape.members.find(name);
    const Shape* expected =
        known != shape.members.end() ? known->second.shape.get() : shape.any_member.get();
    if (expected == nullptr) return place + "." + name + ": is not in the shape";
    std::string difference = Compare(*expected, member, place + "." + name);
    if (!difference.empty()) return difference;
  }
  return "";
}

std::string Compare(const Shape& shape, const Json& value, const std::string& place) {
  if (!shape.choices.empty()) {
    std::string differences;
    for (const auto& choice : shape.choices) {
      const std::string difference = Compare(*choice, value, place);
      if (difference.empty()) return "";
      differences += (differences.empty() ? "" : "; or ") + difference;
    }
    return differences;
  }
  if (shape.is_object) return CompareObject(shape, value, place);
  if (shape.items) {
    if (!value.is_array()) return place + ": is not a list";
    for (size_t i = 0; i < value.as_array().size(); ++i) {
      std::string difference =
          Compare(*shape.items, value.as_array()[i], place + "[" + std::to_string(i) + "]");
      if (!difference.empty()) return difference;
    }
    return "";
  }
  return HasName(shape.name, value) ? "" : place + ": is not " + shape.name;
}

}  // namespace

std::string ShapeDifference(std::string_view shape, const Json& value) {
  Reader reader(shape);
  const auto read = reader.Read();
  if (!reader.error().empty()) return "the shape cannot be read: " + reader.error();
  return Compare(*read, value, "");
}

}  // namespace metaxy::testing
