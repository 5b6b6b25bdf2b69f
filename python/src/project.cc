#include "metaxy/project.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <string>
#include <utility>

#include "execution.h"
#include "project.h"
#include "store.h"

namespace metaxy::python {
namespace {

struct LoadedProject {
  Owned<metaxy::Project> project;
};

LoadedProject Load(const std::optional<std::string>& config_file,
                   const std::optional<std::string>& start_directory, bool search_parents,
                   const nb::object& on_log) {
  ConfigLoadOptions options{.search_parents = search_parents, .on_log = LogFunctionOf(on_log)};
  if (config_file) options.config_file = *config_file;
  if (start_directory) options.start_directory = *start_directory;
  return LoadedProject{
      Owned<metaxy::Project>(Call([&] { return metaxy::Project::Load(options); }))};
}

std::optional<std::string> ConfigFileOf(const LoadedProject& self) {
  const auto& file = self.project->config().config_file();
  return file ? std::optional<std::string>(file->string()) : std::nullopt;
}

Json ChangesOf(const std::vector<LockedFeatureChange>& changes) {
  Json list = Json::Array{};
  for (const auto& change : changes) list.as_array().emplace_back(change.key);
  return list;
}

// What has changed in the lock file, as JSON.
std::string Lock(const LoadedProject& self, const Store& store,
                 const std::optional<std::string>& output, bool dry_run,
                 const Execution& execution) {
  LockOptions options{.dry_run = dry_run, .execution = execution.options()};
  if (output) options.output = *output;
  const LockFileResult result =
      Call(*execution.state(), [&] { return self.project->Lock(*store.store, options); });
  Json updated = Json::Array{};
  for (const auto& update : result.updated) updated.as_array().emplace_back(update.key);
  Json json = Json::Object{};
  json.Set("path", result.path.string());
  json.Set("added", ChangesOf(result.added));
  json.Set("updated", std::move(updated));
  json.Set("removed", ChangesOf(result.removed));
  json.Set("unchanged_count", result.unchanged_count);
  return json.DumpPython();
}

}  // namespace

void BindProject(nb::module_& module) {
  nb::class_<LoadedProject>(module, "Project")
      .def_static("load", &Load, nb::arg("config_file").none(), nb::arg("start_directory").none(),
                  nb::arg("search_parents"), nb::arg("on_log").none())
      .def_prop_ro("config_file", &ConfigFileOf)
      .def("config",
           [](const LoadedProject& self) { return self.project->config().ToJson().DumpPython(); })
      .def("name", [](const LoadedProject& self) { return ValueOf(self.project->name()); })
      .def("graph", [](const LoadedProject& self) { return Graph{self.project->graph()}; })
      .def(
          "store",
          [](const LoadedProject& self, const std::optional<std::string>& name) {
            return Store{Owned<MetadataStore>(Call([&] { return self.project->GetStore(name); }))};
          },
          nb::arg("name").none())
      .def("lock", &Lock, nb::arg("store"), nb::arg("output").none(), nb::arg("dry_run"),
           nb::arg("execution"));
}

}  // namespace metaxy::python
