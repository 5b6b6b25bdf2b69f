#include "metaxy/version.h"

namespace metaxy {

std::string_view Version() { return METAXY_VERSION; }

}  // namespace metaxy
