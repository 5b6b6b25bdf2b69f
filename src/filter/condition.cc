#include "filter/condition.h"

#include <arrow/compute/api_scalar.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "base/quote.h"
#include "filter/compare.h"
#include "filter/membership.h"
#include "filter/operand.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

namespace {

using arrow::compute::Expression;

constexpr std::array<std::string_view, 8> kConnectives = {
    "and", "and_kleene", "and_not", "and_not_kleene", "invert", "or", "or_kleene", "xor"};

// Beyond this, a list of all columns is not helpful.
constexpr size_t kMaxListedNames = 20;

bool IsConnective(std::string_view function) {
  return std::find(kConnectives.begin(), kConnectives.end(), function) != kConnectives.end();
}

bool AsksForNull(std::string_view function) {
  return function == "is_null" || function == "is_valid" || function == "true_unless_null";
}

// "a.b" for the member b of a.
std::string NameOf(const arrow::FieldRef& column) {
  if (const std::string* name = column.name()) return *name;
  const std::vector<arrow::FieldRef>* parts = column.nested_refs();
  if (parts == nullptr) return column.ToString();
  std::string name;
  for (const arrow::FieldRef& part : *parts)
    name += (&part == &parts->front() ? "" : ".") + NameOf(part);
  return name;
}

// The members that the struct at the root of a path has.
std::string HintOfMembers(const arrow::FieldRef& column, const arrow::Schema& schema) {
  const std::vector<arrow::FieldRef>* parts = column.nested_refs();
  if (parts == nullptr || parts->empty() || parts->front().name() == nullptr) return "";
  const auto root = schema.GetFieldByName(*parts->front().name());
  if (root == nullptr || root->type()->num_fields() == 0) return "";
  std::vector<std::string> members;
  for (const auto& member : root->type()->fields()) members.push_back(member->name());
  return fmt::format("; the members of {} are {}", Quote(root->name()), fmt::join(members, ", "));
}

arrow::Status NoSuchColumn(const arrow::FieldRef& column, const arrow::Schema& schema) {
  const std::string name = NameOf(column);
  const std::vector<std::string> names = schema.field_names();
  if (std::string members = HintOfMembers(column, schema); !members.empty()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("a filter needs {}, which does not exist{}", Quote(name), members));
  }
  const std::vector<arrow::FieldRef>* parts = column.nested_refs();
  std::string hint = DidYouMean(parts != nullptr ? NameOf(parts->front()) : name, names);
  if (names.size() <= kMaxListedNames)
    hint += fmt::format("; the columns are {}", fmt::join(names, ", "));
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format("a filter needs column {}, which does not exist{}", Quote(name), hint));
}

class Preparation {
 public:
  explicit Preparation(const arrow::Schema& schema) : schema_(schema) {}

  // As the whole condition, a number is true if it is not 0, as in Polars; nested deeper it is
  // refused, as in Polars.
  arrow::Result<Expression> Root(const Expression& expression) {
    if (expression.field_ref() == nullptr) return Condition(expression);
    ARROW_ASSIGN_OR_RAISE(const Operand operand, Value(expression));
    const ValueKind kind = Plain(operand).kind();
    if (kind != ValueKind::kInteger && kind != ValueKind::kFloat) return Condition(expression);
    return Compare(Comparison::kNotEqual, operand,
                   LiteralOperand(std::make_shared<arrow::Int64Scalar>(0)));
  }

