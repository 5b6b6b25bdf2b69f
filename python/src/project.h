// Graphs and projects in Python.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "metaxy/graph.h"
#include "native_call.h"

namespace metaxy::python {

namespace nb = nanobind;

/// A graph that does not change any more.
struct Graph {
  std::shared_ptr<const FeatureGraph> graph;
};

void BindGraph(nb::module_& module);
void BindProject(nb::module_& module);

}  // namespace metaxy::python
