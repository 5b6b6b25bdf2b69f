#include "project/plugin_loader.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include <string_view>

#include "base/quote.h"
#include "metaxy/errors.h"
#include "metaxy/plugin.h"

namespace metaxy::internal {

namespace {

arrow::Status Failure(const std::filesystem::path& path, std::string_view reason) {
  return MakeError(ErrorCode::kInvalidConfig,
                   fmt::format("entrypoint {}: {}", path.string(), reason));
}

}  // namespace

arrow::Status LoadPlugin(const std::filesystem::path& path, const std::string& project,
                         FeatureGraph* graph) {
  // With a slash in it, the name is not searched for elsewhere.
  void* library = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return Failure(path, fmt::format("the library cannot be loaded: {}",
                                     reason != nullptr ? reason : "unknown reason"));
  }
  auto abi = reinterpret_cast<PluginAbiFunction*>(dlsym(library, kPluginAbiSymbol));
  auto register_features =
      reinterpret_cast<PluginRegisterFunction*>(dlsym(library, kPluginRegisterSymbol));
  if (abi == nullptr || register_features == nullptr) {
    return Failure(path,
                   "the library registers no features; define METAXY_REGISTER_FEATURES "
                   "(metaxy/plugin.h) in it");
  }
  if (std::string_view built_for = abi(); built_for != METAXY_PLUGIN_ABI) {
    return Failure(
        path, fmt::format("the library was built for {}, this program is {}; rebuild the library",
                          Quote(built_for), Quote(METAXY_PLUGIN_ABI)));
  }
  arrow::Status status;
  register_features(graph, project.c_str(), &status);
  return WithContext(status, path.string());
}

}  // namespace metaxy::internal
