#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "execution.h"
#include "expression.h"
#include "metaxy/distributed.h"
#include "rows.h"
#include "store.h"

namespace metaxy::python {
namespace {

using Blocks = std::vector<nb::bytes>;

std::string TextOf(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

std::vector<std::string> TextsOf(const Blocks& blocks) {
  std::vector<std::string> texts;
  texts.reserve(blocks.size());
  for (const nb::bytes& bytes : blocks) texts.push_back(TextOf(bytes));
  return texts;
}

Blocks BytesOf(const std::vector<std::string>& texts) {
  Blocks blocks;
  blocks.reserve(texts.size());
  for (const std::string& text : texts) blocks.emplace_back(text.data(), text.size());
  return blocks;
}

Rows ReadSlice(const Store& self, const nb::bytes& slice,
               const std::optional<std::vector<std::string>>& columns, const Execution& execution) {
  using Reader = std::shared_ptr<arrow::RecordBatchReader>;
  const auto read = [store = self.store.shared(), bytes = TextOf(slice), columns,
                     options = execution.options()]() -> arrow::Result<Reader> {
    return metaxy::ReadSlice(*store, bytes, columns, options);
  };
  // The call has the failures of the first reader.
  auto first = std::make_shared<Reader>(Call(*execution.state(), read));
  return Rows(
      [read, first]() -> arrow::Result<Reader> {
        if (*first) return std::exchange(*first, nullptr);
        return read();
      },
      execution.state());
}

// Feature, rows of each fragment, and whether it is exchanged.
using Table = std::tuple<std::string, std::vector<int64_t>, bool>;

std::tuple<nb::bytes, std::vector<Table>> PlanResolve(
    const Store& self, const std::string& feature, int parts, const ConditionsByFeature& filters,
    const Conditions& global_filters, const Conditions& target_filters,
    const Conditions& staleness_predicates, bool skip_comparison, const FailurePolicy& failures,
    const Execution& execution) {
  const ResolveUpdateOptions options{.filters = FiltersOf(filters),
                                     .global_filters = FiltersOf(global_filters),
                                     .target_filters = FiltersOf(target_filters),
                                     .staleness_predicates = FiltersOf(staleness_predicates),
                                     .skip_comparison = skip_comparison,
                                     .failures = failures,
                                     .execution = execution.options()};
  const ResolvePlan plan = Call(*execution.state(), [&] {
    return metaxy::PlanResolve(*self.store.shared(), feature, parts, options);
  });
  std::vector<Table> tables;
  for (const PlannedTable& table : plan.tables)
    tables.emplace_back(table.feature.ToString(), table.fragment_rows, table.exchanged);
  return {nb::bytes(plan.bytes.data(), plan.bytes.size()), std::move(tables)};
}

Blocks ScanPart(const Store& self, const nb::bytes& plan, int table,
                const std::vector<int>& fragments, const Execution& execution) {
  const std::string text = TextOf(plan);
  return BytesOf(Call(*execution.state(), [&] {
    return metaxy::ScanPart(*self.store.shared(), text, table, fragments, execution.options());
  }));
}

Blocks ExchangePart(const Store& self, const nb::bytes& plan, int table, int part,
                    const Blocks& blocks, const Execution& execution) {
  const std::string text = TextOf(plan);
  const std::vector<std::string> texts = TextsOf(blocks);
  return BytesOf(Call(*execution.state(), [&] {
    return metaxy::ExchangePart(*self.store.shared(), text, table, part, texts,
                                execution.options());
  }));
}

// Counts of new, stale, orphaned, failed and failed stale rows, of expected and existing keys, and
// the slices of the first four.
using Outcome = std::tuple<std::vector<int64_t>, Blocks, Blocks, Blocks, Blocks>;

Outcome ComparePart(const Store& self, const nb::bytes& plan, int part,
                    const std::vector<Blocks>& blocks, int64_t most_rows,
                    const Execution& execution) {
  const std::string text = TextOf(plan);
  std::vector<std::vector<std::string>> texts;
  texts.reserve(blocks.size());
  for (const Blocks& table : blocks) texts.push_back(TextsOf(table));
  const PartOutcome outcome = Call(*execution.state(), [&] {
    return metaxy::ComparePart(*self.store.shared(), text, part, texts, most_rows,
                               execution.options());
  });
  const IncrementCounts& counts = outcome.counts;
  return {{counts.new_samples, counts.stale, counts.orphaned, counts.failed, counts.failed_stale,
           outcome.expected_keys, outcome.existing_keys},
          BytesOf(outcome.new_samples),
          BytesOf(outcome.stale),
          BytesOf(outcome.orphaned),
          BytesOf(outcome.failed)};
}

}  // namespace

void BindParts(nb::class_<Store>& store) {
  store
      .def("read_slice", &ReadSlice, nb::arg("slice"), nb::arg("columns").none(),
           nb::arg("execution"))
      .def("plan_resolve", &PlanResolve, nb::arg("feature"), nb::arg("parts"), nb::kw_only(),
           nb::arg("filters"), nb::arg("global_filters"), nb::arg("target_filters"),
           nb::arg("staleness_predicates"), nb::arg("skip_comparison"), nb::arg("failures"),
           nb::arg("execution"))
      .def("scan_part", &ScanPart, nb::arg("plan"), nb::arg("table"), nb::arg("fragments"),
           nb::arg("execution"))
      .def("exchange_part", &ExchangePart, nb::arg("plan"), nb::arg("table"), nb::arg("part"),
           nb::arg("blocks"), nb::arg("execution"))
      .def("compare_part", &ComparePart, nb::arg("plan"), nb::arg("part"), nb::arg("blocks"),
           nb::arg("most_rows"), nb::arg("execution"));
}

}  // namespace metaxy::python
