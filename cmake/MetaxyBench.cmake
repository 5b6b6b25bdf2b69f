# metaxy_add_bench(NAME <name> SOURCES <file>... [LIBRARIES <target>...])
#
# One Google Benchmark program that links metaxy_core. `cmake --build --preset release --target bench` builds and runs
# them all; nothing else builds them.

find_package(benchmark CONFIG QUIET)
add_custom_target(bench)

function(metaxy_add_bench)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LIBRARIES")
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "metaxy_add_bench needs NAME and SOURCES; not understood: `${arg_UNPARSED_ARGUMENTS}`")
  endif()
  if(NOT benchmark_FOUND)
    message(STATUS "${arg_NAME} is left out: Google Benchmark was not found. ${_metaxy_hint}")
    return()
  endif()
  add_executable(${arg_NAME} EXCLUDE_FROM_ALL ${arg_SOURCES})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench/bin")
  target_link_libraries(${arg_NAME} PRIVATE metaxy_options metaxy_core metaxy_private_deps ${arg_LIBRARIES}
                                            benchmark::benchmark benchmark::benchmark_main)
  add_custom_target(
    run_${arg_NAME}
    COMMAND ${arg_NAME}
    WORKING_DIRECTORY "${PROJECT_BINARY_DIR}"
    USES_TERMINAL VERBATIM)
  add_dependencies(bench run_${arg_NAME})
endfunction()
