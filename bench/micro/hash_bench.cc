// Hashing the parts of a field's provenance, assembled as in the engine, with each algorithm.

#include <benchmark/benchmark.h>
#include <metaxy/hash_algorithm.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "versioning/hash/row_hash.h"

namespace metaxy::bench {
namespace {

using internal::RowHasher;

// "field|code version|parent.field|value|parent.field|value": state.range(0) parents' fields.
void ConcatenatedParts(benchmark::State& state, HashAlgorithm algorithm) {
  const auto hasher = RowHasher::Make(algorithm, kMinHashTruncationLength);
  if (!hasher.ok()) {
    state.SkipWithError(hasher.status().ToString().c_str());
    return;
  }
  std::string text;
  std::array<char, RowHasher::kMaxText> hash;
  uint64_t row = 0;
  for (auto _ : state) {
    text.assign("prediction|1");
    for (int64_t part = 0; part < state.range(0); ++part) {
      text.append("|bench/root.frames|");
      text.append(std::to_string(row++ % 100'000'000));
    }
    benchmark::DoNotOptimize(hasher->Hash(text, hash.data()));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

void RegisterAll() {
  for (const HashAlgorithm algorithm :
       {HashAlgorithm::kXxhash32, HashAlgorithm::kXxhash64, HashAlgorithm::kXxh3_64,
        HashAlgorithm::kWyhash, HashAlgorithm::kMd5, HashAlgorithm::kSha256}) {
    const std::string name = "Hash/" + std::string(HashAlgorithmName(algorithm));
    benchmark::RegisterBenchmark(name.c_str(), ConcatenatedParts, algorithm)
        ->ArgName("parts")
        ->Arg(1)
        ->Arg(2)
        ->Arg(8);
  }
}

[[maybe_unused]] const bool kRegistered = (RegisterAll(), true);

}  // namespace
}  // namespace metaxy::bench
