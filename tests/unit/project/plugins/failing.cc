#include "metaxy/plugin.h"

METAXY_REGISTER_FEATURES(graph, project) {
  return metaxy::MakeError(metaxy::ErrorCode::kInvalidDefinition, "no features today");
}
