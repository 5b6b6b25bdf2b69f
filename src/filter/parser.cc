// The grammar, from the loosest binding to the tightest:
//
//   filter      = disjunction [";"]
//   disjunction = conjunction {"OR" conjunction}
//   conjunction = equality {"AND" equality}
//   equality    = comparison {("=" | "==" | "!=" | "<>") comparison}
//   comparison  = range {("<" | "<=" | ">" | ">=") range}
//   range       = sign {["NOT"] ("IN" list | "IS" ["NOT"] sign | "ISNULL" | "NOTNULL")
//                       | "NOT" "NULL" | ["NOT"] extension}
//   extension   = "IN" "@"path | ("LIKE" | "ILIKE") sign | "BETWEEN" sign "AND" sign
//   sign        = ("+" | "-") sign | ("NOT" | "!") equality | primary
//   primary     = "(" disjunction ")" | literal | ("DATE" | "TIMESTAMP") text | column
//   column      = name {"." name}
//
// It is that of sqlglot's default dialect, as far as the reference supports it; extensions, dates
// and timestamps are ours. Comparisons and IN accept only columns and literals, so chains such as
// `a = b = c` are parsed and then refused.
#include <arrow/array/builder_binary.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/expression.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "filter/filter_parser.h"
#include "filter/keywords.h"
#include "filter/literal.h"
#include "filter/membership.h"
#include "filter/parsed_item.h"
#include "filter/token.h"
#include "filter/token_reader.h"
#include "metaxy/errors.h"
#include "metaxy/filter.h"

namespace metaxy {

namespace internal {

namespace {

using arrow::compute::Expression;

// Nesting of parentheses, NOT and signs. Far more than a person writes, far less than the stack can
// hold.
constexpr int kMaxDepth = 200;

constexpr size_t kMaxNameParts = 4;

// Arrow makes regular expressions of patterns, which may not become too large.
constexpr size_t kMaxPatternBytes = 4096;

using Item = ParsedItem;

class Parser : private TokenReader {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, FilterGrammar grammar,
         const ListReader& read_list)
      : TokenReader(text, std::move(tokens), grammar), read_list_(read_list) {}

  arrow::Result<Expression> Run() {
    if (Here().kind == TokenKind::kEnd) {
      return MakeError(ErrorCode::kFilterParse,
                       "cannot read an empty filter; leave it out or write a condition");
    }
    if (Here().kind == TokenKind::kWord && IsStatementWord(Here().text)) {
      return Error(Here(),
                   fmt::format("{} starts an SQL statement; if it is a column, write \"{}\"",
                               ToUpper(Here().text), Here().text));
    }
    ARROW_ASSIGN_OR_RAISE(Item item, Disjunction());
    MatchSign(";");
    if (Here().kind != TokenKind::kEnd) return Unexpected("AND, OR or the end");
    ARROW_RETURN_NOT_OK(CheckSize(item));
    return AsExpression(std::move(item));
  }

 private:
  arrow::Status CheckSize(const Item& item) const {
    if (item.kind == Item::Kind::kLiteral && IsTooLarge(item.literal)) {
      return Error(item.offset, "the number is too large; integers have up to 128 bits");
    }
    return arrow::Status::OK();
  }

  arrow::Status CheckOperand(const Item& item) const {
    if (item.kind == Item::Kind::kCondition) {
      return Error(
          item.offset,
          "a condition cannot be compared; compare columns and literals, and use AND, OR, NOT");
    }
    return CheckSize(item);
  }

  // Counts the depth of the parser while it is alive.
  class Depth {
   public:
    explicit Depth(int* depth) : depth_(depth) { ++*depth_; }
    ~Depth() { --*depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    int* depth_;
  };
  arrow::Status CheckDepth(const Token& token) const {
    if (depth_ <= kMaxDepth) return arrow::Status::OK();
    return Error(token, fmt::format("more than {} nested parentheses, NOTs and signs", kMaxDepth));
  }

  // ---- grammar
  arrow::Result<Item> Disjunction() {
    return Chain("OR", "or_kleene", [this] { return Conjunction(); });
  }
  arrow::Result<Item> Conjunction() {
    return Chain("AND", "and_kleene", [this] { return Equality(); });
  }

