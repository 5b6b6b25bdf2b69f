// Filter strings: parsing, evaluation on rows of many types, translation to Lance SQL.
#include <arrow/api.h>
#include <arrow/compute/initialize.h>

#include <string>

#include "filter/evaluate.h"
#include "filter/lance_sql.h"
#include "metaxy/filter.h"
#include "targets.h"

namespace metaxy::fuzz {
namespace {

std::shared_ptr<arrow::RecordBatch> MakeRows() {
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::large_utf8()),
                     arrow::field("c", arrow::float64()), arrow::field("d", arrow::boolean()),
                     arrow::field("e", timestamp), arrow::field("f", arrow::uint8()),
                     arrow::field("s", arrow::struct_({arrow::field("x", arrow::large_utf8())}))});
  const auto builder = arrow::RecordBatchBuilder::Make(schema, arrow::default_memory_pool());
  arrow::RecordBatchBuilder& rows = **builder;
  const auto check = [](const arrow::Status& status) { Require(status.ok(), status.ToString()); };
  for (int i = 0; i < 4; ++i) {
    if (i == 3) {
      for (int column = 0; column < rows.num_fields(); ++column)
        check(rows.GetField(column)->AppendNull());
      continue;
    }
    check(rows.GetFieldAs<arrow::Int64Builder>(0)->Append(i - 1));
    check(rows.GetFieldAs<arrow::LargeStringBuilder>(1)->Append(
        std::string(static_cast<size_t>(i), 'a')));
    check(rows.GetFieldAs<arrow::DoubleBuilder>(2)->Append(i == 2 ? 0.0 / 0.0 : i * 0.5));
    check(rows.GetFieldAs<arrow::BooleanBuilder>(3)->Append(i == 1));
    check(rows.GetFieldAs<arrow::TimestampBuilder>(4)->Append(int64_t{i} * 1'000'000));
    check(rows.GetFieldAs<arrow::UInt8Builder>(5)->Append(static_cast<uint8_t>(i * 100)));
    auto* members = rows.GetFieldAs<arrow::StructBuilder>(6);
    check(members->Append());
    check(static_cast<arrow::LargeStringBuilder*>(members->field_builder(0))->Append("x"));
  }
  return rows.Flush().ValueOrDie();
}

}  // namespace

void FuzzFilterText(Input input) {
  static const std::shared_ptr<arrow::RecordBatch> rows = [] {
    const arrow::Status ready = arrow::compute::Initialize();
    Require(ready.ok(), ready.ToString());
    return MakeRows();
  }();
  const auto condition = ParseFilter(TextOf(input));
  RequireOneLine(condition.status());
  if (!condition.ok()) return;
  const auto mask = internal::EvaluateFilter(*condition, *rows);
  RequireOneLine(mask.status());
  if (mask.ok()) Require((*mask)->length() == rows->num_rows(), "an answer for every row");
  const auto sql = internal::ToLanceSql(*condition, *rows->schema());
  if (sql) {
    Require(mask.ok(), "Lance is asked only what can be answered here, too: " + *sql);
    Require(sql->find('\0') == std::string::npos, "no NUL in SQL");
  }
  const internal::SplitFilters split = internal::SplitPushdown({*condition}, *rows->schema());
  Require(!split.sql.empty() || !split.residual.empty(), "no condition is lost");
}

}  // namespace metaxy::fuzz
