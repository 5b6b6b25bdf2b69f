// Whole pipelines, compared with the Python package's results for resolve, write and read
// (goldens/pipelines.json), on a store in memory and on a real LanceDB.
#include <arrow/array.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "metaxy/errors.h"
#include "metaxy/filter.h"
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

std::shared_ptr<arrow::DataType> TypeOf(const std::string& name) {
  static const std::map<std::string, std::shared_ptr<arrow::DataType>> types = {
      {"string", arrow::utf8()},
      {"binary", arrow::binary()},
      {"bool", arrow::boolean()},
      {"date", arrow::date32()},
      {"decimal(10,2)", arrow::decimal128(10, 2)},
      {"timestamp[ms]", arrow::timestamp(arrow::TimeUnit::MILLI)},
      {"timestamp[us]", arrow::timestamp(arrow::TimeUnit::MICRO)},
      {"timestamp[ns]", arrow::timestamp(arrow::TimeUnit::NANO)},
      {"timestamp[us, UTC]", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")},
      {"int", arrow::int64()},
      {"int8", arrow::int8()},
      {"int16", arrow::int16()},
      {"int32", arrow::int32()},
      {"int64", arrow::int64()},
      {"uint8", arrow::uint8()},
      {"uint16", arrow::uint16()},
      {"uint32", arrow::uint32()},
      {"uint64", arrow::uint64()}};
  const auto type = types.find(name);
  EXPECT_NE(type, types.end()) << name;
  return type->second;
}

std::shared_ptr<arrow::Array> CastTo(const std::shared_ptr<arrow::Array>& values,
                                     const std::shared_ptr<arrow::DataType>& type) {
  return Get(arrow::compute::Cast(values, type)).make_array();
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::shared_ptr<arrow::Array> TextColumn(const std::vector<const Json*>& values, bool hex = false) {
  arrow::StringBuilder builder;
  for (const Json* value : values) {
    if (value->is_null()) {
      EXPECT_THAT(builder.AppendNull(), IsOk());
    } else {
      EXPECT_THAT(builder.Append(hex ? FromHex(value->as_string()) : value->as_string()), IsOk());
    }
  }
  return Get(builder.Finish());
}

std::shared_ptr<arrow::Array> StructColumn(const Json::Array& members,
                                           const std::vector<const Json*>& values) {
  static const Json null;
  arrow::ArrayVector columns;
  arrow::FieldVector fields;
  for (size_t i = 0; i < members.size(); ++i) {
    std::vector<const Json*> member;
    for (const Json* value : values)
      member.push_back(value->is_null() ? &null : &value->as_array()[i]);
    columns.push_back(TextColumn(member));
    fields.push_back(arrow::field(members[i].as_string(), arrow::utf8()));
  }
  arrow::TypedBufferBuilder<bool> valid;
  for (const Json* value : values) EXPECT_THAT(valid.Append(!value->is_null()), IsOk());
  return std::make_shared<arrow::StructArray>(
      arrow::struct_(fields), static_cast<int64_t>(values.size()), columns, Get(valid.Finish()));
}

std::shared_ptr<arrow::Array> Column(const Json& kind, const std::vector<const Json*>& values) {
  if (kind.is_array()) return StructColumn(kind.as_array(), values);
  const auto type = TypeOf(kind.as_string());
  if (type->id() == arrow::Type::TIMESTAMP)
    return CastTo(CastTo(TextColumn(values), arrow::int64()), type);
  return CastTo(TextColumn(values, /*hex=*/type->id() == arrow::Type::BINARY), type);
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

std::string ToHex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

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
    case arrow::Type::TIMESTAMP:
      return std::to_string(static_cast<const arrow::TimestampScalar&>(scalar).value);
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
      return ToHex(static_cast<const arrow::BaseBinaryScalar&>(scalar).view());
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

// ---- options of steps

bool Flag(const Json& options, const char* name, bool otherwise = false) {
  const Json* value = options.Find(name);
  return value ? value->as_bool() : otherwise;
}

std::vector<arrow::compute::Expression> Filters(const Json& options, const char* name) {
  std::vector<arrow::compute::Expression> filters;
  if (const Json* texts = options.Find(name)) {
    for (const std::string& text : Texts(*texts)) filters.push_back(Get(ParseFilter(text)));
  }
  return filters;
}

const Json& OptionsOf(const Json& step) {
  static const Json none = Json::Object{};
  const Json* options = step.Find("options");
  return options ? *options : none;
}

// ---- running a pipeline

using StoreFactory =
    std::function<std::shared_ptr<MetadataStore>(const std::string&, MetadataStoreOptions)>;

// A store with a fallback store, as in the pipelines of the goldens.
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
    using Method = void (Pipeline::*)(const Json&);
    static const std::map<std::string, Method> methods = {
        {"use", &Pipeline::Use},         {"write", &Pipeline::Write},
        {"resolve", &Pipeline::Resolve}, {"read", &Pipeline::Read},
        {"delete", &Pipeline::Delete},   {"push", &Pipeline::Push},
        {"rebase", &Pipeline::Rebase},   {"copy", &Pipeline::Copy}};
    (this->*methods.at(Text(step, "op")))(step);
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
    MetadataStoreOptions options{
        .graph = graph,
        .project = "pipelines",
        .name = "prod",
        .hash_algorithm = Get(ParseHashAlgorithm(Text(golden_, "hash_algorithm")))};
    prod_ = factory_("prod", options);
    options.name = "dev";
    options.fallback_stores = {prod_};
    dev_ = factory_("dev", options);
    EXPECT_THAT(prod_->Open(AccessMode::kWrite), IsOk());
    EXPECT_THAT(dev_->Open(AccessMode::kWrite), IsOk());
  }

  MetadataStore& StoreOf(const Json& step, const char* name = "store") {
    const Json* store = step.Find(name);
    return store && store->as_string() == "prod" ? *prod_ : *dev_;
  }

  void Write(const Json& step) {
    EXPECT_THAT(StoreOf(step).Write(Text(step, "feature"), TableOf(Member(step, "rows"))), IsOk());
  }

  void Resolve(const Json& step) {
    ResolveUpdateOptions options{.global_filters = Filters(step, "global_filters"),
                                 .target_filters = Filters(step, "target_filters"),
                                 .staleness_predicates = Filters(step, "staleness"),
                                 .skip_comparison = Flag(step, "skip_comparison")};
    if (const Json* samples = step.Find("samples")) options.samples = TableOf(*samples);
    if (const Json* filters = step.Find("filters")) {
      for (const auto& [feature, texts] : filters->as_object())
        options.filters.emplace_back(feature, Filters(*filters, feature.c_str()));
    }
    const Increment increment = Get(StoreOf(step).ResolveUpdate(Text(step, "feature"), options));
    const Json& expect = Member(step, "expect");
    EXPECT_EQ(RowsOf(*increment.new_samples), RowsOf(Member(expect, "new")));
    EXPECT_EQ(RowsOf(*increment.stale), RowsOf(Member(expect, "stale")));
    EXPECT_EQ(RowsOf(*increment.orphaned), RowsOf(Member(expect, "orphaned")));
  }

  void Read(const Json& step) {
    const Json& options = OptionsOf(step);
    ReadOptions read{.filters = Filters(options, "filters"),
                     .with_feature_history = Flag(options, "with_feature_history"),
                     .with_sample_history = Flag(options, "with_sample_history"),
                     .include_soft_deleted = Flag(options, "include_soft_deleted")};
    if (const Json* columns = options.Find("columns")) read.columns = Texts(*columns);
    const auto reader = Get(StoreOf(step).Read(Text(step, "feature"), read));
    EXPECT_EQ(RowsOf(*Get(reader->ToTable())), RowsOf(Member(step, "expect")));
  }

  void Delete(const Json& step) {
    const Json& options = OptionsOf(step);
    EXPECT_THAT(StoreOf(step).Delete(Text(step, "feature"), Filters(step, "filters"),
                                     {.soft = Flag(options, "soft", true),
                                      .with_feature_history = Flag(options, "with_feature_history"),
                                      .with_sample_history = Flag(options, "with_sample_history")}),
                IsOk());
  }

  void Push(const Json& step) {
    EXPECT_EQ(Get(StoreOf(step).definitions().PushGraphSnapshot("pipelines")).project_version,
              Text(step, "expect"));
  }

  void Rebase(const Json& step) {
    RebaseVersionOptions options;
    if (const Json* to = step.Find("to")) options.to_feature_version = to->as_string();
    EXPECT_EQ(Get(StoreOf(step).RebaseVersion(Text(step, "feature"), Text(step, "from"), options)),
              std::stoll(Member(step, "expect").as_integer().digits));
  }

  void Copy(const Json& step) {
    std::vector<FeatureKey> features;
    for (const std::string& key : Texts(Member(step, "features"))) features.emplace_back(key);
    const Json& options = OptionsOf(step);
    const CopyResult copied = Get(StoreOf(step).CopyMetadata(
        StoreOf(step, "from_store"), features,
        {.with_feature_history = Flag(options, "with_feature_history", true),
         .with_sample_history = Flag(options, "with_sample_history")}));
    EXPECT_EQ(copied.rows_copied, std::stoll(Member(step, "expect").as_integer().digits));
  }

  const Json& golden_;
  StoreFactory factory_;
  std::shared_ptr<MetadataStore> prod_;
  std::shared_ptr<MetadataStore> dev_;
};

void RunAll(const std::function<StoreFactory(int)>& factory_for) {
  const std::vector<Json> pipelines = Goldens("pipelines");
  ASSERT_FALSE(pipelines.empty());
  int number = 0;
  for (const Json& pipeline : pipelines) {
    SCOPED_TRACE(Text(pipeline, "name"));
    Pipeline(pipeline, factory_for(number++)).Run();
  }
}

TEST(PipelineConformanceTest, InMemory) {
  RunAll([](int) -> StoreFactory {
    const auto databases =
        std::make_shared<std::map<std::string, std::shared_ptr<MemoryDatabase>>>();
    return [databases](const std::string& name, MetadataStoreOptions options) {
      auto& database = (*databases)[name];
      if (!database) database = std::make_shared<MemoryDatabase>();
      return MemoryMetadataStore::Make(database, std::move(options));
    };
  });
}

#ifdef METAXY_WITH_LANCEDB
TEST(PipelineConformanceTest, OnLanceDB) {
  const TempDir directory;
  RunAll([&](int number) -> StoreFactory {
    return [folder = directory.path() / std::to_string(number)](
               const std::string& name,
               MetadataStoreOptions options) -> std::shared_ptr<MetadataStore> {
      return Get(LanceDBMetadataStore::Make({.uri = (folder / name).string()}, std::move(options)));
    };
  });
}
#endif

}  // namespace
}  // namespace metaxy::testing