  template <class Part>
  arrow::Result<Item> Chain(std::string_view keyword, const char* function, Part part) {
    ARROW_ASSIGN_OR_RAISE(Item first, part());
    if (!IsWord(Here(), keyword)) return first;
    const size_t offset = first.offset;
    ARROW_RETURN_NOT_OK(CheckSize(first));
    std::vector<Expression> terms = {AsExpression(std::move(first))};
    while (MatchWord(keyword)) {
      ARROW_ASSIGN_OR_RAISE(Item next, part());
      ARROW_RETURN_NOT_OK(CheckSize(next));
      terms.push_back(AsExpression(std::move(next)));
    }
    return Item::Condition(offset, Combine(function, terms, 0, terms.size()));
  }

  arrow::Result<Item> Equality() {
    ARROW_ASSIGN_OR_RAISE(Item left, Comparison());
    while (const char* function = MatchEquality(this)) {
      ARROW_ASSIGN_OR_RAISE(Item right, Comparison());
      ARROW_ASSIGN_OR_RAISE(left, Compare(function, std::move(left), std::move(right)));
    }
    return left;
  }

  arrow::Result<Item> Comparison() {
    ARROW_ASSIGN_OR_RAISE(Item left, Range());
    while (const char* function = MatchComparison(this)) {
      ARROW_ASSIGN_OR_RAISE(Item right, Range());
      ARROW_ASSIGN_OR_RAISE(left, Compare(function, std::move(left), std::move(right)));
    }
    return left;
  }

  // `x = NULL` and `x != NULL` test whether x is null, if x is a column.
  arrow::Result<Item> Compare(std::string_view function, Item left, Item right) const {
    ARROW_RETURN_NOT_OK(CheckOperand(left));
    ARROW_RETURN_NOT_OK(CheckOperand(right));
    const size_t offset = left.offset;
    const bool equality = function == "equal" || function == "not_equal";
    const bool left_is_null = left.is_null_literal() && right.kind == Item::Kind::kColumn;
    const bool right_is_null = right.is_null_literal() && left.kind == Item::Kind::kColumn;
    if (equality && (left_is_null || right_is_null)) {
      Item is_null = Item::Condition(
          offset,
          arrow::compute::is_null(AsExpression(left_is_null ? std::move(right) : std::move(left))));
      return function == "equal" ? is_null : Item::Not(offset, std::move(is_null));
    }
    return Item::Condition(
        offset, arrow::compute::call(std::string(function), {AsExpression(std::move(left)),
                                                             AsExpression(std::move(right))}));
  }

  arrow::Result<Item> Range() {
    ARROW_ASSIGN_OR_RAISE(Item item, Sign());
    while (true) {
      const size_t start = position();
      const size_t offset = item.offset;
      const bool negated = MatchNot();
      if (MatchWord("IN")) {
        ARROW_ASSIGN_OR_RAISE(item, In(std::move(item)));
      } else if (MatchWord("IS")) {
        ARROW_ASSIGN_OR_RAISE(item, Is(std::move(item)));
      } else if (MatchWord("ISNULL") || (negated && MatchWord("NULL"))) {
        ARROW_ASSIGN_OR_RAISE(item, Compare("equal", std::move(item), NullAt(offset)));
      } else if (MatchWord("NOTNULL")) {
        ARROW_ASSIGN_OR_RAISE(item, Compare("equal", std::move(item), NullAt(offset)));
        item = Item::Not(offset, std::move(item));
      } else if (extended() && (MatchWord("LIKE") || MatchWord("ILIKE"))) {
        ARROW_ASSIGN_OR_RAISE(item, Like(std::move(item), IsWord(Before(), "ILIKE")));
      } else if (extended() && MatchWord("BETWEEN")) {
        ARROW_ASSIGN_OR_RAISE(item, Between(std::move(item)));
      } else {
        if (negated && (Here().kind != TokenKind::kWord || !IsForeignOperator(Here().text)))
          GoTo(start);
        if (negated) return Unexpected("AND, OR or the end");
        return item;
      }
      if (negated) item = Item::Not(offset, std::move(item));
    }
  }

  static Item NullAt(size_t offset) { return {.kind = Item::Kind::kLiteral, .offset = offset}; }

