#include "store.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "execution.h"
#include "metaxy/errors.h"
#include "metaxy/lancedb_metadata_store.h"
#include "project.h"

namespace metaxy::python {
namespace {

AccessMode ModeOf(const std::string& mode) {
  return mode == "write" ? AccessMode::kWrite : AccessMode::kRead;
}

FallbackMode FallbackOf(const std::string& mode) {
  if (mode == "overlay") return FallbackMode::kOverlay;
  if (mode != "feature") {
    RaiseIfFailed(MakeError(ErrorCode::kInvalidInput,
                            "fallback is '" + mode + "'; it is either 'feature' or 'overlay'"));
  }
  return FallbackMode::kFeature;
}

void AddFallbacks(const std::vector<const Store*>& stores, MetadataStoreOptions* options) {
  for (const Store* store : stores) options->fallback_stores.push_back(store->store.shared());
}

// Everything but the graph is given by name; the Python side has the defaults.
Store Make(const Graph& graph, const std::string& uri, const std::string& connect_kwargs,
           const std::string& project, const std::string& name, const std::string& hash_algorithm,
           const std::vector<const Store*>& fallback_stores,
           const std::optional<std::string>& materialization_id, bool enable_map_datatype,
           std::optional<int64_t> memory_limit, bool allow_unconditional_writes, bool sync,
           const MaintenanceOptions& maintenance, const std::string& fallback,
           const std::string& delta, const nb::object& on_log) {
  MetadataStoreOptions options{.graph = graph.graph,
                               .project = project,
                               .name = name,
                               .fallback = FallbackOf(fallback),
                               .materialization_id = materialization_id,
                               .enable_map_datatype = enable_map_datatype,
                               .memory_limit = memory_limit,
                               .external = {.sync = sync},
                               .maintenance = maintenance,
                               .delta = ValueOf(ParseDeltaMode(delta)),
                               .on_log = LogFunctionOf(on_log)};
  options.hash_algorithm = ValueOf(ParseHashAlgorithm(hash_algorithm));
  AddFallbacks(fallback_stores, &options);
  LanceDBOptions lancedb{.uri = uri,
                         .connect_kwargs = ValueOf(Json::Parse(connect_kwargs)),
                         .allow_unconditional_writes = allow_unconditional_writes};
  std::shared_ptr<MetadataStore> store =
      Call([&] { return LanceDBMetadataStore::Make(std::move(lancedb), std::move(options)); });
  return Store{Owned<MetadataStore>(std::move(store))};
}

// With the settings that may differ from call to call.
Store View(const Store& self, const Graph& graph, const std::string& project,
           bool enable_map_datatype, const std::optional<std::string>& materialization_id,
           std::optional<int64_t> memory_limit, const std::vector<const Store*>& fallback_stores,
           const std::string& fallback, const std::string& delta, const nb::object& on_log) {
  MetadataStoreOptions options{.graph = graph.graph,
                               .project = project,
                               .name = self.store->name(),
                               .hash_algorithm = self.store->hash_algorithm(),
                               .fallback = FallbackOf(fallback),
                               .materialization_id = materialization_id,
                               .enable_map_datatype = enable_map_datatype,
                               .memory_limit = memory_limit,
                               .external = {.sync = false},
                               .delta = ValueOf(ParseDeltaMode(delta)),
                               .on_log = LogFunctionOf(on_log)};
  AddFallbacks(fallback_stores, &options);
  return ViewOf(self, Call([&] { return self.store->View(std::move(options)); }));
}

void Open(const Store& self, const std::string& mode, const Execution& execution) {
  Call(*execution.state(), [&] { return self.store->Open(ModeOf(mode), execution.options()); });
}

void Close(const Store& self, const Execution& execution) {
  Call(*execution.state(), [&] { return self.store->Close(execution.options()); });
}

}  // namespace

Store ViewOf(const Store& store, std::shared_ptr<MetadataStore> view) {
  const auto both = std::make_shared<std::pair<std::shared_ptr<MetadataStore>, decltype(view)>>(
      store.store.shared(), std::move(view));
  return Store{Owned<MetadataStore>({both, both->second.get()})};
}

void BindStore(nb::module_& module) {
  nb::class_<Store> store(module, "Store");
  store
      .def_static("make", &Make, nb::arg("graph"), nb::kw_only(), nb::arg("uri"),
                  nb::arg("connect_kwargs"), nb::arg("project"), nb::arg("name"),
                  nb::arg("hash_algorithm"), nb::arg("fallback_stores"),
                  nb::arg("materialization_id").none(), nb::arg("enable_map_datatype"),
                  nb::arg("memory_limit").none(), nb::arg("allow_unconditional_writes"),
                  nb::arg("sync"), nb::arg("maintenance"), nb::arg("fallback"), nb::arg("delta"),
                  nb::arg("on_log").none())
      .def("view", &View, nb::arg("graph"), nb::kw_only(), nb::arg("project"),
           nb::arg("enable_map_datatype"), nb::arg("materialization_id").none(),
           nb::arg("memory_limit").none(), nb::arg("fallback_stores"), nb::arg("fallback"),
           nb::arg("delta"), nb::arg("on_log").none())
      .def("open", &Open, nb::arg("mode"), nb::arg("execution"))
      .def("close", &Close, nb::arg("execution"))
      .def_prop_ro("is_open", [](const Store& self) { return self.store->is_open(); })
      .def_prop_ro("name", [](const Store& self) { return self.store->name(); })
      .def_prop_ro("display", [](const Store& self) { return self.store->display(); })
      .def_prop_ro("hash_algorithm",
                   [](const Store& self) {
                     return std::string(HashAlgorithmName(self.store->hash_algorithm()));
                   })
      .def("graph", [](const Store& self) { return Graph{self.store->graph()}; });
  BindReading(store);
  BindFragments(store);
  BindParts(store);
  BindWriting(store);
  BindFailures(store);
  BindSnapshots(store);
}

}  // namespace metaxy::python
