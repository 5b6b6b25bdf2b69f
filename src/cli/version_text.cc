#include "cli/version_text.h"

#include <arrow/config.h>
#include <fmt/core.h>

#include "metaxy/version.h"

namespace metaxy::cli {

namespace {

std::string Compiler() {
#ifdef __clang__
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

// Of the lancedb crate; empty if the program is built without it.
constexpr std::string_view kLanceDB = METAXY_LANCEDB_VERSION;

Json OrNull(std::string_view text) { return text.empty() ? Json() : Json(std::string(text)); }

}  // namespace

std::string VersionText(std::string_view build_commit) {
  return fmt::format(
      "metaxy {}\ncommit          {}\ncompiler        {}\narrow           {}\nlancedb         "
      "{}\npython package  compatible with metaxy {}\n",
      Version(), build_commit.empty() ? "unknown" : build_commit, Compiler(),
      arrow::GetBuildInfo().version_string, kLanceDB.empty() ? "none" : kLanceDB,
      kReferenceRelease);
}

Json VersionJson(std::string_view build_commit) {
  return Json::Object{{"version", std::string(Version())},
                      {"commit", OrNull(build_commit)},
                      {"compiler", Compiler()},
                      {"arrow", arrow::GetBuildInfo().version_string},
                      {"lancedb", OrNull(kLanceDB)},
                      {"python_package", kReferenceRelease},
                      {"json_shapes", int64_t{kJsonShapes}}};
}

}  // namespace metaxy::cli
