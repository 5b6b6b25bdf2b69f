#include "filter/lance_sql.h"

#include <arrow/array/array_base.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "filter/compare.h"
#include "filter/integers.h"
#include "filter/lance_literal.h"
#include "filter/operand.h"

namespace metaxy::internal {

namespace {

using arrow::compute::Expression;
using arrow::compute::SetLookupOptions;

// Lance's SQL parser supports about twenty levels of parentheses; a tree of many terms costs it
// more than it saves.
constexpr int kMaxDepth = 8;
constexpr size_t kMaxTerms = 500;
constexpr int64_t kMaxListLength = 10000;

constexpr std::array<const char*, 6> kSigns = {"=", "!=", "<", "<=", ">", ">="};

// Whether the values of a column reach SQL unchanged. A field with metadata of Lance or of an
// extension type may be stored in a different form than it is read in.
bool IsPlainField(const arrow::Field& field) {
  const auto& metadata = field.metadata();
  if (metadata == nullptr) return true;
  return std::none_of(metadata->keys().begin(), metadata->keys().end(), [](const std::string& key) {
    return key.rfind("ARROW:extension", 0) == 0 || key.rfind("lance", 0) == 0;
  });
}

// A name between backticks is taken literally. Lance has no escape for a backtick, reads a dot as a
// path into a struct, and reserves names such as _rowid.
std::optional<std::string> QuoteName(const std::string& name) {
  const bool readable = std::all_of(name.begin(), name.end(), [](char c) {
    return c != '`' && c != '.' && static_cast<unsigned char>(c) >= 0x20 && c != '\x7f';
  });
  if (name.empty() || !readable || name.front() == '_') return std::nullopt;
  return "`" + name + "`";
}

Comparison Negated(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return Comparison::kNotEqual;
    case Comparison::kNotEqual:
      return Comparison::kEqual;
    case Comparison::kLess:
      return Comparison::kGreaterEqual;
    case Comparison::kLessEqual:
      return Comparison::kGreater;
    case Comparison::kGreater:
      return Comparison::kLessEqual;
    default:
      return Comparison::kLess;
  }
}

struct Column {
  std::string name;  ///< Quoted.
  std::shared_ptr<arrow::DataType> type;
};

// A condition, or its negation: NOT is moved to the leaves, so that literals are always next to
// their column, where Lance gives them its type. Every form has the same three-valued result as the
// condition, so it can be used anywhere.
class Writer {
 public:
  explicit Writer(const arrow::Schema& schema) : schema_(schema) {}

  std::optional<std::string> Write(const Expression& expression, bool negated, int depth) {
    if (++terms_ > kMaxTerms || depth > kMaxDepth) return std::nullopt;
    if (expression.field_ref() != nullptr) return BareColumn(expression, negated);
    const Expression::Call* call = expression.call();
    if (call == nullptr) return std::nullopt;
    const std::string& name = call->function_name;
    const size_t arity = call->arguments.size();
    if (name == "invert" && arity == 1) return Write(call->arguments[0], !negated, depth + 1);
    if ((name == "and_kleene" || name == "or_kleene") && arity == 2)
      return Connective(expression, negated, depth);
    if ((name == "is_null" || name == "is_valid") && arity == 1) return NullCheck(*call, negated);
    if (name == "is_in" && arity == 1) return Membership(*call, negated);
    if (name == "match_like" && arity == 1) return Like(*call, negated);
    const auto comparison = ComparisonOf(name);
    if (comparison && arity == 2) return Compared(*comparison, *call, negated);
    return std::nullopt;
  }

 private:
  std::optional<Column> ColumnOf(const Expression& expression) const {
    const arrow::FieldRef* reference = expression.field_ref();
    if (reference == nullptr || reference->name() == nullptr) return std::nullopt;
    const std::vector<int> indices = schema_.GetAllFieldIndices(*reference->name());
    if (indices.size() != 1) return std::nullopt;
    const auto& field = schema_.field(indices.front());
    auto name = QuoteName(field->name());
    if (!name || !IsPlainField(*field)) return std::nullopt;
    return Column{*std::move(name), field->type()};
  }

  std::optional<std::string> BareColumn(const Expression& expression, bool negated) const {
    const auto column = ColumnOf(expression);
    if (!column || column->type->id() != arrow::Type::BOOL) return std::nullopt;
    return negated ? "NOT " + column->name : column->name;
  }

