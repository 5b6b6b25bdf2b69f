# Arrow C++: an installed one if there is one, else the libraries and headers inside the pinned pyarrow wheel.
#
# Provides, either way:
#   Arrow::arrow_shared  ArrowCompute::arrow_compute_shared  Parquet::parquet_shared
#   METAXY_ARROW_ORIGIN  "system" or "wheel";  METAXY_ARROW_VERSION
#   METAXY_ARROW_DIR     with "wheel" the folder of the libraries, which has the headers in include/
#
# Also installed next to metaxyConfig.cmake, which sets METAXY_PYARROW_DIR to the Arrow that is installed with metaxy.
#
# The wheel's libraries are built with the new libstdc++ ABI and require nothing newer than glibc 2.28; the headers need
# C++20 (std::span, std::bit_width). Both g++ 12 and clang++ 14 can build against them.

include_guard(GLOBAL)

set(METAXY_ARROW "auto" CACHE STRING "Where Arrow C++ comes from: auto, system or wheel")
set_property(CACHE METAXY_ARROW PROPERTY STRINGS auto system wheel)
include("${CMAKE_CURRENT_LIST_DIR}/MetaxyEnvironment.cmake")
metaxy_python_environment(METAXY_VENV venv "Python environment that holds the pyarrow wheel")
set(METAXY_PYARROW_DIR "" CACHE PATH "Folder `pyarrow` of a wheel; empty: looked for in METAXY_VENV")

# arrow::compute::Initialize and libarrow_compute exist from this version on; std::span in the interfaces from a
# slightly later one.
set(METAXY_ARROW_MINIMUM 23)

# Ends the configuration; inside find_package(metaxy) it says why metaxy is not found, and the caller decides.
macro(_metaxy_arrow_missing)
  if(CMAKE_FIND_PACKAGE_NAME STREQUAL "metaxy")
    string(CONCAT _metaxy_arrow_problem ${ARGN})
    set(METAXY_ARROW_PROBLEM "${_metaxy_arrow_problem}" PARENT_SCOPE)
    return()
  endif()
  message(FATAL_ERROR ${ARGN})
endmacro()

# Sets METAXY_ARROW_ORIGIN to "system" if an installed Arrow has everything that is needed.
function(_metaxy_arrow_from_system)
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
  find_package(Arrow CONFIG QUIET)
  if(NOT Arrow_FOUND OR Arrow_VERSION VERSION_LESS METAXY_ARROW_MINIMUM)
    return()
  endif()
  find_package(ArrowCompute CONFIG QUIET)
  find_package(Parquet CONFIG QUIET)
  foreach(name Arrow::arrow_shared ArrowCompute::arrow_compute_shared Parquet::parquet_shared)
    if(NOT TARGET ${name})
      message(STATUS "Arrow ${Arrow_VERSION} in ${Arrow_DIR} has no ${name}")
      return()
    endif()
  endforeach()
  set(METAXY_ARROW_ORIGIN "system" PARENT_SCOPE)
  set(METAXY_ARROW_VERSION "${Arrow_VERSION}" PARENT_SCOPE)
endfunction()

function(_metaxy_arrow_wheel_target name library)
  if(TARGET ${name})
    return()
  endif()
  set(path "${pyarrow_dir}/lib${library}.so.${so_version}")
  add_library(${name} SHARED IMPORTED GLOBAL)
  set_target_properties(
    ${name}
    PROPERTIES IMPORTED_LOCATION "${path}"
               IMPORTED_SONAME "lib${library}.so.${so_version}"
               INTERFACE_INCLUDE_DIRECTORIES "${pyarrow_dir}/include"
               INTERFACE_COMPILE_FEATURES cxx_std_20)
  if(ARGN)
    set_target_properties(${name} PROPERTIES INTERFACE_LINK_LIBRARIES "${ARGN}")
  endif()
endfunction()

