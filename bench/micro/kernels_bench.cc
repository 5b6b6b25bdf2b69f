// Latest row, join, aggregation, expansion and comparison: cases of cases.json on a store in
// memory.

#include <arrow/compute/initialize.h>
#include <benchmark/benchmark.h>
#include <metaxy/metadata_store.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "bench_case.h"
#include "steps.h"
#include "support/memory_store.h"

namespace metaxy::bench {
namespace {

struct Prepared {
  Case bench_case;
  std::shared_ptr<MetadataStore> store;

  const FeatureKey& feature() const {
    return (*bench_case.Find(bench_case.measure.feature))->spec.key;
  }
};

arrow::Result<Prepared> Prepare(const std::string& name, int64_t rows) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  Prepared prepared;
  ARROW_ASSIGN_OR_RAISE(prepared.bench_case, LoadCase(METAXY_BENCH_CASES, name));
  ARROW_ASSIGN_OR_RAISE(auto graph, prepared.bench_case.Graph());
  prepared.store = testing::MemoryMetadataStore::Make(std::make_shared<testing::MemoryDatabase>(),
                                                      {.graph = std::move(graph)});
  ARROW_RETURN_NOT_OK(prepared.store->Open(AccessMode::kWrite));
  ARROW_RETURN_NOT_OK(
      CarryOut(*prepared.store, prepared.bench_case, prepared.bench_case.prepare, rows));
  return prepared;
}

void Report(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// What is new, stale or orphaned, without fetching the rows.
void Resolve(benchmark::State& state, const std::string& name) {
  const auto prepared = Prepare(name, state.range(0));
  if (!prepared.ok()) return state.SkipWithError(prepared.status().ToString().c_str());
  for (auto _ : state) {
    const auto increment = prepared->store->ResolveUpdateLazy(prepared->feature());
    if (!increment.ok()) return state.SkipWithError(increment.status().ToString().c_str());
  }
  Report(state);
}

// The latest row of each sample.
void LatestRow(benchmark::State& state, const std::string& name) {
  const auto prepared = Prepare(name, state.range(0));
  if (!prepared.ok()) return state.SkipWithError(prepared.status().ToString().c_str());
  for (auto _ : state) {
    const auto rows = prepared->store->CountRows(prepared->feature());
    if (!rows.ok()) return state.SkipWithError(rows.status().ToString().c_str());
  }
  Report(state);
}

constexpr int64_t kRows = 100'000;

BENCHMARK_CAPTURE(LatestRow, one_row_a_sample, "unchanged")
    ->Arg(kRows)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(LatestRow, five_rows_a_sample, "history")
    ->Arg(kRows)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Resolve, provenance_alone, "new")->Arg(kRows)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Resolve, comparison, "unchanged")->Arg(kRows)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Resolve, join_alone, "paper_wide_new")->Arg(kRows)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Resolve, join_and_comparison, "joined")
    ->Arg(kRows)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Resolve, aggregation, "aggregation")->Arg(kRows)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Resolve, expansion, "expansion")->Arg(kRows)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace metaxy::bench