  // The terms of a chain of one connective, however it is nested.
  static void Flatten(const Expression& expression, const std::string& function,
                      std::vector<Expression>* terms) {
    const Expression::Call* call = expression.call();
    if (call == nullptr || call->function_name != function || call->arguments.size() != 2) {
      terms->push_back(expression);
      return;
    }
    Flatten(call->arguments[0], function, terms);
    Flatten(call->arguments[1], function, terms);
  }

  std::optional<std::string> Connective(const Expression& expression, bool negated, int depth) {
    const std::string& function = expression.call()->function_name;
    std::vector<Expression> terms;
    Flatten(expression, function, &terms);
    std::vector<std::string> written;
    for (const Expression& term : terms) {
      auto sql = Write(term, negated, depth + 1);
      if (!sql) return std::nullopt;
      written.push_back("(" + *sql + ")");
    }
    const bool conjunction = (function == "and_kleene") != negated;
    return fmt::format("{}", fmt::join(written, conjunction ? " AND " : " OR "));
  }

  std::optional<std::string> NullCheck(const Expression::Call& call, bool negated) const {
    const auto* options = static_cast<const arrow::compute::NullOptions*>(call.options.get());
    if (call.function_name == "is_null" && options != nullptr && options->nan_is_null)
      return std::nullopt;
    const auto column = ColumnOf(call.arguments[0]);
    if (!column || !IsSimple(*column->type)) return std::nullopt;
    const bool is_null = (call.function_name == "is_null") != negated;
    return column->name + (is_null ? " IS NULL" : " IS NOT NULL");
  }

  // Types whose nulls Lance has always stored, and which it stores unchanged.
  static bool IsSimple(const arrow::DataType& type) {
    const ValueKind kind = KindOf(type);
    return kind != ValueKind::kOther && kind != ValueKind::kNull && kind != ValueKind::kBinary &&
           type.id() != arrow::Type::STRING_VIEW;
  }

  std::optional<std::string> Compared(Comparison comparison, const Expression::Call& call,
                                      bool negated) const {
    if (negated) comparison = Negated(comparison);
    const Expression& left = call.arguments[0];
    const Expression& right = call.arguments[1];
    const auto left_column = ColumnOf(left);
    const auto right_column = ColumnOf(right);
    if (left_column && right_column) return TwoColumns(comparison, *left_column, *right_column);
    if (left_column && right.literal() != nullptr)
      return WithLiteral(comparison, *left_column, *right.literal());
    if (right_column && left.literal() != nullptr) {
      return WithLiteral(Mirrored(comparison), *right_column, *left.literal());
    }
    return std::nullopt;
  }

  static std::optional<std::string> TwoColumns(Comparison comparison, const Column& left,
                                               const Column& right) {
    const ValueKind kind = KindOf(*left.type);
    const bool exact =
        kind == ValueKind::kText || kind == ValueKind::kInteger || kind == ValueKind::kBoolean;
    if (!exact || !left.type->Equals(*right.type) || left.type->id() == arrow::Type::STRING_VIEW)
      return std::nullopt;
    return fmt::format("{} {} {}", left.name, kSigns[static_cast<size_t>(comparison)], right.name);
  }

  static std::optional<std::string> WithLiteral(Comparison comparison, const Column& column,
                                                const arrow::Datum& literal) {
    if (!literal.is_scalar() || !literal.scalar()->is_valid) return std::nullopt;
    if (KindOf(*column.type) == ValueKind::kFloat)
      return WithFloat(comparison, column, *literal.scalar());
    const bool equality = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
    if (column.type->id() == arrow::Type::BOOL && !equality) return std::nullopt;
    const auto value = LanceLiteral(*literal.scalar(), *column.type);
    if (!value) return std::nullopt;
    return fmt::format("{} {} {}", column.name, kSigns[static_cast<size_t>(comparison)], *value);
  }

