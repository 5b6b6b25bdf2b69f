#include "metaxy/failures.h"

#include <arrow/table.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "execution.h"
#include "expression.h"
#include "metaxy/errors.h"
#include "rows.h"
#include "store.h"

namespace metaxy::python {
namespace {

// Whole seconds, rounded up, so that nothing is tried too early.
std::chrono::seconds SecondsOf(double seconds, const char* what) {
  constexpr double kMost = 1e10;
  if (!(seconds >= 0 && seconds <= kMost)) {
    RaiseIfFailed(MakeError(
        ErrorCode::kInvalidInput,
        std::string(what) + " is " + std::to_string(seconds) + "; use 0 to 1e10 seconds"));
  }
  return std::chrono::seconds(static_cast<int64_t>(std::ceil(seconds)));
}

FailurePolicy Retry(int64_t max_attempts, double first_wait, double backoff, double max_wait,
                    const Texts& never_retry) {
  RetryPolicy policy{.max_attempts = max_attempts,
                     .first_wait = SecondsOf(first_wait, "first_wait"),
                     .backoff = backoff,
                     .max_wait = SecondsOf(max_wait, "max_wait"),
                     .never_retry = never_retry};
  RaiseIfFailed(policy.Validate());
  return FailurePolicy::Retry(std::move(policy));
}

int64_t Record(const Store& self, const std::string& feature, const nb::object& rows,
               const std::optional<std::string>& kind, const std::optional<std::string>& message,
               const std::optional<std::string>& materialization_id, bool dry_run,
               const Execution& execution) {
  const std::shared_ptr<arrow::RecordBatchReader> reader = ReaderOf(rows);
  const RecordFailuresOptions options{.kind = kind,
                                      .message = message,
                                      .materialization_id = materialization_id,
                                      .dry_run = dry_run,
                                      .execution = execution.options()};
  return Call(*execution.state(), [&]() -> arrow::Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(const auto table, ReadAll(*reader, options.execution.stop_token));
    return self.store->failures().Record(feature, table, options);
  });
}

FailureSelection SelectionOf(const Texts& features, const Texts& kinds, const Conditions& filters,
                             const Execution& execution) {
  return {.features = {features.begin(), features.end()},
          .kinds = kinds,
          .filters = FiltersOf(filters),
          .execution = execution.options()};
}

Rows Read(const Store& self, const Texts& features, const Texts& kinds, const Conditions& filters,
          const Execution& execution) {
  return RowsOfTable(
      Call(*execution.state(),
           [&] {
             return self.store->failures().Read(SelectionOf(features, kinds, filters, execution));
           }),
      execution.state());
}

// Failures, and the attempts that had been recorded for them.
std::pair<int64_t, int64_t> Clear(const Store& self, const Texts& features, const Texts& kinds,
                                  const Conditions& filters, const Execution& execution) {
  const ClearedFailures cleared = Call(*execution.state(), [&]() -> arrow::Result<ClearedFailures> {
    return self.store->failures().Clear(SelectionOf(features, kinds, filters, execution));
  });
  return {cleared.failures, cleared.attempts};
}

}  // namespace

void BindFailurePolicy(nb::module_& module) {
  nb::class_<FailurePolicy>(module, "FailurePolicy")
      .def_static("include", &FailurePolicy::Include)
      .def_static("skip", &FailurePolicy::Skip)
      .def_static("retry", &Retry, nb::kw_only(), nb::arg("max_attempts"), nb::arg("first_wait"),
                  nb::arg("backoff"), nb::arg("max_wait"), nb::arg("never_retry"));
}

void BindFailures(nb::class_<Store>& store) {
  store
      .def("record_failures", &Record, nb::arg("feature"), nb::arg("rows"), nb::kw_only(),
           nb::arg("kind").none(), nb::arg("message").none(), nb::arg("materialization_id").none(),
           nb::arg("dry_run"), nb::arg("execution"))
      .def("read_failures", &Read, nb::kw_only(), nb::arg("features"), nb::arg("kinds"),
           nb::arg("filters"), nb::arg("execution"))
      .def("clear_failures", &Clear, nb::kw_only(), nb::arg("features"), nb::arg("kinds"),
           nb::arg("filters"), nb::arg("execution"));
}

}  // namespace metaxy::python
