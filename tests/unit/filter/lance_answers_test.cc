// Runs the SQL from ToLanceSql() in Lance itself: for every supported filter of the goldens, and
// its negation, the rows are those of the evaluation.
#include <arrow/api.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "filter/evaluate.h"
#include "filter/lance_sql.h"
#include "goldens.h"
#include "lancedb/bridge.h"
#include "metaxy/filter.h"
#include "support/temp_dir.h"

namespace metaxy::internal {
namespace {

// Columns of the goldens that Lance stores, and rows that matter only to Lance.
std::shared_ptr<arrow::RecordBatch> Rows() {
  const auto goldens = ReadGoldenRows();
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (const char* name : {"i8", "i32", "i64", "u8", "u64", "f64", "f32", "dec", "b", "c", "s", "z",
                           "d", "ts", "tz"}) {
    fields.push_back(goldens->schema()->GetFieldByName(name));
    columns.push_back(goldens->GetColumnByName(name));
  }
  // NaN with a sign and with other bits, which Lance orders in its own way.
  arrow::DoubleBuilder doubles;
  for (const uint64_t bits :
       std::vector<uint64_t>{0xfff8000000000000U, 0x7ff8000000000001U, 0x8000000000000000U, 0U}) {
    EXPECT_TRUE(doubles.Append(std::bit_cast<double>(bits)).ok());
  }
  EXPECT_TRUE(doubles.AppendValues({1.0, -1.0, 0.5}).ok());
  EXPECT_TRUE(doubles.AppendNull().ok());
  fields.push_back(arrow::field("Not A Number", arrow::float64()));
  columns.push_back(doubles.Finish().ValueOrDie());
  arrow::StringBuilder texts;
  EXPECT_TRUE(texts.AppendValues({"\\", "''", "'; --", "a\nb", "\"q\"", "%", "`t`", "/*"}).ok());
  fields.push_back(arrow::field("select", arrow::utf8()));
  columns.push_back(texts.Finish().ValueOrDie());
  return arrow::RecordBatch::Make(arrow::schema(fields), goldens->num_rows(), columns);
}

std::vector<std::string> Texts() {
  std::vector<std::string> texts;
  for (const auto& [text, value] : ReadGoldens("values")) {
    if (value) texts.push_back(text);
  }
  for (const std::string sign : {"=", "!=", "<", "<=", ">", ">="}) {
    for (const char* number : {"0", "-0.0", "1", "-1.0", "0.5", "1e300"}) {
      texts.push_back("\"Not A Number\" " + sign + " " + number);
    }
    for (const char* text :
         {"'\\'", "''''''", "'''; --'", "'a\nb'", "'\"q\"'", "'%'", "'`t`'", "'/*'"}) {
      texts.push_back("\"select\" " + sign + " " + text);
    }
  }
  texts.insert(texts.end(),
               {"\"Not A Number\" IN (0.0, 1.0)", "\"Not A Number\" NOT IN (0.5)",
                "\"select\" IN ('''; --', 'a\nb')", "NOT (b OR s = 'a') OR i8 > 1 AND NOT c",
                "i64 > 0 AND (f64 < 1 OR f64 > 1) AND NOT s IN ('a')"});
  for (const char* pattern : {"", "%", "a", "a%", "%a", "%a%", "_", "__", "_%", "%''%", "a_b", "\\",
                              "%\\", "100\\%", "%\n%", "a%b", "É%", "%é_"}) {
    for (const char* column : {"s", "\"select\"", "z"}) {
      texts.push_back(fmt::format("{} LIKE '{}'", column, pattern));
      texts.push_back(fmt::format("{} NOT LIKE '{}'", column, pattern));
    }
  }
  texts.insert(
      texts.end(),
      {"i64 BETWEEN 0 AND 5", "i8 NOT BETWEEN -1 AND 1", "f64 BETWEEN 0 AND 1e300",
       "s BETWEEN 'a' AND 'b'", "d >= DATE '2020-01-01'",
       "d BETWEEN DATE '0001-01-01' AND DATE '2020-01-01'",
       "d IN (DATE '2020-01-01', DATE '1970-01-01')", "ts < TIMESTAMP '2020-01-01 00:00:00'",
       "tz >= TIMESTAMP '2020-01-01T01:00:00+01:00'",
       "NOT (s LIKE 'a%' AND i64 BETWEEN 1 AND 2) OR b"});
  return texts;
}

class LanceAnswersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rows_ = Rows();
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < rows_->num_rows(); ++i) ASSERT_TRUE(builder.Append(i).ok());
    const auto stored = rows_->AddColumn(0, "row", builder.Finish().ValueOrDie()).ValueOrDie();
    connection_ = LanceConnection::Connect({.uri = directory_.path().string()}).ValueOrDie();
    auto reader = arrow::RecordBatchReader::Make({stored}).ValueOrDie();
    table_ = connection_->CreateTable("t", std::move(reader)).ValueOrDie();
  }

  // Puts `letter` where Lance keeps the row.
  void Mark(const std::string& sql, char letter, std::string* letters) {
    const auto reader = table_->Scan({.columns = std::vector<std::string>{"row"}, .filter = sql});
    ASSERT_TRUE(reader.ok()) << reader.status() << " of: " << sql;
    const auto kept = (*reader)->ToTable();
    ASSERT_TRUE(kept.ok()) << kept.status() << " of: " << sql;
    for (const auto& chunk : (*kept)->column(0)->chunks()) {
      const auto& numbers = static_cast<const arrow::Int64Array&>(*chunk);
      for (int64_t i = 0; i < numbers.length(); ++i)
        (*letters)[static_cast<size_t>(numbers.Value(i))] = letter;
    }
  }

  testing::TempDir directory_;
  std::shared_ptr<arrow::RecordBatch> rows_;
  std::shared_ptr<LanceConnection> connection_;
  std::unique_ptr<LanceTable> table_;
};

