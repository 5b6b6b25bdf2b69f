#include "operation.h"

#include <arrow/table.h>
#include <metaxy/errors.h>
#include <metaxy/metadata_store.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/byte_size.h"
#include "generated_rows.h"
#include "lance_store.h"
#include "steps.h"

namespace metaxy::bench {
namespace {

// A cache of remembered answers for one measurement, with none in it.
class EmptyCache {
 public:
  explicit EmptyCache(const std::string& beside) : path_(beside + ".cache") {
    std::filesystem::remove_all(path_);
    setenv("XDG_CACHE_HOME", std::filesystem::absolute(path_).c_str(), 1);
  }
  ~EmptyCache() { std::filesystem::remove_all(path_); }
  EmptyCache(const EmptyCache&) = delete;
  EmptyCache& operator=(const EmptyCache&) = delete;

  int64_t bytes() const {
    int64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      if (entry.is_regular_file()) bytes += static_cast<int64_t>(entry.file_size());
    }
    return bytes;
  }

 private:
  std::filesystem::path path_;
};

arrow::Result<Measurement> MeasureResolve(MetadataStore& store, const FeatureKey& feature,
                                          const Step& step, const Case& bench_case, int64_t rows,
                                          const std::string& directory,
                                          const std::optional<std::string>& memory_limit) {
  ResolveUpdateOptions options;
  options.delta = step.delta ? DeltaMode::kAuto : DeltaMode::kOff;
  if (step.skip_failed) options.failures = FailurePolicy::Skip();
  std::optional<EmptyCache> cache;
  if (step.first) cache.emplace(directory);
  // What an earlier call has found.
  if (step.delta && !step.first) ARROW_RETURN_NOT_OK(store.ResolveUpdateLazy(feature, options));
  ARROW_RETURN_NOT_OK(CarryOut(store, bench_case, step.then, rows));
  if (memory_limit) {
    ARROW_ASSIGN_OR_RAISE(options.execution.memory_limit, internal::ParseByteSize(*memory_limit));
  }
  const Stopwatch stopwatch;
  ARROW_ASSIGN_OR_RAISE(const Increment increment, store.ResolveUpdate(feature, options));
  Measurement found{.seconds = stopwatch.Seconds(),
                    .counts = {{"new", increment.new_samples->num_rows()},
                               {"stale", increment.stale->num_rows()},
                               {"orphaned", increment.orphaned->num_rows()}}};
  if (step.skip_failed) found.counts["failed"] = increment.failed->num_rows();
  if (cache) found.cache_bytes = cache->bytes();
  return found;
}

arrow::Result<Measurement> MeasureWrite(MetadataStore& store, const Feature& feature,
                                        const Step& step, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(auto table, GenerateTable(feature, step, rows));
  const Stopwatch stopwatch;
  if (step.verb == "append") {
    ARROW_RETURN_NOT_OK(AppendInWrites(store, feature.spec.key, table, step.writes));
  } else {
    ARROW_RETURN_NOT_OK(store.Write(feature.spec.key, table));
  }
  return Measurement{.seconds = stopwatch.Seconds(), .counts = {{"written", table->num_rows()}}};
}

}  // namespace

arrow::Result<Measurement> MeasureOperation(const Case& bench_case, int64_t rows,
                                            const std::string& directory,
                                            const std::optional<std::string>& memory_limit) {
  const Step& step = bench_case.measure;
  ARROW_ASSIGN_OR_RAISE(const Feature* feature, bench_case.Find(step.feature));
  const bool resolve = step.verb == "resolve";
  ARROW_ASSIGN_OR_RAISE(
      auto store, OpenStore(bench_case, directory,
                            resolve && step.then.empty() ? AccessMode::kRead : AccessMode::kWrite));
  if (resolve)
    return MeasureResolve(*store, feature->spec.key, step, bench_case, rows, directory,
                          memory_limit);
  return MeasureWrite(*store, *feature, step, rows);
}

}  // namespace metaxy::bench
