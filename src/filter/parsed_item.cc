#include "filter/parsed_item.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string_view>
#include <utility>

namespace metaxy::internal {

namespace {

using arrow::compute::Expression;

struct Operator {
  std::string_view sign;
  const char* function;
};

constexpr std::array<Operator, 4> kEqualities = {
    {{"=", "equal"}, {"==", "equal"}, {"!=", "not_equal"}, {"<>", "not_equal"}}};
constexpr std::array<Operator, 4> kComparisons = {
    {{"<", "less"}, {"<=", "less_equal"}, {">", "greater"}, {">=", "greater_equal"}}};

const char* MatchOperator(const std::array<Operator, 4>& operators, TokenReader* reader) {
  for (const Operator& candidate : operators) {
    if (reader->MatchSign(candidate.sign)) return candidate.function;
  }
  return nullptr;
}

}  // namespace

ParsedItem ParsedItem::Not(size_t offset, ParsedItem item) {
  return Condition(offset, arrow::compute::not_(AsExpression(std::move(item))));
}

Expression AsExpression(ParsedItem item) {
  switch (item.kind) {
    case ParsedItem::Kind::kColumn:
      if (item.column.size() == 1) return arrow::compute::field_ref(std::move(item.column.front()));
      return arrow::compute::field_ref(
          arrow::FieldRef(std::vector<arrow::FieldRef>(item.column.begin(), item.column.end())));
    case ParsedItem::Kind::kLiteral:
      return ToExpression(item.literal);
    case ParsedItem::Kind::kCondition:
      break;
  }
  return std::move(item.condition);
}

std::vector<std::string> PathOf(const std::vector<std::string>& parts, bool extended) {
  std::vector<std::string> names;
  for (const std::string& part : parts) {
    if (!part.empty()) names.push_back(part);
  }
  std::string name(StripSpace(fmt::format("{}", fmt::join(names, "."))));
  if (name.empty()) return {};
  // For the reference, the dot is a part of the name.
  if (!extended || names.size() == 1) return {std::move(name)};
  // Blanks inside of the whole name stay, also next to a dot.
  names.front() = StripSpace(names.front() + "x");
  names.front().pop_back();
  names.back() = StripSpace("x" + names.back()).substr(1);
  return names;
}

Expression Combine(const char* function, const std::vector<Expression>& terms, size_t begin,
                   size_t end) {
  if (end - begin == 1) return terms[begin];
  const size_t middle = begin + (end - begin) / 2;
  return arrow::compute::call(
      function, {Combine(function, terms, begin, middle), Combine(function, terms, middle, end)});
}

const char* MatchEquality(TokenReader* reader) { return MatchOperator(kEqualities, reader); }

const char* MatchComparison(TokenReader* reader) { return MatchOperator(kComparisons, reader); }

}  // namespace metaxy::internal