 private:
  arrow::Result<Expression> Condition(const Expression& expression) {
    const Expression::Call* call = expression.call();
    if (call != nullptr && IsConnective(call->function_name)) {
      std::vector<Expression> arguments;
      for (const Expression& argument : call->arguments) {
        ARROW_ASSIGN_OR_RAISE(auto prepared, Condition(argument));
        arguments.push_back(std::move(prepared));
      }
      return arrow::compute::call(call->function_name, std::move(arguments), call->options);
    }
    ARROW_ASSIGN_OR_RAISE(Operand operand, Value(expression));
    operand = Plain(std::move(operand));
    if (operand.kind() == ValueKind::kNull) return NullCondition();
    if (operand.kind() == ValueKind::kBoolean) return std::move(operand.expression);
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("{} is used as a condition; compare it with a value", operand.description));
  }

  arrow::Result<Operand> Value(const Expression& expression) {
    if (const arrow::Datum* literal = expression.literal()) {
      if (literal->is_scalar()) return LiteralOperand(literal->scalar());
      return MakeError(ErrorCode::kInvalidInput, "a literal of a condition must be a single value");
    }
    if (const arrow::FieldRef* column = expression.field_ref()) return Column(expression, *column);
    if (expression.call() != nullptr) return Result(*expression.call());
    return MakeError(ErrorCode::kInvalidInput, "a condition has an empty part");
  }

  arrow::Result<Operand> Column(const Expression& expression, const arrow::FieldRef& column) const {
    const std::string name = NameOf(column);
    if (column.nested_refs() != nullptr) {
      // For the reference, the dot is a part of the column's name.
      if (schema_.GetFieldIndex(name) >= 0)
        return Column(arrow::compute::field_ref(name), arrow::FieldRef(name));
      if (auto value = ValueOfMap(column)) return *std::move(value);
    }
    const std::vector<arrow::FieldPath> matches = column.FindAll(schema_);
    if (matches.empty()) return NoSuchColumn(column, schema_);
    if (matches.size() > 1) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("a filter needs column {}, which occurs {} times; rename all but one of them",
                      Quote(name), matches.size()));
    }
    ARROW_ASSIGN_OR_RAISE(const auto field, matches.front().Get(schema_));
    return Operand{
        .expression = expression,
        .type = field->type(),
        .literal = nullptr,
        .description = fmt::format("column {} of type {}", Quote(name), field->type()->ToString())};
  }

  std::optional<Operand> ValueOfMap(const arrow::FieldRef& column) const {
    const std::vector<arrow::FieldRef>& parts = *column.nested_refs();
    if (parts.size() != 2 || parts[0].name() == nullptr || parts[1].name() == nullptr)
      return std::nullopt;
    const auto field = schema_.GetFieldByName(*parts[0].name());
    if (field == nullptr || field->type()->id() != arrow::Type::MAP) return std::nullopt;
    const auto& map = static_cast<const arrow::MapType&>(*field->type());
    const auto key = arrow::StringScalar(*parts[1].name()).CastTo(map.key_type());
    if (KindOf(*map.key_type()) != ValueKind::kText || !key.ok()) return std::nullopt;
    return Operand{
        .expression = arrow::compute::call(
            "map_lookup", {arrow::compute::field_ref(field->name())},
            arrow::compute::MapLookupOptions(*key, arrow::compute::MapLookupOptions::FIRST)),
        .type = map.item_type(),
        .literal = nullptr,
        .description = fmt::format("column {} of type {}", Quote(NameOf(column)),
                                   map.item_type()->ToString())};
  }

  arrow::Result<Expression> Matched(const Expression::Call& call) {
    ARROW_ASSIGN_OR_RAISE(Operand operand, Value(call.arguments[0]));
    operand = Plain(std::move(operand));
    if (operand.kind() == ValueKind::kNull) return NullCondition();
    if (operand.kind() == ValueKind::kText)
      return arrow::compute::call(call.function_name, {operand.expression}, call.options);
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("cannot match {} with LIKE; patterns are for strings", operand.description));
  }

  // The result of a function. Functions known to filters are replaced, the arguments of all others
  // are prepared.
  arrow::Result<Operand> Result(const Expression::Call& call) {
    ARROW_ASSIGN_OR_RAISE(Expression prepared, Call(call));
    const auto bound = prepared.Bind(schema_);
    if (!bound.ok()) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("cannot evaluate {} in a filter: {}", Quote(call.function_name),
                                   bound.status().message()));
    }
    const auto type = bound->type()->GetSharedPtr();
    return Operand{.expression = std::move(prepared),
                   .type = type,
                   .literal = nullptr,
                   .description = fmt::format("the result of {} of type {}",
                                              Quote(call.function_name), type->ToString())};
  }

  arrow::Result<Expression> Call(const Expression::Call& call) {
    const std::vector<Expression>& arguments = call.arguments;
    if (const auto comparison = ComparisonOf(call.function_name);
        comparison && arguments.size() == 2) {
      ARROW_ASSIGN_OR_RAISE(const Operand left, Value(arguments[0]));
      ARROW_ASSIGN_OR_RAISE(const Operand right, Value(arguments[1]));
      return Compare(*comparison, left, right);
    }
    if (call.function_name == "is_in" && arguments.size() == 1 && call.options != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const Operand operand, Value(arguments[0]));
      return IsIn(operand, static_cast<const arrow::compute::SetLookupOptions&>(*call.options));
    }
    if (call.function_name == "match_like" && arguments.size() == 1) return Matched(call);
    if (IsConnective(call.function_name)) return Condition(Expression(call));
    std::vector<Expression> prepared;
    for (const Expression& argument : arguments) {
      ARROW_ASSIGN_OR_RAISE(Operand operand, Value(argument));
      // A dictionary's own values may be null.
      const bool unpack =
          AsksForNull(call.function_name) && operand.type->id() == arrow::Type::DICTIONARY;
      prepared.push_back(unpack ? Plain(std::move(operand)).expression
                                : std::move(operand.expression));
    }
    return arrow::compute::call(call.function_name, std::move(prepared), call.options);
  }

  const arrow::Schema& schema_;
};

}  // namespace

arrow::Result<Expression> PrepareCondition(const Expression& condition,
                                           const arrow::Schema& schema) {
  if (!condition.is_valid()) return MakeError(ErrorCode::kInvalidInput, "a condition is empty");
  return Preparation(schema).Root(condition);
}

}  // namespace metaxy::internal
