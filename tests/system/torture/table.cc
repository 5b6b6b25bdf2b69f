#include "table.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>

#include "metaxy/errors.h"
#include "metaxy/lancedb_metadata_store.h"

namespace metaxy::torture {
namespace {

std::shared_ptr<arrow::DataType> ProvenanceType() {
  return arrow::struct_({arrow::field("content", arrow::large_utf8())});
}

arrow::Result<std::shared_ptr<FeatureGraph>> MakeGraph() {
  auto graph = std::make_shared<FeatureGraph>();
  ARROW_RETURN_NOT_OK(
      graph->AddFeature({.key = kFeature, .id_columns = {"id"}, .fields = {"content"}}, "torture"));
  ARROW_RETURN_NOT_OK(graph->AddFeature(
      {.key = kChild, .id_columns = {"id"}, .deps = {kFeature}, .fields = {"content"}}, "torture"));
  return graph;
}

arrow::Result<History> Read(MetadataStore& store, ReadOptions options) {
  options.columns = {"id", "tag", "metaxy_deleted_at"};
  History history;
  const auto reader = store.Read(kFeature, options);
  if (IsError(reader.status(), ErrorCode::kFeatureNotFound)) return history;
  ARROW_RETURN_NOT_OK(reader.status());
  ARROW_ASSIGN_OR_RAISE(const auto table, (*reader)->ToTable());
  ARROW_ASSIGN_OR_RAISE(const auto rows, table->CombineChunksToBatch());
  ARROW_ASSIGN_OR_RAISE(const auto ids, arrow::compute::Cast(rows->column(0), arrow::utf8()));
  ARROW_ASSIGN_OR_RAISE(const auto tags, arrow::compute::Cast(rows->column(1), arrow::utf8()));
  const auto id = ids.array_as<arrow::StringArray>();
  const auto tag = tags.array_as<arrow::StringArray>();
  for (int64_t i = 0; i < rows->num_rows(); ++i) {
    history[id->GetString(i)].push_back(tag->GetString(i) +
                                        (rows->column(2)->IsNull(i) ? "" : "!"));
  }
  return history;
}

}  // namespace

arrow::Result<std::shared_ptr<MetadataStore>> OpenStore(const std::filesystem::path& database,
                                                        AccessMode mode) {
  ARROW_ASSIGN_OR_RAISE(auto graph, MakeGraph());
  ARROW_ASSIGN_OR_RAISE(
      std::shared_ptr<MetadataStore> store,
      LanceDBMetadataStore::Make(
          {.uri = database.string()},
          {.graph = std::move(graph),
           .project = "torture",
           .name = "torture",
           .maintenance = {.every_commits = 16, .keep_versions_for = std::chrono::minutes(1)}}));
  ARROW_RETURN_NOT_OK(store->Open(mode));
  return store;
}

arrow::Result<std::shared_ptr<arrow::Table>> RowsOf(const Operation& operation) {
  arrow::LargeStringBuilder ids;
  arrow::LargeStringBuilder tags;
  ARROW_RETURN_NOT_OK(ids.AppendValues(operation.ids));
  ARROW_RETURN_NOT_OK(
      tags.AppendValues(std::vector<std::string>(operation.ids.size(), operation.tag)));
  ARROW_ASSIGN_OR_RAISE(const auto id, ids.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto tag, tags.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto provenance,
                        arrow::StructArray::Make({tag}, ProvenanceType()->fields()));
  return arrow::Table::Make(
      arrow::schema({arrow::field("id", arrow::large_utf8()),
                     arrow::field("tag", arrow::large_utf8()),
                     arrow::field("metaxy_provenance_by_field", ProvenanceType())}),
      arrow::ArrayVector{id, tag, provenance});
}

arrow::Result<History> Observe(MetadataStore& store) {
  return Read(store, {.with_sample_history = true, .include_soft_deleted = true});
}

arrow::Result<History> ObserveLatest(MetadataStore& store) { return Read(store, {}); }

}  // namespace metaxy::torture
