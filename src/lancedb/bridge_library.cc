#include "lancedb/bridge_library.h"

#include <arrow/result.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>

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

// In the directory of the library that has this function.
std::string BesideThisLibrary() {
  Dl_info here{};
  if (dladdr(reinterpret_cast<void*>(&BesideThisLibrary), &here) == 0) return kFile;
  return std::filesystem::path(here.dli_fname).replace_filename(kFile).string();
}

// Finds the file as a linked library would be found: by the run path of the library that has this
// function, LD_LIBRARY_PATH, and the system's directories. Where a program replaces dlopen(), as
// AddressSanitizer does, that run path is not looked at.
arrow::Result<void*> Open() {
  if (void* const library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL)) return library;
  const std::string error = dlerror();
  const std::string path = BesideThisLibrary();
  std::error_code code;
  // A file that was found and is damaged is not to be passed over.
  if (error.find("cannot open shared object file") != std::string::npos &&
      std::filesystem::exists(path, code)) {
    if (void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    return Unusable(fmt::format("cannot load {}: {}", path, dlerror()));
  }
  return Unusable(fmt::format("cannot load {}: {}", kFile, error));
}

arrow::Status Load() {
  ARROW_ASSIGN_OR_RAISE(void* const library, Open());
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
