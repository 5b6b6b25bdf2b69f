#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

std::shared_ptr<arrow::Field> StructOf(const std::string& name, arrow::FieldVector children) {
  return arrow::field(name, arrow::struct_(std::move(children)));
}

std::shared_ptr<arrow::Field> String(const std::string& name) {
  return arrow::field(name, arrow::large_utf8());
}

class SchemaEvolutionTest : public BridgeTest {
 protected:
  SchemaEvolutionTest()
      : table_(Create("t", RowsOf(arrow::schema({arrow::field("id", arrow::int64()),
                                                 StructOf("s", {String("a")})}),
                                  {R"([{"id": 1, "s": {"a": "x"}}, {"id": 2, "s": null}])"}))) {}

  LanceTable& table() { return *table_; }
  void ExpectLatest(const std::shared_ptr<arrow::Schema>& schema, const std::string& json) {
    Must(table().CheckoutLatest());
    EXPECT_TRUE(Must(table().Schema())->Equals(*schema, false))
        << Must(table().Schema())->ToString();
    ExpectRows(Must(table().Scan()), schema, json);
  }

 private:
  std::unique_ptr<LanceTable> table_;
};

TEST_F(SchemaEvolutionTest, AddsColumnsThatAreNull) {
  auto id = arrow::field("id", arrow::int64());
  auto added = arrow::schema({String("n"), StructOf("new", {String("k")}),
                              arrow::field("m", arrow::map(arrow::utf8(), arrow::utf8()))});
  EXPECT_EQ(Must(table().AddNullColumns(*added)), 2U);
  EXPECT_EQ(Must(table().Schema())->num_fields(), 2);  // The handle stays at its version.
  arrow::FieldVector fields = {id, StructOf("s", {String("a")})};
  fields.insert(fields.end(), added->fields().begin(), added->fields().end());
  ExpectLatest(
      arrow::schema(fields),
      R"([{"id": 1, "s": {"a": "x"}, "n": null, "new": null, "m": null}, {"id": 2, "s": null, "n": null, "new": null, "m": null}])");
  Must(table().Append(RowsOf(arrow::schema({id, String("n")}), {R"([{"id": 3, "n": "y"}])"})));
  Must(table().CheckoutLatest());
  EXPECT_EQ(Int64s(*Collect(Must(table().Scan({.columns = {{"id"}}, .filter = "n = 'y'"}))), "id"),
            std::vector<int64_t>{3});
}

TEST_F(SchemaEvolutionTest, AddsChildrenToStructs) {
  Must(table().AddNullColumns(*arrow::schema({StructOf("s", {String("b/c")})})));
  auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), StructOf("s", {String("a"), String("b/c")})});
  ExpectLatest(schema, R"([{"id": 1, "s": {"a": "x", "b/c": null}}, {"id": 2, "s": null}])");
  Must(table().Append(RowsOf(schema, {R"([{"id": 3, "s": {"a": "y", "b/c": "z"}}])"})));
  Must(table().CheckoutLatest());
  ExpectRows(Must(table().Scan({.columns = {{"s.`b/c`"}}, .filter = "id <> 2"})),
             arrow::schema({StructOf("s", {String("b/c")})}),
             R"([{"s": {"b/c": null}}, {"s": {"b/c": "z"}}])");
}

// A child and a column in one commit, two levels down.
TEST_F(SchemaEvolutionTest, AddsDeeperChildrenAndColumnsTogether) {
  Must(table().AddNullColumns(*arrow::schema({StructOf("s", {StructOf("in", {String("u")})})})));
  Must(table().AddNullColumns(
      *arrow::schema({StructOf("s", {StructOf("in", {String("v")})}), String("n")})));
  ExpectLatest(
      arrow::schema({arrow::field("id", arrow::int64()),
                     StructOf("s", {String("a"), StructOf("in", {String("u"), String("v")})}),
                     String("n")}),
      R"([{"id": 1, "s": {"a": "x", "in": null}, "n": null}, {"id": 2, "s": null, "n": null}])");
}

TEST_F(SchemaEvolutionTest, RefusesColumnsThatCannotBeAdded) {
  struct Case {
    std::shared_ptr<arrow::Field> field;
    std::string message;
  };
  for (const Case& c : {
           Case{arrow::field("id", arrow::int64()), "id"},
           Case{arrow::field("id", arrow::utf8()), "id"},
           Case{arrow::field("n", arrow::utf8(), /*nullable=*/false), "nullable"},
           Case{StructOf("s", {String("a")}), "a"},
           Case{StructOf("id", {String("a")}), "id"},
       }) {
    EXPECT_THAT(table().AddNullColumns(*arrow::schema({c.field})).status(),
                FailsWith(ErrorCode::kInvalidInput, c.message));
  }
  Must(table().CheckoutLatest());
  EXPECT_EQ(Must(table().Version()), 1U);
}