TEST_F(LanceAnswersTest, AreThoseOfTheEvaluation) {
  int pushed = 0;
  for (const std::string& text : Texts()) {
    const auto condition = ParseFilter(text).ValueOrDie();
    const auto sql = ToLanceSql(condition, *rows_->schema());
    if (!sql) continue;
    ++pushed;
    const auto expected = EvaluateFilter(condition, *rows_);
    ASSERT_TRUE(expected.ok()) << text << ": " << expected.status();
    std::string answer(static_cast<size_t>(rows_->num_rows()), '-');
    Mark(*sql, 'T', &answer);
    Mark("NOT (" + *sql + ")", 'F', &answer);
    EXPECT_EQ(answer, Letters(**expected)) << text << " as " << *sql;
  }
  EXPECT_GT(pushed, 600);
}

TEST_F(LanceAnswersTest, HoldForTimes) {
  using arrow::compute::field_ref;
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const std::vector<std::pair<std::string, std::shared_ptr<arrow::Scalar>>> literals = {
      {"tz", std::make_shared<arrow::TimestampScalar>(-1, utc)},
      {"tz", std::make_shared<arrow::TimestampScalar>(1577836800000000, utc)},
      {"ts", std::make_shared<arrow::TimestampScalar>(0, arrow::timestamp(arrow::TimeUnit::MICRO))},
      {"d", std::make_shared<arrow::Date32Scalar>(-719162)},
      {"d", std::make_shared<arrow::Date32Scalar>(18262)}};
  for (const auto& [column, value] : literals) {
    for (const char* comparison :
         {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}) {
      const auto condition = arrow::compute::call(
          comparison, {field_ref(column), arrow::compute::literal(arrow::Datum(value))});
      const auto sql = ToLanceSql(condition, *rows_->schema());
      ASSERT_TRUE(sql.has_value()) << column << " " << comparison;
      std::string answer(static_cast<size_t>(rows_->num_rows()), '-');
      Mark(*sql, 'T', &answer);
      Mark("NOT (" + *sql + ")", 'F', &answer);
      EXPECT_EQ(answer, Letters(*EvaluateFilter(condition, *rows_).ValueOrDie())) << *sql;
    }
  }
}

}  // namespace
}  // namespace metaxy::internal
