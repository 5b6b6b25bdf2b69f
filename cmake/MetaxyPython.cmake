# The Python of python/: an environment of its own with nanobind, which tools/setup.sh makes (`tools/setup.sh python`).
#
# Sets METAXY_PYTHON_PACKAGE to whether the package is built, Python_EXECUTABLE and METAXY_PYTHON_VERSION; if it is not,
# METAXY_NO_PYTHON_PACKAGE to why, and what to do about it.

set(METAXY_PYTHON_PACKAGE OFF)
metaxy_python_environment(METAXY_PYTHON_VENV venv-python "Python environment that builds and tests the Python package")
metaxy_python_environment(METAXY_RAY_VENV venv-ray "Python environment with Ray, which tests metaxy_cpp.ray")
metaxy_python_environment(METAXY_NEWER_PYTHON_VENV venv-python-newer "Environment of a second Python that the wheel is for, too")

if(METAXY_SANITIZE)
  set(METAXY_NO_PYTHON_PACKAGE "an interpreter that is not instrumented cannot load a library that is; make test runs them without sanitizers")
elseif(NOT METAXY_BUILD_LANCEDB OR NOT METAXY_BUILD_CLI)
  set(METAXY_NO_PYTHON_PACKAGE "the Python package needs the LanceDB store and the program; METAXY_BUILD_LANCEDB=ON and METAXY_BUILD_CLI=ON build them")
elseif(NOT METAXY_BUILD_PYTHON)
  set(METAXY_NO_PYTHON_PACKAGE "the Python package was not built; METAXY_BUILD_PYTHON=ON builds it, as make test does")
else()
  set(_metaxy_python "${METAXY_PYTHON_VENV}/bin/python")
  set(_metaxy_python_failed 1)
  if(EXISTS "${_metaxy_python}")
    execute_process(
      COMMAND "${_metaxy_python}" -c "import nanobind, os, sysconfig; assert os.path.exists(sysconfig.get_path('include') + '/Python.h'); print(sysconfig.get_python_version())"
      RESULT_VARIABLE _metaxy_python_failed OUTPUT_VARIABLE METAXY_PYTHON_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(_metaxy_python_failed)
    set(METAXY_NO_PYTHON_PACKAGE "${METAXY_PYTHON_VENV} has no Python with nanobind and the headers of C; tools/setup.sh python makes it")
    message(STATUS "The Python package is left out: ${METAXY_NO_PYTHON_PACKAGE}")
  else()
    set(METAXY_PYTHON_PACKAGE ON)
    set(Python_EXECUTABLE "${_metaxy_python}")
  endif()
endif()