function(_metaxy_arrow_from_wheel)
  set(pyarrow_dir "${METAXY_PYARROW_DIR}")
  if(NOT pyarrow_dir)
    file(GLOB candidates "${METAXY_VENV}/lib/python3*/site-packages/pyarrow")
    list(LENGTH candidates count)
    if(count EQUAL 0)
      _metaxy_arrow_missing("No Arrow C++: find_package(Arrow) found none of version ${METAXY_ARROW_MINIMUM} or newer, and there is "
                            "no pyarrow wheel in ${METAXY_VENV}. Run tools/setup.sh (or `make setup`), or name an "
                            "installed Arrow with -DCMAKE_PREFIX_PATH=...")
    endif()
    list(GET candidates 0 pyarrow_dir)
  endif()
  set(config_header "${pyarrow_dir}/include/arrow/util/config.h")
  if(NOT EXISTS "${config_header}")
    _metaxy_arrow_missing("${pyarrow_dir} holds no Arrow headers (include/arrow/util/config.h is missing). "
                          "Run tools/setup.sh, which installs the pinned wheel.")
  endif()
  file(STRINGS "${config_header}" lines REGEX "define ARROW_(VERSION_STRING|SO_VERSION) ")
  string(REGEX MATCH "ARROW_VERSION_STRING \"([^\"]+)\"" ignored "${lines}")
  set(version "${CMAKE_MATCH_1}")
  string(REGEX MATCH "ARROW_SO_VERSION \"([^\"]+)\"" ignored "${lines}")
  set(so_version "${CMAKE_MATCH_1}")
  if(version VERSION_LESS METAXY_ARROW_MINIMUM)
    _metaxy_arrow_missing("pyarrow ${version} in ${pyarrow_dir} is too old, ${METAXY_ARROW_MINIMUM} or newer is needed. "
                          "Run tools/setup.sh, which installs the pinned wheel.")
  endif()
  foreach(library arrow arrow_compute parquet)
    if(NOT EXISTS "${pyarrow_dir}/lib${library}.so.${so_version}")
      _metaxy_arrow_missing("The pyarrow wheel in ${pyarrow_dir} has no lib${library}.so.${so_version}. "
                            "Run tools/setup.sh, which installs the pinned wheel.")
    endif()
  endforeach()

  _metaxy_arrow_wheel_target(Arrow::arrow_shared arrow)
  _metaxy_arrow_wheel_target(ArrowCompute::arrow_compute_shared arrow_compute Arrow::arrow_shared)
  _metaxy_arrow_wheel_target(Parquet::parquet_shared parquet Arrow::arrow_shared)
  set(METAXY_ARROW_ORIGIN "wheel" PARENT_SCOPE)
  set(METAXY_ARROW_DIR "${pyarrow_dir}" PARENT_SCOPE)
  set(METAXY_ARROW_VERSION "${version}" PARENT_SCOPE)
  message(STATUS "Arrow ${version} from the pyarrow wheel in ${pyarrow_dir}")
endfunction()

set(METAXY_ARROW_ORIGIN "")
set(METAXY_ARROW_PROBLEM "")
if(NOT METAXY_ARROW STREQUAL "wheel")
  _metaxy_arrow_from_system()
  if(METAXY_ARROW_ORIGIN)
    message(STATUS "Arrow ${METAXY_ARROW_VERSION} from ${Arrow_DIR}")
  elseif(METAXY_ARROW STREQUAL "system")
    set(METAXY_ARROW_PROBLEM "METAXY_ARROW=system, but find_package found no shared Arrow, ArrowCompute and Parquet of version \
${METAXY_ARROW_MINIMUM} or newer. Name its prefix with -DCMAKE_PREFIX_PATH=...")
    if(NOT CMAKE_FIND_PACKAGE_NAME STREQUAL "metaxy")
      message(FATAL_ERROR "${METAXY_ARROW_PROBLEM}")
    endif()
  endif()
endif()
if(NOT METAXY_ARROW_ORIGIN AND NOT METAXY_ARROW_PROBLEM)
  _metaxy_arrow_from_wheel()
endif()
