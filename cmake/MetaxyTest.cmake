# metaxy_add_test(NAME <name> SOURCES <file>... [LIBRARIES <target>...] [LABELS <label>...] [TIMEOUT <seconds>]
# [SERIAL])
#
# One GoogleTest program (with gmock and a ready main) that links metaxy_core and everything it uses, so that tests see
# private headers. Each TEST becomes a separate ctest, named <name>.<Suite>.<Case>. Tests run in the root of the
# checkout; files they write belong in a temporary directory. cmake/test_paths.h has the paths.
#
# Without LABELS, those below tests/unit are `unit`: fast, and without a database. Tests with a value /LanceDB are
# `lancedb` whatever is given.

_metaxy_require(GTest CONFIG)
include(GoogleTest)
# The environment's own Python: it has pyarrow, and the reference if tools/setup.sh installed it.
find_program(METAXY_PYTHON python3 HINTS "${METAXY_VENV}/bin" DOC "Python for tests and checks")
if(NOT METAXY_PYTHON)
  message(FATAL_ERROR "python3 was not found. ${_metaxy_hint}")
endif()

# metaxy_skip_test(<name> <why, and what to do about it>): a test that cannot run here. ctest shows it as skipped, and
# `make test` lists it at its end.
function(metaxy_skip_test name reason)
  add_test(NAME ${name} COMMAND "${CMAKE_COMMAND}" -E echo "skipped: ${reason}")
  set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "^skipped: ")
endfunction()

# A test with this exit code has printed such a line, and was skipped.
set(METAXY_SKIP_CODE 77)

# Paths are compiled once, here: as -D of every test they would keep ccache from serving another clone.
set(METAXY_TEST_PROGRAM_PATH "")
if(METAXY_BUILD_CLI)
  set(METAXY_TEST_PROGRAM_PATH "${PROJECT_BINARY_DIR}/bin/metaxy")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/test_paths.cc.in" "${PROJECT_BINARY_DIR}/test_paths.cc" @ONLY)
add_library(metaxy_test_paths STATIC "${PROJECT_BINARY_DIR}/test_paths.cc")
target_include_directories(metaxy_test_paths PUBLIC "${PROJECT_SOURCE_DIR}/cmake")
target_link_libraries(metaxy_test_paths PRIVATE metaxy_options)

# Not the caches of the user. What sanitizers need is in the presets for tests, and so set for every test.
set(METAXY_TEST_ENVIRONMENT "XDG_CACHE_HOME=set:${PROJECT_BINARY_DIR}/tests/caches")

function(metaxy_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "SERIAL" "NAME;TIMEOUT" "SOURCES;LIBRARIES;LABELS")
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "metaxy_add_test needs NAME and SOURCES; not understood: `${arg_UNPARSED_ARGUMENTS}`")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_LABELS AND CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests/unit/")
    set(arg_LABELS unit)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/bin")
  target_link_libraries(
    ${arg_NAME} PRIVATE metaxy_options metaxy_core metaxy_private_deps metaxy_test_paths
                        ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
  set(properties TIMEOUT ${arg_TIMEOUT})
  if(arg_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  # Tests are listed when ctest starts: listing at build time would make every link run the program first.
  gtest_discover_tests(
    ${arg_NAME}
    TEST_PREFIX "${arg_NAME}."
    TEST_LIST ${arg_NAME}_TESTS
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    NO_PRETTY_VALUES # The names stay the same from run to run.
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    PROPERTIES ${properties})
  # List properties do not survive gtest_discover_tests; they are set once the tests are known.
  set(script "${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}_properties.cmake")
  file(CONFIGURE OUTPUT "${script}" @ONLY CONTENT [[
if(@arg_NAME@_TESTS)
  set_tests_properties(${@arg_NAME@_TESTS} PROPERTIES LABELS "@arg_LABELS@"
    ENVIRONMENT_MODIFICATION "@METAXY_TEST_ENVIRONMENT@")
  set(on_lancedb ${@arg_NAME@_TESTS})
  list(FILTER on_lancedb INCLUDE REGEX "/LanceDB")
  if(on_lancedb)
    set_tests_properties(${on_lancedb} PROPERTIES LABELS lancedb)
  endif()
endif()
]])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${script}")
endfunction()
