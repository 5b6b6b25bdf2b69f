// Difference of two snapshots: samples by the hashes of their ids, in as many passes as the memory
// limit asks for.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/memory_budget.h"
#include "metaxy/errors.h"
#include "store/sample_digests.h"
#include "store/snapshots/snapshots.h"

namespace metaxy::internal {
namespace {

// A snapshot, or the store as it is.
struct Side {
  std::shared_ptr<MetadataStore> view;  // keeps the session of a snapshot
  StoreSession* session = nullptr;
  std::shared_ptr<const FeatureGraph> graph;
  /// None for the store as it is.
  std::optional<SnapshotInfo> info = std::nullopt;

  const SnapshotFeature* Find(const FeatureKey& feature) const {
    if (!info) return nullptr;
    const auto found = std::find_if(info->features.begin(), info->features.end(),
                                    [&](const auto& entry) { return entry.feature == feature; });
    return found == info->features.end() ? nullptr : &*found;
  }
};

std::pair<uint64_t, uint64_t> OrderOf(const SampleDigest& sample) {
  return {sample.key.high, sample.key.low};
}

// One of several equal parts of the samples, by the hashes of their ids.
struct Part {
  uint64_t number = 0;
  uint64_t count = 1;
};

class FeatureComparison {
 public:
  FeatureComparison(const Side& first, const Side& second, const FeatureKey& feature,
                    const ExecutionOptions& execution)
      : first_(first), second_(second), feature_(feature), execution_(execution) {}

  arrow::Result<SnapshotFeatureDiff> Run() {
    SnapshotFeatureDiff diff{.feature = feature_};
    ARROW_ASSIGN_OR_RAISE(const auto one, Find(first_));
    ARROW_ASSIGN_OR_RAISE(const auto other, Find(second_));
    diff.in_first = one != nullptr;
    diff.in_second = other != nullptr;
    if (IsSame(one.get(), other.get())) return diff;
    diff.other_id_columns = one && other && IdColumns(first_) != IdColumns(second_);
    if (diff.other_id_columns || !one || !other) {
      if (one) ARROW_RETURN_NOT_OK(Count(first_).Value(&diff.removed));
      if (other) ARROW_RETURN_NOT_OK(Count(second_).Value(&diff.added));
      return diff;
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t rows, one->NumRows());
    ARROW_ASSIGN_OR_RAISE(const int64_t more, other->NumRows());
    constexpr int64_t kLeast = int64_t{1} << 20;
    const int64_t room = std::max(MemoryScope::Current().memory_usage(), kLeast);
    // Twice, because vectors grow by doubling.
    const int64_t bytes = (rows + more) * static_cast<int64_t>(sizeof(SampleDigest)) * 2;
    const auto parts = static_cast<uint64_t>(bytes / room + 1);
    for (uint64_t part = 0; part < parts; ++part) {
      ARROW_ASSIGN_OR_RAISE(const auto before, Read(first_, one, {part, parts}));
      ARROW_ASSIGN_OR_RAISE(const auto after, Read(second_, other, {part, parts}));
      Compare(before, after, &diff);
    }
    return diff;
  }

 private:
  // Null if there is no table.
  arrow::Result<std::shared_ptr<const TableSnapshot>> Find(const Side& side) const {
    const SnapshotFeature* entry = side.Find(feature_);
    if (side.info && (!entry || !entry->table_version)) return nullptr;
    if (!side.graph->Find(feature_)) return nullptr;
    ARROW_ASSIGN_OR_RAISE(
        const FoundTable found,
        side.session->FindTable(feature_, /*allow_fallback=*/false, Interrupt(execution_)));
    return std::shared_ptr<const TableSnapshot>(found.table);
  }

  const std::vector<std::string>& IdColumns(const Side& side) const {
    return side.graph->Find(feature_)->spec.id_columns;
  }

  // The same rows under the same definition. Versions of a table that was dropped have no tags.
  bool IsSame(const TableSnapshot* one, const TableSnapshot* other) const {
    if (!one || !other) return one == other;
    const auto version = [&](const Side& side) {
      return side.graph->GetFeatureVersion(feature_).ValueOr("");
    };
    return one->version() == other->version() && version(first_) == version(second_) &&
           IdColumns(first_) == IdColumns(second_);
  }