  arrow::Result<Item> Is(Item left) {
    const size_t offset = left.offset;
    const bool negated = MatchNot();
    if (IsWord(Here(), "DISTINCT") || IsWord(Here(), "JSON")) {
      return Error(Here(),
                   fmt::format("IS {} is not supported; {}", ToUpper(Here().text), FilterParts()));
    }
    Item right = NullAt(Here().offset);
    if (!MatchWord("NULL") && !MatchWord("UNKNOWN")) {
      ARROW_ASSIGN_OR_RAISE(right, Sign());
    }
    ARROW_ASSIGN_OR_RAISE(Item item, Compare("equal", std::move(left), std::move(right)));
    return negated ? Item::Not(offset, std::move(item)) : std::move(item);
  }

  arrow::Result<Item> Like(Item left, bool ignore_case) {
    const char* name = ignore_case ? "ILIKE" : "LIKE";
    if (left.kind != Item::Kind::kColumn)
      return Error(left.offset, fmt::format("{} needs a column on its left side", name));
    ARROW_ASSIGN_OR_RAISE(const Item right, Sign());
    const auto* pattern = std::get_if<std::string>(&right.literal);
    if (right.kind != Item::Kind::kLiteral || pattern == nullptr) {
      return Error(right.offset, fmt::format("{} needs a pattern in quotes, such as 'a%'", name));
    }
    if (pattern->size() > kMaxPatternBytes)
      return Error(right.offset, fmt::format("a pattern has up to {} bytes", kMaxPatternBytes));
    const size_t offset = left.offset;
    return Item::Condition(
        offset, arrow::compute::call("match_like", {AsExpression(std::move(left))},
                                     arrow::compute::MatchSubstringOptions(*pattern, ignore_case)));
  }

  arrow::Result<Item> Between(Item item) {
    ARROW_ASSIGN_OR_RAISE(Item low, Sign());
    if (!MatchWord("AND")) return Unexpected("the AND of BETWEEN");
    ARROW_ASSIGN_OR_RAISE(Item high, Sign());
    const size_t offset = item.offset;
    ARROW_ASSIGN_OR_RAISE(Item above, Compare("greater_equal", item, std::move(low)));
    ARROW_ASSIGN_OR_RAISE(Item below, Compare("less_equal", std::move(item), std::move(high)));
    return Item::Condition(
        offset, arrow::compute::call("and_kleene",
                                     {std::move(above.condition), std::move(below.condition)}));
  }

  // The lines become values of the type of the column when the filter meets one.
  arrow::Result<Item> InFile(Item left) {
    const Token file = Here();
    Advance();
    if (file.text.empty()) return Error(file, "IN @ needs the path of a file: id IN @ids.txt");
    if (!read_list_) {
      return Error(file, "only the command line reads files of ids; pass the ids themselves");
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> lines, read_list_(file.text));
    arrow::LargeStringBuilder builder;
    ARROW_RETURN_NOT_OK(builder.AppendValues(lines));
    ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
    return Member(std::move(left), LinesLookupOptions(std::move(array)));
  }

  template <class Options>
  static Item Member(Item left, Options options) {
    const size_t offset = left.offset;
    return Item::Condition(
        offset, arrow::compute::call("is_in", {AsExpression(std::move(left))}, std::move(options)));
  }

  arrow::Result<Item> In(Item left) {
    if (left.kind != Item::Kind::kColumn)
      return Error(left.offset, "IN needs a column on its left side");
    if (extended() && Here().kind == TokenKind::kFile) return InFile(std::move(left));
    const size_t offset = Here().offset;
    const bool round = MatchSign("(");
    if (!round && !MatchSign("["))
      return Error(offset, "IN needs a list of literals in parentheses");
    std::vector<FilterLiteral> values;
    bool needs_comma = false;
    while (!MatchSign(round ? ")" : "]")) {
      if (MatchSign(",")) {
        needs_comma = false;
        continue;
      }
      if (needs_comma) return Unexpected(round ? "a comma or )" : "a comma or ]");
      ARROW_ASSIGN_OR_RAISE(Item value, Disjunction());
      if (value.kind != Item::Kind::kLiteral)
        return Error(value.offset, "a list after IN may contain only literals");
      ARROW_RETURN_NOT_OK(CheckSize(value));
      values.push_back(std::move(value.literal));
      needs_comma = true;
    }
    if (!IsOfOneKind(values)) {
      return Error(offset,
                   "the list after IN mixes kinds of literals; use only strings, only integers "
                   "(1), only decimals (1.0) or only booleans");
    }
    ARROW_ASSIGN_OR_RAISE(auto array, ToArray(values));
    // A null in the list is ignored; a null in the column stays null.
    return Member(std::move(left),
                  arrow::compute::SetLookupOptions(arrow::Datum(std::move(array)),
                                                   arrow::compute::SetLookupOptions::EMIT_NULL));
  }

