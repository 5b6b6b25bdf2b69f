# The Python of python/: an environment of its own with nanobind, which tools/setup.sh makes (`tools/setup.sh python`).
#
# Sets METAXY_PYTHON_PACKAGE to whether the package is built, Python_EXECUTABLE, and METAXY_PYTHON_VERSION.

set(METAXY_PYTHON_PACKAGE OFF)
metaxy_python_environment(METAXY_PYTHON_VENV venv-python "Python environment that builds and tests the Python package")
metaxy_python_environment(METAXY_NEWER_PYTHON_VENV venv-python-newer "Environment of a second Python that the wheel is for, too")

if(METAXY_SANITIZE OR NOT METAXY_BUILD_LANCEDB)
  return() # An interpreter that is not instrumented cannot load a library that is; and there is but one kind of store.
endif()
set(_metaxy_python "${METAXY_PYTHON_VENV}/bin/python")
if(EXISTS "${_metaxy_python}")
  execute_process(
    COMMAND "${_metaxy_python}" -c "import nanobind, os, sysconfig; assert os.path.exists(sysconfig.get_path('include') + '/Python.h'); print(sysconfig.get_python_version())"
    RESULT_VARIABLE _metaxy_python_failed OUTPUT_VARIABLE METAXY_PYTHON_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT _metaxy_python_failed)
    set(METAXY_PYTHON_PACKAGE ON)
    set(Python_EXECUTABLE "${_metaxy_python}")
    return()
  endif()
endif()
message(STATUS "The Python package is left out: run `tools/setup.sh python`, which makes ${METAXY_PYTHON_VENV}")
