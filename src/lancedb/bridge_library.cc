#include "lancedb/bridge_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>

#include "metaxy/errors.h"

namespace metaxy::internal {

#define METAXY_BRIDGE_POINTER(name) decltype(&::name) name = nullptr;
METAXY_BRIDGE_FUNCTIONS(METAXY_BRIDGE_POINTER)
#undef METAXY_BRIDGE_POINTER

namespace {

constexpr const char* kFile = "libmetaxy_lancedb.so";

arrow::Status Unusable(const std::string& why) {
  return MakeError(ErrorCode::kNotSupported,
                   fmt::format("{}; the LanceDB store needs the {} that came with this version of "
                               "metaxy, in the directory of libmetaxy.so or on LD_LIBRARY_PATH",
                               why, kFile));
}

// Finds the file as a linked library would be found: by the run path of the library that has this
// function, LD_LIBRARY_PATH, and the system's directories.
arrow::Status Load() {
  void* const library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return Unusable(fmt::format("cannot load {}: {}", kFile, dlerror()));
  // All of them, before any is called: functions may be missing in another version.
#define METAXY_BRIDGE_POINTER(name)                               \
  name = reinterpret_cast<decltype(name)>(dlsym(library, #name)); \
  if (name == nullptr) return Unusable(fmt::format("{} has no function {}", kFile, #name));
  METAXY_BRIDGE_FUNCTIONS(METAXY_BRIDGE_POINTER)
#undef METAXY_BRIDGE_POINTER
  if (mxl_abi_version() == MXL_ABI_VERSION) return arrow::Status::OK();
  return Unusable(
      fmt::format("{} has ABI {} instead of {}", kFile, mxl_abi_version(), MXL_ABI_VERSION));
}

}  // namespace

arrow::Status LoadBridge() {
  static const arrow::Status loaded = Load();
  return loaded;
}

}  // namespace metaxy::internal