  arrow::Result<Item> Sign() {
    const Token& token = Here();
    const size_t offset = token.offset;
    const Depth depth(&depth_);
    ARROW_RETURN_NOT_OK(CheckDepth(token));
    if (MatchSign("+")) return Sign();
    if (MatchSign("-")) {
      ARROW_ASSIGN_OR_RAISE(Item item, Sign());
      const auto negated = item.kind == Item::Kind::kLiteral ? Negate(item.literal) : std::nullopt;
      if (!negated) return Error(offset, "a minus sign is allowed only before a number");
      return Item{.kind = Item::Kind::kLiteral, .offset = offset, .literal = *negated};
    }
    if (MatchNot()) {
      ARROW_ASSIGN_OR_RAISE(Item item, Equality());
      ARROW_RETURN_NOT_OK(CheckSize(item));
      return Item::Not(offset, std::move(item));
    }
    return Primary();
  }

  arrow::Result<Item> Primary() {
    const Token token = Here();
    switch (token.kind) {
      case TokenKind::kText:
        Advance();
        if (Here().kind == TokenKind::kText) return Error(Here(), "there are two strings in a row");
        return Item{.kind = Item::Kind::kLiteral, .offset = token.offset, .literal = token.text};
      case TokenKind::kNumber:
        Advance();
        return Number(token.text, token.offset);
      case TokenKind::kWord:
      case TokenKind::kQuotedName:
        return Name();
      case TokenKind::kSign:
        if (MatchSign("(")) return Parenthesis();
        if (token.text == "." && Ahead().kind == TokenKind::kNumber) {
          Advance();
          const std::string digits = "0." + Here().text;
          Advance();
          return Number(digits, token.offset);
        }
        break;
      case TokenKind::kFile:
      case TokenKind::kEnd:
        break;
    }
    return Unexpected("a column or a literal");
  }

  arrow::Result<Item> Number(const std::string& text, size_t offset) const {
    const auto number = ReadNumber(text);
    if (!number)
      return Error(offset, fmt::format("{} is not a number, or is an integer of more than 128 bits",
                                       Quote(text)));
    return Item{.kind = Item::Kind::kLiteral, .offset = offset, .literal = *number};
  }

  arrow::Result<Item> Parenthesis() {
    const Token& first = Here();
    if (first.kind == TokenKind::kWord &&
        (IsKeyword(first.text, "DESCRIBE") || IsKeyword(first.text, "VALUES"))) {
      return Error(
          first, fmt::format("{} after ( starts an SQL statement; if it is a column, write \"{}\"",
                             ToUpper(first.text), first.text));
    }
    ARROW_ASSIGN_OR_RAISE(Item item, Disjunction());
    if (IsSign(Here(), ",")) return Error(Here(), "a list is allowed only after IN");
    if (!MatchSign(")")) return Unexpected("AND, OR or )");
    return item;
  }

  // A literal that is a word, or a column.
  arrow::Result<Item> Name() {
    const Token token = Here();
    const bool dotted = IsSign(Ahead(), ".");
    if (token.kind == TokenKind::kWord && !dotted) {
      if (MatchWord("TRUE"))
        return Item{.kind = Item::Kind::kLiteral, .offset = token.offset, .literal = true};
      if (MatchWord("FALSE"))
        return Item{.kind = Item::Kind::kLiteral, .offset = token.offset, .literal = false};
      if (MatchWord("NULL")) return NullAt(token.offset);
    }
    if (extended() && Ahead().kind == TokenKind::kText &&
        (IsWord(token, "DATE") || IsWord(token, "TIMESTAMP"))) {
      return Time(token);
    }
    if (token.kind == TokenKind::kWord) ARROW_RETURN_NOT_OK(CheckName(token));
    Advance();
    std::vector<std::string> parts = {token.text};
    while (MatchSign(".")) {
      const Token& part = Here();
      const bool is_name =
          part.kind == TokenKind::kQuotedName || part.kind == TokenKind::kNumber ||
          (part.kind == TokenKind::kWord && !IsWord(part, "NOT") && !IsWord(part, "SELECT"));
      if (!is_name) return Unexpected("the rest of a column's name");
      parts.push_back(part.text);
      Advance();
    }
    if (IsSign(Here(), "(")) {
      return Error(token, fmt::format("functions such as {} are not supported; {}",
                                      Quote(token.text), FilterParts()));
    }
    if (parts.size() > kMaxNameParts) {
      return Error(token,
                   fmt::format("a name of more than {} parts must be quoted as a whole: \"{}\"",
                               kMaxNameParts, fmt::join(parts, ".")));
    }
    return Column(token, parts);
  }