TEST_F(SchemaEvolutionTest, RenamesAndRetypes) {
  EXPECT_EQ(Must(table().AlterColumns({{.path = "id", .rename = "key", .type = arrow::int32()},
                                       {.path = "s.a", .rename = "b"}})),
            2U);
  ExpectLatest(arrow::schema({arrow::field("key", arrow::int32()), StructOf("s", {String("b")})}),
               R"([{"key": 1, "s": {"b": "x"}}, {"key": 2, "s": null}])");
  Must(table().AlterColumns({{.path = "key", .nullable = false}}));
  Must(table().CheckoutLatest());
  EXPECT_FALSE(Must(table().Schema())->field(0)->nullable());
}

TEST_F(SchemaEvolutionTest, RefusesInvalidAlterations) {
  struct Case {
    std::vector<LanceColumnAlteration> alterations;
    ErrorCode code;
    std::string message;
  };
  for (const Case& c : {
           Case{{}, ErrorCode::kInvalidInput, "no column"},
           Case{{{.path = "id"}}, ErrorCode::kInvalidInput, "no alteration is given"},
           Case{{{.path = "absent", .rename = "x"}}, ErrorCode::kInvalidInput, "absent"},
           Case{{{.path = "s", .nullable = false}}, ErrorCode::kInvalidInput, "s"},
       }) {
    EXPECT_THAT(table().AlterColumns(c.alterations).status(), FailsWith(c.code, c.message));
  }
  EXPECT_FALSE(table().AlterColumns({{.path = "id", .type = arrow::list(arrow::utf8())}}).ok());
  mxl_column_alteration alteration{};
  alteration.struct_size = sizeof(alteration);
  alteration.path = Text("id");
  alteration.nullable = 3;
  const mxl_column_alteration* alterations[] = {&alteration};
  CHandles handles(directory());
  CError error;
  uint64_t version = 0;
  EXPECT_EQ(mxl_table_alter_columns(handles.table, alterations, 1, &version, &error),
            MXL_INVALID_INPUT);
  EXPECT_THAT(error.text(), ::testing::HasSubstr("MXL_NULLABLE"));
}

TEST_F(SchemaEvolutionTest, DropsColumnsAndChildren) {
  auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), StructOf("s", {String("a"), String("b")}), String("n")});
  auto other = Create(
      "other",
      RowsOf(
          schema,
          {R"([{"id": 1, "s": {"a": "x", "b": "y"}, "n": "z"}, {"id": 2, "s": null, "n": "w"}])"}));
  EXPECT_EQ(Must(other->DropColumns({"n", "s.a"})), 2U);
  Must(other->CheckoutLatest());
  ExpectRows(Must(other->Scan()),
             arrow::schema({arrow::field("id", arrow::int64()), StructOf("s", {String("b")})}),
             R"([{"id": 1, "s": {"b": "y"}}, {"id": 2, "s": null}])");
  EXPECT_THAT(table().DropColumns({"absent"}).status(),
              FailsWith(ErrorCode::kInvalidInput, "absent"));
  EXPECT_THAT(table().DropColumns({}).status(), FailsWith(ErrorCode::kInvalidInput, "no column"));
}

// A struct's stored data disappears with its last stored child.
TEST_F(SchemaEvolutionTest, StructsWithoutStoredChildrenAreNull) {
  Must(table().AddNullColumns(*arrow::schema({StructOf("s", {String("b")})})));
  Must(table().DropColumns({"s.a"}));
  ExpectLatest(arrow::schema({arrow::field("id", arrow::int64()), StructOf("s", {String("b")})}),
               R"([{"id": 1, "s": null}, {"id": 2, "s": null}])");
}

// Paths cannot express every name that a table may have.
TEST_F(SchemaEvolutionTest, RenamesAndRemovesColumnsByTheirNames) {
  const auto id = arrow::field("id", arrow::int64());
  for (const char* name : {"", "a`b", "_rowaddr", "*"}) {
    SCOPED_TRACE(name);
    Must(table().CheckoutLatest());
    Must(table().AddNullColumns(*arrow::schema({String(name)})));
    Must(table().CheckoutLatest());
    Must(table().SetColumnName(name, "free"));
    ExpectLatest(
        arrow::schema({id, StructOf("s", {String("a")}), String("free")}),
        R"([{"id": 1, "s": {"a": "x"}, "free": null}, {"id": 2, "s": null, "free": null}])");
    Must(table().SetColumnName("free", ""));
    ExpectLatest(arrow::schema({id, StructOf("s", {String("a")})}),
                 R"([{"id": 1, "s": {"a": "x"}}, {"id": 2, "s": null}])");
  }
  Must(table().CheckoutLatest());
  Must(table().AddNullColumns(*arrow::schema({String("late")})));
  EXPECT_THAT(table().SetColumnName("id", "n").status(),
              FailsWith(ErrorCode::kCommitConflict, "column 'id' of table 't'"));
  EXPECT_THAT(table().SetColumnName("none", "x").status(),
              FailsWith(ErrorCode::kInvalidInput, "column 'none' of table 't': there is none"));
  EXPECT_THAT(table().SetColumnName("id", "s").status(),
              FailsWith(ErrorCode::kInvalidInput, "there is a column 's'"));
  EXPECT_THAT(table().SetColumnName("s.a", "b").status(),
              FailsWith(ErrorCode::kInvalidInput, "there is none"));
}

}  // namespace
}  // namespace metaxy::internal
