// metaxy_cpp._native: the library in Python, as it is. metaxy_cpp gives it the names and defaults
// that people use.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>

#include "execution.h"
#include "expression.h"
#include "metaxy/version.h"
#include "project.h"
#include "rows.h"
#include "settings.h"
#include "store.h"

NB_MODULE(_native, module) {
  // Objects that others still hold when Python ends are no leaks of ours.
  nanobind::set_leak_warnings(false);
  module.def("version", [] { return std::string(metaxy::Version()); });
  metaxy::python::BindExecution(module);
  metaxy::python::BindExpression(module);
  metaxy::python::BindRows(module);
  metaxy::python::BindGraph(module);
  metaxy::python::BindFailurePolicy(module);
  metaxy::python::BindIncrement(module);
  metaxy::python::BindSettings(module);
  metaxy::python::BindStore(module);
  metaxy::python::BindProject(module);
}
