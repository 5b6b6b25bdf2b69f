#include <stdexcept>

#include "metaxy/plugin.h"

METAXY_REGISTER_FEATURES(graph, project) { throw std::runtime_error("thrown by the plugin"); }
