# metaxy_add_micro_benchmark(NAME <name> SOURCES <file>... [LIBRARIES <target>...])
#
# One Google Benchmark program that links metaxy_core. `cmake --build --preset release --target bench-micro` builds and
# runs them all, with METAXY_BENCH_ARGS as their arguments; nothing else builds them. They are skipped without Google
# Benchmark.

find_package(benchmark CONFIG QUIET)
set(METAXY_BENCH_ARGS "" CACHE STRING "Arguments for micro-benchmarks, such as --benchmark_filter=Hash")
add_custom_target(bench-micro)
if(NOT benchmark_FOUND)
  message(STATUS "Micro-benchmarks are left out: Google Benchmark was not found. ${_metaxy_hint}")
endif()

function(metaxy_add_micro_benchmark)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LIBRARIES")
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
            "metaxy_add_micro_benchmark needs NAME and SOURCES; not understood: `${arg_UNPARSED_ARGUMENTS}`")
  endif()
  if(NOT benchmark_FOUND)
    return()
  endif()
  add_executable(${arg_NAME} EXCLUDE_FROM_ALL ${arg_SOURCES})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench/bin")
  target_link_libraries(${arg_NAME} PRIVATE metaxy_options metaxy_core metaxy_private_deps ${arg_LIBRARIES}
                                            benchmark::benchmark benchmark::benchmark_main)
  separate_arguments(arguments UNIX_COMMAND "${METAXY_BENCH_ARGS}")
  add_custom_target(
    run_${arg_NAME}
    COMMAND ${arg_NAME} ${arguments}
    WORKING_DIRECTORY "${PROJECT_BINARY_DIR}"
    USES_TERMINAL VERBATIM)
  add_dependencies(bench-micro run_${arg_NAME})
endfunction()
