# The language level, warnings and sanitizers of our own code. They are INTERFACE targets that our targets link
# privately: nothing here reaches a consumer, and no global flag is edited.

set(CMAKE_CXX_EXTENSIONS OFF)

add_library(metaxy_options INTERFACE)
target_compile_features(metaxy_options INTERFACE cxx_std_20 c_std_99)
target_compile_definitions(metaxy_options INTERFACE METAXY_VERSION="${PROJECT_VERSION}")
if(METAXY_BUILD_LANCEDB)
  target_compile_definitions(metaxy_options INTERFACE METAXY_WITH_LANCEDB)
endif()
# An unreferenced library is not loaded: a test of the models does not pay for LanceDB.
target_link_options(metaxy_options INTERFACE LINKER:--as-needed)

# ---- warnings
add_library(metaxy_warnings INTERFACE)
target_compile_options(
  metaxy_warnings
  INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    -Wshadow
    -Wconversion
    $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>
    # Designated initialisers that leave members at their defaults are the intended use of the API.
    -Wno-missing-field-initializers
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports these in correct std::string, std::variant and std::vector code once it inlines (gcc PR 105651,
  # 105562).
  target_compile_options(
    metaxy_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds
                              -Wno-stringop-overflow -Wno-stringop-overread)
else()
  # clang counts signedness as a conversion, gcc does not: this makes the two agree on what fails a build.
  target_compile_options(metaxy_warnings INTERFACE -Wno-sign-conversion)
endif()
if(METAXY_WARNINGS_AS_ERRORS)
  target_compile_options(metaxy_warnings INTERFACE -Werror)
endif()

# ---- sanitizers
add_library(metaxy_sanitizers INTERFACE)
if(METAXY_SANITIZE)
  list(JOIN METAXY_SANITIZE "," sanitizer_list)
  target_compile_options(
    metaxy_sanitizers INTERFACE -fsanitize=${sanitizer_list} -fno-omit-frame-pointer)
  target_link_options(metaxy_sanitizers INTERFACE -fsanitize=${sanitizer_list})
  if("undefined" IN_LIST METAXY_SANITIZE)
    target_compile_options(metaxy_sanitizers INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()

if(METAXY_FUZZ)
  # Coverage for libFuzzer in all of our code; only the fuzzers themselves link its main.
  target_compile_options(metaxy_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()

target_link_libraries(metaxy_options INTERFACE metaxy_warnings metaxy_sanitizers)

# ---- ccache
# The base directory makes paths relative before they are hashed, so that a fresh clone reuses what another one compiled.
if(METAXY_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CCACHE_PROGRAM ccache)
  if(CCACHE_PROGRAM)
    set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
                 "${CCACHE_PROGRAM}")
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  endif()
endif()