  arrow::Result<int64_t> Count(const Side& side) const {
    ReadOptions options{.allow_fallback = false};
    options.execution = execution_;
    return side.session->CountRows(*side.graph, feature_, options);
  }

  arrow::Result<std::vector<SampleDigest>> Read(const Side& side,
                                                const std::shared_ptr<const TableSnapshot>& table,
                                                const Part& part) const {
    std::vector<SampleDigest> samples;
    ReadOptions options{.allow_fallback = false};
    options.execution = execution_;
    ARROW_RETURN_NOT_OK(ReadSampleDigests(*side.session, *side.graph, table, feature_, options,
                                          hasher_, [&](const SampleDigest& sample) {
                                            if (sample.key.low % part.count == part.number)
                                              samples.push_back(sample);
                                          }));
    std::sort(samples.begin(), samples.end(),
              [](const SampleDigest& a, const SampleDigest& b) { return OrderOf(a) < OrderOf(b); });
    return samples;
  }

  static void Compare(const std::vector<SampleDigest>& before,
                      const std::vector<SampleDigest>& after, SnapshotFeatureDiff* diff) {
    auto one = before.begin();
    auto other = after.begin();
    while (one != before.end() || other != after.end()) {
      if (other == after.end() || (one != before.end() && OrderOf(*one) < OrderOf(*other))) {
        ++diff->removed;
        ++one;
      } else if (one == before.end() || OrderOf(*other) < OrderOf(*one)) {
        ++diff->added;
        ++other;
      } else {
        if (one->data_version != other->data_version) {
          ++diff->changed;
        } else if (one->time != other->time) {
          ++diff->rewritten;
        }
        ++one;
        ++other;
      }
    }
  }

  const Side& first_;
  const Side& second_;
  const FeatureKey& feature_;
  const ExecutionOptions& execution_;
  const KeyHasher hasher_ = KeyHasher::Random();
};

}  // namespace

arrow::Result<std::vector<SnapshotFeatureDiff>> Snapshots::Diff(
    const std::string& first, const std::optional<std::string>& second,
    const DiffSnapshotsOptions& options) {
  const Interrupt interrupt(options.execution);
  const auto open = [&](const std::optional<std::string>& name) -> arrow::Result<Side> {
    Side side;
    if (name) {
      ARROW_ASSIGN_OR_RAISE(side.view, Open(*name, interrupt));
      ARROW_ASSIGN_OR_RAISE(side.info, Get(*name, interrupt));
      side.session = &StoreSession::Of(*side.view);
      side.graph = side.session->shared_graph();
    } else {
      side.session = session_;
      ARROW_ASSIGN_OR_RAISE(side.graph, session_->GraphAfterSync(options.execution));
    }
    return side;
  };
  ARROW_ASSIGN_OR_RAISE(const Side one, open(first));
  ARROW_ASSIGN_OR_RAISE(const Side other, open(second));
  std::vector<FeatureKey> features;
  for (const Side* side : {&one, &other}) {
    if (!side->info) continue;
    for (const SnapshotFeature& entry : side->info->features) {
      const bool known =
          std::find(features.begin(), features.end(), entry.feature) != features.end();
      if (!known && !entry.feature.is_system()) features.push_back(entry.feature);
    }
  }
  if (options.features) {
    for (const FeatureKey& feature : *options.features) {
      if (std::find(features.begin(), features.end(), feature) != features.end()) continue;
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("feature '{}' is not in snapshot '{}'{}", feature.ToString(),
                                   first, second ? " nor in '" + *second + "'" : ""));
    }
    features = *options.features;
  }
  std::vector<SnapshotFeatureDiff> all;
  for (const FeatureKey& feature : features) {
    auto diff = FeatureComparison(one, other, feature, options.execution).Run();
    if (!diff.ok())
      return WithContext(diff.status(), fmt::format("feature '{}'", feature.ToString()));
    all.push_back(*std::move(diff));
  }
  return all;
}

}  // namespace metaxy::internal