  arrow::Result<Item> Time(const Token& type) {
    Advance();
    const Token text = Here();
    Advance();
    auto literal = ReadTime(ToUpper(type.text), text.text);
    if (literal)
      return Item{.kind = Item::Kind::kLiteral, .offset = type.offset, .literal = *literal};
    return Error(
        text, fmt::format("{} is not a {}; write {}", Quote(text.text),
                          IsWord(type, "DATE") ? "date" : "timestamp",
                          IsWord(type, "DATE") ? "DATE '2024-01-31'"
                                               : "TIMESTAMP '2024-01-31 12:00:00', with Z in UTC"));
  }

  // Words that have a different meaning in the reference at this position.
  arrow::Status CheckName(const Token& token) const {
    if (IsReservedWord(token.text)) {
      if (IsForeignOperator(token.text)) return Unexpected("a column or a literal");
      return Error(token, fmt::format("{} is an SQL keyword; if it is a column, write \"{}\"",
                                      ToUpper(token.text), token.text));
    }
    const bool nested_type = IsNestedTypeWord(token.text) && IsSign(Ahead(), "<");
    const bool interval =
        IsKeyword(token.text, "INTERVAL") &&
        (IsSign(Ahead(), "!") || IsWord(Ahead(), "NOT") || IsWord(Ahead(), "ISNULL"));
    const bool starts = position() == 0 || IsSign(Before(), "(");
    const bool table =
        IsKeyword(token.text, "TABLE") && starts &&
        (IsWord(Ahead(), "IS") || IsWord(Ahead(), "IN") || IsWord(Ahead(), "ISNULL"));
    if (!nested_type && !interval && !table) return arrow::Status::OK();
    return Error(token,
                 fmt::format("{} {} has a special meaning in SQL; if it is a column, write \"{}\"",
                             ToUpper(token.text), Ahead().text, token.text));
  }

  arrow::Result<Item> Column(const Token& token, const std::vector<std::string>& parts) const {
    std::vector<std::string> path = PathOf(parts, extended());
    if (path.empty()) return Error(token, "the name of a column is empty");
    return Item{.kind = Item::Kind::kColumn, .offset = token.offset, .column = std::move(path)};
  }

  const ListReader& read_list_;
  int depth_ = 0;
};

}  // namespace

arrow::Result<Expression> ParseFilterIn(FilterGrammar grammar, std::string_view text,
                                        const ListReader& read_list) {
  ARROW_ASSIGN_OR_RAISE(auto tokens, Tokenize(text));
  return Parser(text, std::move(tokens), grammar, read_list).Run();
}

arrow::Result<std::vector<Expression>> ParseFiltersIn(FilterGrammar grammar,
                                                      const std::vector<std::string>& texts,
                                                      const ListReader& read_list) {
  std::vector<Expression> filters;
  filters.reserve(texts.size());
  for (const std::string& text : texts) {
    ARROW_ASSIGN_OR_RAISE(auto filter, ParseFilterIn(grammar, text, read_list));
    filters.push_back(std::move(filter));
  }
  return filters;
}

}  // namespace internal

arrow::Result<arrow::compute::Expression> ParseFilter(std::string_view text) {
  return internal::ParseFilterIn(internal::FilterGrammar::kExtended, text);
}

arrow::Result<std::vector<arrow::compute::Expression>> ParseFilters(
    const std::vector<std::string>& texts) {
  return internal::ParseFiltersIn(internal::FilterGrammar::kExtended, texts);
}

}  // namespace metaxy
