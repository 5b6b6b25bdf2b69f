// An external program that has only the installed package.
#include <metaxy/metaxy.h>

#include <iostream>
#include <memory>

int main() {
  auto graph = std::make_shared<metaxy::FeatureGraph>();
  arrow::Status status = graph->AddFeature(
      {.key = "example/video", .id_columns = {"video_id"}, .fields = {"audio"}}, "consumer");
  auto store = metaxy::LanceDBMetadataStore::Make({.uri = "metadata"}, {.graph = graph});
  if (status.ok()) status = store.status();
  if (status.ok()) status = (*store)->Open(metaxy::AccessMode::kWrite);
  const auto tables = status.ok() ? (*store)->administration().ListTables() : status;
  std::cout << "metaxy " << metaxy::Version() << ", "
            << (tables.ok() ? std::to_string(tables->size()) + " tables"
                            : tables.status().message())
            << "\n";
  return tables.ok() ? 0 : 1;
}
