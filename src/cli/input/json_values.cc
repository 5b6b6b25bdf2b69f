#include "cli/input/json_values.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Kind = JsonNode::Kind;
using Events = nlohmann::basic_json<std::map, std::vector, std::string, bool, int64_t, uint64_t>;

arrow::Status Refused(const std::string& reason) {
  return MakeError(ErrorCode::kInvalidInput, reason);
}

// The reason without nlohmann's own number and position, and without the last token, which may
// contain arbitrary bytes.
std::string_view Reason(std::string_view what) {
  const size_t start = what.find("syntax error");
  if (start != std::string_view::npos) what.remove_prefix(start);
  return what.substr(0, what.find("; last read"));
}

arrow::Status Malformed(size_t position, std::string_view what) {
  const auto says = [&](std::string_view words) {
    return what.find(words) != std::string_view::npos;
  };
  if (says("ill-formed UTF-8")) return Refused("it is not valid UTF-8");
  if (says("surrogate")) return Refused("a string has an unpaired surrogate");
  return Refused(fmt::format("it is not valid JSON at byte {}: {}", position, Reason(what)));
}

arrow::Status TooLarge(std::string_view number, const std::string& path) {
  const bool integer = number.find_first_of(".eE") == std::string_view::npos;
  return Refused(fmt::format(
      "{}{} {}; write it as a string", path.empty() ? "" : "column " + Quote(path) + ": ",
      Quote(number), integer ? "does not fit into 64 bits" : "is beyond what a double holds"));
}

}  // namespace

class JsonValues::Builder : public nlohmann::json_sax<Events> {
 public:
  // All strings together are not longer than the text that contains them.
  void Start(std::string_view text) {
    nodes_.clear();
    open_.clear();
    texts_.clear();
    texts_.reserve(text.size());
    status_ = arrow::Status::OK();
  }

  const std::vector<JsonNode>& nodes() const { return nodes_; }
  const arrow::Status& status() const { return status_; }

  bool null() override {
    Add(Kind::kNull);
    return true;
  }
  bool boolean(bool value) override {
    Add(Kind::kBool).boolean = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    Add(Kind::kInteger).integer = value;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return number_integer(static_cast<int64_t>(value));
    Add(Kind::kNatural).natural = value;
    return true;
  }
  bool number_float(number_float_t, const string_t& source) override {
    // Integers beyond 64 bits also end up here.
    if (source.find_first_of(".,eE") == std::string::npos) return Fail(TooLarge(source, Path()));
    return AddReal(source);
  }
  bool string(string_t& value) override {
    Add(Kind::kText).text = Keep(value);
    return true;
  }
  bool key(string_t& value) override {
    nodes_.emplace_back().kind = Kind::kText;
    nodes_.back().text = Keep(value);
    open_.back().key = nodes_.size() - 1;
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Kind::kObject); }
  bool start_array(std::size_t) override { return Open(Kind::kList); }
  bool end_object() override {
    open_.pop_back();
    return true;
  }
  bool end_array() override { return end_object(); }

  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    // A number with too many digits or too large an exponent.
    const bool overflow =
        std::string_view(error.what()).find("number overflow") != std::string_view::npos;
    return Fail(overflow ? TooLarge(token, Path()) : Malformed(position, error.what()));
  }

 private:
  JsonNode& Add(Kind kind) {
    if (!open_.empty()) ++nodes_[open_.back().node].size;
    nodes_.emplace_back().kind = kind;
    return nodes_.back();
  }

  bool Open(Kind kind) {
    if (open_.size() >= static_cast<size_t>(kMaxValueDepth))
      return Fail(Refused(fmt::format("it is nested deeper than {} levels", kMaxValueDepth)));
    Add(kind);
    open_.push_back({nodes_.size() - 1, 0});
    return true;
  }

  // The keys on the path to the next value.
  std::string Path() const {
    std::string path;
    for (const Level& level : open_) {
      if (level.key == 0) {
        path += "[]";
      } else {
        path += path.empty() ? "" : ".";
        path += nodes_[level.key].text;
      }
    }
    return path;
  }

  // Exactly, and with a decimal point whatever the locale.
  bool AddReal(std::string source) {
    for (char& c : source) {
      const bool known = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e' || c == 'E';
      if (!known) c = '.';
    }
    double value = 0;
    const auto parsed = std::from_chars(source.data(), source.data() + source.size(), value);
    // What is too small for a double is zero, as everywhere; what is too large has already failed.
    if (parsed.ec != std::errc()) value = source.starts_with('-') ? -0.0 : 0.0;
    Add(Kind::kReal).real = value;
    return true;
  }

  std::string_view Keep(const std::string& text) {
    const size_t begin = texts_.size();
    texts_ += text;
    return std::string_view(texts_).substr(begin);
  }

  bool Fail(arrow::Status status) {
    status_ = std::move(status);
    return false;
  }

  // An open list or object, and the last key in it.
  struct Level {
    size_t node;
    size_t key;
  };

  std::vector<JsonNode> nodes_;
  std::vector<Level> open_;
  std::string texts_;
  arrow::Status status_;
};

JsonValues::JsonValues() : builder_(std::make_unique<Builder>()) {}
JsonValues::~JsonValues() = default;

arrow::Result<const std::vector<JsonNode>*> JsonValues::Parse(std::string_view text) {
  // nlohmann treats it as the end of the text.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos)
    return Refused(fmt::format("it is not valid JSON at byte {}: a zero byte", zero + 1));
  builder_->Start(text);
  Events::sax_parse(text.data(), text.data() + text.size(), builder_.get());
  ARROW_RETURN_NOT_OK(builder_->status());
  return &builder_->nodes();
}

}  // namespace metaxy::cli
