// Features in a shared library: the required content of an entrypoint "features.so" of metaxy.toml.
//
//   #include <metaxy/plugin.h>
//
//   METAXY_REGISTER_FEATURES(graph, project) {
//     return graph.AddFeature({.key = "example/video", .id_columns = {"video_id"}}, project);
//   }
//
// Link it with metaxy::metaxy. `graph` is a metaxy::FeatureGraph&, `project` the configured
// project, empty if there is none; the body returns an arrow::Status, which stops the loading if it
// is not OK. It runs once per Project::Load.
#pragma once

#include <arrow/status.h>
#include <arrow/util/config.h>

#include <exception>
#include <string>

#include "metaxy/errors.h"
#include "metaxy/export.h"
#include "metaxy/graph.h"

/// \brief What a library was built for. Libraries with a different value are refused: they would
/// misread the graph.
#define METAXY_PLUGIN_ABI "metaxy 1, Arrow " ARROW_VERSION_STRING

namespace metaxy {

inline constexpr const char* kPluginAbiSymbol = "metaxy_plugin_abi";
inline constexpr const char* kPluginRegisterSymbol = "metaxy_register_features";

/// \brief The types of the two functions that the macro defines.
using PluginAbiFunction = const char*();
using PluginRegisterFunction = void(FeatureGraph* graph, const char* project,
                                    arrow::Status* status);

}  // namespace metaxy

/// \brief Defines the functions of a library that registers features; the body follows. Use it once
/// per library. Exceptions thrown by the body become an Internal error.
#define METAXY_REGISTER_FEATURES(graph, project)                                             \
  static arrow::Status MetaxyRegisterFeatures(metaxy::FeatureGraph& graph,                   \
                                              const std::string& project);                   \
  extern "C" METAXY_EXPORT const char* metaxy_plugin_abi();                                  \
  extern "C" METAXY_EXPORT const char* metaxy_plugin_abi() { return METAXY_PLUGIN_ABI; }     \
  extern "C" METAXY_EXPORT void metaxy_register_features(metaxy::FeatureGraph*, const char*, \
                                                         arrow::Status*);                    \
  extern "C" METAXY_EXPORT void metaxy_register_features(metaxy::FeatureGraph* metaxy_graph, \
                                                         const char* metaxy_project,         \
                                                         arrow::Status* metaxy_status) {     \
    try {                                                                                    \
      *metaxy_status = MetaxyRegisterFeatures(*metaxy_graph, metaxy_project);                \
    } catch (const std::exception& error) {                                                  \
      *metaxy_status = metaxy::MakeError(metaxy::ErrorCode::kInternal, error.what());        \
    }                                                                                        \
  }                                                                                          \
  static arrow::Status MetaxyRegisterFeatures([[maybe_unused]] metaxy::FeatureGraph& graph,  \
                                              [[maybe_unused]] const std::string& project)
