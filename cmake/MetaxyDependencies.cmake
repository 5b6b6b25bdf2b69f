# Libraries from the system's packages. All of them are private: no public header includes one.
# Provides metaxy_private_deps (core and tests) and CLI11::CLI11 (the program).

set(_metaxy_hint "Run tools/setup.sh, which installs the system packages listed in tools/packages.txt.")

macro(_metaxy_require package)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} was not found. ${_metaxy_hint}")
  endif()
endmacro()

_metaxy_require(fmt CONFIG)
_metaxy_require(nlohmann_json CONFIG)
_metaxy_require(OpenSSL COMPONENTS Crypto)
_metaxy_require(Threads)
if(METAXY_BUILD_CLI)
  _metaxy_require(CLI11 CONFIG)
endif()

# xxhash is compiled into its users, which define XXH_INLINE_ALL before the header: hashing short strings is the hot loop, a call per string is not free.
find_path(METAXY_XXHASH_INCLUDE_DIR xxhash.h)
find_path(METAXY_TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h)
foreach(variable METAXY_XXHASH_INCLUDE_DIR METAXY_TOMLPLUSPLUS_INCLUDE_DIR)
  if(NOT ${variable})
    message(FATAL_ERROR "${variable} was not found. ${_metaxy_hint}")
  endif()
  mark_as_advanced(${variable})
endforeach()

add_library(metaxy_private_deps INTERFACE)
target_include_directories(
  metaxy_private_deps SYSTEM
  INTERFACE "${METAXY_XXHASH_INCLUDE_DIR}" "${METAXY_TOMLPLUSPLUS_INCLUDE_DIR}")
target_compile_definitions(metaxy_private_deps INTERFACE TOML_HEADER_ONLY=1)
target_link_libraries(
  metaxy_private_deps INTERFACE fmt::fmt nlohmann_json::nlohmann_json OpenSSL::Crypto Threads::Threads)