  // Lance orders floats by their bits: a NaN with the sign bit set comes before all numbers, and
  // -0.0 before 0.0.
  static std::optional<std::string> WithFloat(Comparison comparison, const Column& column,
                                              const arrow::Scalar& literal) {
    const auto value = LanceFloatLiteral(literal, *column.type);
    if (!value) return std::nullopt;
    const bool zero = *value == "0.0";
    const std::string& name = column.name;
    switch (comparison) {
      case Comparison::kEqual:
        return zero ? name + " IN (0.0, -0.0)" : fmt::format("{} = {}", name, *value);
      case Comparison::kNotEqual:
        return zero ? name + " NOT IN (0.0, -0.0)" : fmt::format("{} != {}", name, *value);
      case Comparison::kLess:
        return fmt::format("({} < {}) AND (NOT isnan({}))", name, zero ? "-0.0" : *value, name);
      case Comparison::kLessEqual:
        return fmt::format("({} <= {}) AND (NOT isnan({}))", name, *value, name);
      case Comparison::kGreater:
        return fmt::format("({} > {}) OR isnan({})", name, *value, name);
      default:
        return fmt::format("({} >= {}) OR isnan({})", name, zero ? "-0.0" : *value, name);
    }
  }

  // Where letters are matched without their case, and after a backslash, Lance and Arrow differ.
  std::optional<std::string> Like(const Expression::Call& call, bool negated) const {
    const auto* options =
        static_cast<const arrow::compute::MatchSubstringOptions*>(call.options.get());
    const auto column = ColumnOf(call.arguments[0]);
    if (!column || options == nullptr || options->ignore_case) return std::nullopt;
    if (options->pattern.find('\\') != std::string::npos) return std::nullopt;
    const auto pattern = LanceLiteral(arrow::StringScalar(options->pattern), *column->type);
    if (!pattern || KindOf(*column->type) != ValueKind::kText) return std::nullopt;
    return fmt::format("{} {} {}", column->name, negated ? "NOT LIKE" : "LIKE", *pattern);
  }

  static std::optional<std::string> Member(const arrow::Scalar& value, const Column& column) {
    if (KindOf(*column.type) != ValueKind::kFloat) return LanceLiteral(value, *column.type);
    return LanceFloatLiteral(value, *column.type, /*exact=*/true);
  }

  std::optional<std::string> Membership(const Expression::Call& call, bool negated) const {
    const auto* options = static_cast<const SetLookupOptions*>(call.options.get());
    const auto column = ColumnOf(call.arguments[0]);
    if (!column || options == nullptr || !options->value_set.is_array()) return std::nullopt;
    if (options->GetNullMatchingBehavior() != SetLookupOptions::EMIT_NULL) return std::nullopt;
    const auto values = options->value_set.make_array();
    // Kinds that IN refuses are also refused by the evaluation, which has the message.
    if (values->length() > kMaxListLength || KindOf(*values->type()) != KindOf(*column->type))
      return std::nullopt;
    std::vector<std::string> written;
    for (int64_t i = 0; i < values->length(); ++i) {
      if (values->IsNull(i)) continue;
      const auto value = values->GetScalar(i);
      auto literal = value.ok() ? Member(**value, *column) : std::nullopt;
      if (!literal) return std::nullopt;
      const bool zero = *literal == "0.0";
      written.push_back(*std::move(literal));
      if (zero) written.emplace_back("-0.0");
    }
    if (written.empty()) return std::nullopt;
    return fmt::format("{} {} ({})", column->name, negated ? "NOT IN" : "IN",
                       fmt::join(written, ", "));
  }

  const arrow::Schema& schema_;
  size_t terms_ = 0;
};

void Split(const Expression& filter, const arrow::Schema& schema, std::vector<std::string>* pushed,
           std::vector<Expression>* residual) {
  if (auto sql = ToLanceSql(filter, schema)) {
    pushed->push_back("(" + *std::move(sql) + ")");
    return;
  }
  const Expression::Call* call = filter.call();
  if (call != nullptr && call->function_name == "and_kleene" && call->arguments.size() == 2) {
    Split(call->arguments[0], schema, pushed, residual);
    Split(call->arguments[1], schema, pushed, residual);
    return;
  }
  residual->push_back(filter);
}

}  // namespace

std::optional<std::string> ToLanceSql(const Expression& condition, const arrow::Schema& schema) {
  if (!condition.is_valid()) return std::nullopt;
  return Writer(schema).Write(condition, /*negated=*/false, /*depth=*/0);
}

SplitFilters SplitPushdown(const std::vector<Expression>& filters, const arrow::Schema& schema) {
  SplitFilters split;
  std::vector<std::string> pushed;
  for (const Expression& filter : filters) Split(filter, schema, &pushed, &split.residual);
  split.sql = fmt::format("{}", fmt::join(pushed, " AND "));
  return split;
}

}  // namespace metaxy::internal
