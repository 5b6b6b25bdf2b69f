#include "metaxy/plugin.h"

METAXY_REGISTER_FEATURES(graph, project) {
  ARROW_RETURN_NOT_OK(graph.AddFeature({.key = "plugin/video", .id_columns = {"id"}}, project));
  return graph.AddFeature({.key = "plugin/crop", .id_columns = {"id"}, .deps = {"plugin/video"}},
                          project);
}
