// Whole pipelines, compared with what the Python package resolved, wrote and read
// (goldens/pipelines.json), on a store in memory and on a real LanceDB.
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "metaxy/errors.h"
#include "metaxy/json.h"
#include "metaxy/metadata_store.h"
#include "support/golden.h"
#include "support/matchers.h"
#include "support/memory_store.h"
#include "support/temp_dir.h"

#ifdef METAXY_WITH_LANCEDB
#include "metaxy/lancedb_metadata_store.h"
#endif

namespace metaxy::testing {
namespace {

using Rows = std::vector<std::string>;

const Json& Member(const Json& object, const char* name) {
  const Json* member = object.Find(name);
  EXPECT_NE(member, nullptr) << name;
  return *member;
}

// ---- tables from rows

std::shared_ptr<arrow::Array> TextColumn(const std::vector<const Json*>& values) {
  arrow::StringBuilder builder;
  for (const Json* value : values) {
    EXPECT_THAT(value->is_null() ? builder.AppendNull() : builder.Append(value->as_string()),
                IsOk());
  }
  return Get(builder.Finish());
}

std::shared_ptr<arrow::Array> IntColumn(const std::vector<const Json*>& values) {
  arrow::Int64Builder builder;
  for (const Json* value : values) {
    EXPECT_THAT(value->is_null() ? builder.AppendNull()
                                 : builder.Append(std::stoll(value->as_integer().digits)),
                IsOk());
  }
  return Get(builder.Finish());
}

std::shared_ptr<arrow::Array> StructColumn(const Json::Array& members,
                                           const std::vector<const Json*>& values) {
  arrow::ArrayVector columns;
  std::vector<std::string> names;
  for (size_t i = 0; i < members.size(); ++i) {
    std::vector<const Json*> member;
    for (const Json* value : values) member.push_back(&value->as_array()[i]);
    columns.push_back(TextColumn(member));
    names.push_back(members[i].as_string());
  }
  return Get(arrow::StructArray::Make(columns, names));
}

std::shared_ptr<arrow::Array> Column(const Json& kind, const std::vector<const Json*>& values) {
  if (kind.is_array()) return StructColumn(kind.as_array(), values);
  if (kind.as_string() == "int") return IntColumn(values);
  const auto texts = TextColumn(values);
  return kind.as_string() == "date" ? Get(arrow::compute::Cast(texts, arrow::date32())).make_array()
                                    : texts;
}

std::shared_ptr<arrow::Table> TableOf(const Json& rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  const Json::Object& kinds = Member(rows, "columns").as_object();
  for (size_t i = 0; i < kinds.size(); ++i) {
    std::vector<const Json*> values;
    for (const Json& row : Member(rows, "rows").as_array()) values.push_back(&row.as_array()[i]);
    columns.push_back(Column(kinds[i].second, values));
    fields.push_back(arrow::field(kinds[i].first, columns.back()->type()));
  }
  return arrow::Table::Make(arrow::schema(fields), columns);
}

// ---- rows from tables

Json ValueOf(const arrow::Scalar& scalar) {
  if (!scalar.is_valid) return nullptr;
  switch (scalar.type->id()) {
    case arrow::Type::STRUCT: {
      const auto& value = static_cast<const arrow::StructScalar&>(scalar);
      Json object = Json::Object{};
      for (size_t i = 0; i < value.value.size(); ++i) {
        object.Set(scalar.type->field(static_cast<int>(i))->name(), ValueOf(*value.value[i]));
      }
      return object;
    }
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(scalar).value;
    default:
      return scalar.ToString();
  }
}

bool IsTime(const std::string& column) {
  return column.find("_at") != std::string::npos && column.rfind("metaxy_", 0) == 0;
}

Rows RowsOf(const arrow::Table& table) {
  Rows rows;
  for (int64_t i = 0; i < table.num_rows(); ++i) {
    Json row = Json::Object{};
    for (const auto& field : table.schema()->fields()) {
      if (IsTime(field->name())) continue;
      row.Set(field->name(), ValueOf(*Get(table.GetColumnByName(field->name())->GetScalar(i))));
    }
    rows.push_back(row.DumpPython(/*sort_keys=*/true));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

Rows RowsOf(const Json& expected) {
  Rows rows;
  for (const Json& row : expected.as_array()) rows.push_back(row.DumpPython(/*sort_keys=*/true));
  std::sort(rows.begin(), rows.end());
  return rows;
}

// ---- running a pipeline

using StoreFactory = std::function<std::shared_ptr<MetadataStore>(MetadataStoreOptions)>;

class Pipeline {
 public:
  Pipeline(const Json& golden, StoreFactory factory)
      : golden_(golden), factory_(std::move(factory)) {}

  void Run() {
    const Json::Array& steps = Member(golden_, "steps").as_array();
    for (size_t i = 0; i < steps.size(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i) + ": " + steps[i].DumpCompact().substr(0, 100));
      Step(steps[i]);
    }
  }

 private:
  void Step(const Json& step) {
    const std::string op = Text(step, "op");
    if (op == "use") return Use(step);
    const std::string feature = Text(step, "feature");
    if (op == "write") {
      EXPECT_THAT(store_->Write(feature, TableOf(Member(step, "rows"))), IsOk());
    } else if (op == "resolve") {
      Resolve(step, feature);
    } else if (op == "write_increment") {
      EXPECT_THAT(store_->Write(feature, increments_[feature].new_samples), IsOk());
      EXPECT_THAT(store_->Write(feature, increments_[feature].stale), IsOk());
    } else {
      Read(step, feature);
    }
  }

  void Use(const Json& step) {
    const int truncation = std::stoi(Member(golden_, "hash_truncation_length").as_integer().digits);
    auto graph = std::make_shared<FeatureGraph>(truncation);
    for (const Json& definition :
         Member(Member(golden_, "revisions"), Text(step, "revision").c_str()).as_array()) {
      EXPECT_THAT(graph->AddFeatureDefinition(Get(FeatureDefinition::FromJson(definition))),
                  IsOk());
    }
    for (const auto& [feature, version] : Member(step, "versions").as_object()) {
      EXPECT_EQ(Get(graph->GetFeatureVersion(feature)), version.as_string()) << feature;
    }
    store_ = factory_({.graph = graph,
                       .project = "pipelines",
                       .name = "dev",
                       .hash_algorithm = Get(ParseHashAlgorithm(Text(golden_, "hash_algorithm")))});
    EXPECT_THAT(store_->Open(AccessMode::kWrite), IsOk());
  }

  void Resolve(const Json& step, const std::string& feature) {
    ResolveUpdateOptions options;
    if (const Json* samples = step.Find("samples")) options.samples = TableOf(*samples);
    const Increment increment = Get(store_->ResolveUpdate(feature, options));
    const Json& expect = Member(step, "expect");
    EXPECT_EQ(RowsOf(*increment.new_samples), RowsOf(Member(expect, "new")));
    EXPECT_EQ(RowsOf(*increment.stale), RowsOf(Member(expect, "stale")));
    EXPECT_EQ(RowsOf(*increment.orphaned), RowsOf(Member(expect, "orphaned")));
    increments_[feature] = increment;
  }

  void Read(const Json& step, const std::string& feature) {
    const auto flag = [&](const char* name) {
      const Json* options = step.Find("options");
      return options && options->Find(name) && options->Find(name)->as_bool();
    };
    const auto reader =
        Get(store_->Read(feature, {.with_feature_history = flag("with_feature_history"),
                                   .with_sample_history = flag("with_sample_history"),
                                   .include_soft_deleted = flag("include_soft_deleted")}));
    EXPECT_EQ(RowsOf(*Get(reader->ToTable())), RowsOf(Member(step, "expect")));
  }

  const Json& golden_;
  StoreFactory factory_;
  std::shared_ptr<MetadataStore> store_;
  std::map<std::string, Increment> increments_;
};

void RunAll(const std::function<StoreFactory(const std::string&)>& factory_for) {
  const std::vector<Json> pipelines = Goldens("pipelines");
  ASSERT_FALSE(pipelines.empty());
  for (const Json& pipeline : pipelines) {
    const std::string name = Text(pipeline, "name");
    SCOPED_TRACE(name);
    Pipeline(pipeline, factory_for(name)).Run();
  }
}

TEST(PipelineConformanceTest, InMemory) {
  RunAll([](const std::string&) -> StoreFactory {
    const auto database = std::make_shared<MemoryDatabase>();
    return [database](MetadataStoreOptions options) {
      return MemoryMetadataStore::Make(database, std::move(options));
    };
  });
}

#ifdef METAXY_WITH_LANCEDB
TEST(PipelineConformanceTest, OnLanceDB) {
  const TempDir directory;
  int number = 0;
  RunAll([&](const std::string&) -> StoreFactory {
    const std::string uri = (directory.path() / std::to_string(number++)).string();
    return [uri](MetadataStoreOptions options) -> std::shared_ptr<MetadataStore> {
      return Get(LanceDBMetadataStore::Make({.uri = uri}, std::move(options)));
    };
  });
}
#endif

}  // namespace
}  // namespace metaxy::testing
