#include "versioning/resolve.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "versioning/comparison.h"
#include "versioning/current_rows.h"
#include "versioning/expected_rows.h"
#include "versioning/memory_table.h"
#include "versioning/position_reader.h"
#include "versioning/row_index.h"
#include "versioning/stored_types.h"

namespace metaxy::internal {
namespace {

// The parents' fields of whose versions something is made, once each.
arrow::Result<std::vector<FieldKey>> FieldsOf(const FeaturePlan& plan, const FeatureKey& parent) {
  std::set<FieldKey> fields;
  for (const FieldSpec& field : plan.feature().fields) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<FQFieldKey> parents, plan.ParentFields(field.key));
    for (const FQFieldKey& key : parents) {
      if (key.feature == parent) fields.insert(key.field);
    }
  }
  return std::vector<FieldKey>(fields.begin(), fields.end());
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> FilteredSamples(const ResolveInput& input) {
  ARROW_ASSIGN_OR_RAISE(const auto samples, WithStoredTypes(input.samples));
  ARROW_ASSIGN_OR_RAISE(const auto table, MemoryTable::Make(samples));
  std::vector<uint64_t> row_ids(static_cast<size_t>(table->rows()->num_rows()));
  std::iota(row_ids.begin(), row_ids.end(), uint64_t{0});
  NarrowRows rows{table, table->rows(), std::move(row_ids), std::nullopt, table->rows()->num_rows(),
                  {}};
  for (const auto& filter : input.filters) {
    ARROW_ASSIGN_OR_RAISE(rows, FilterRows(std::move(rows), filter));
  }
  return rows.columns;
}

arrow::Result<std::unique_ptr<ExpectedRows>> ReadExpected(const ResolveInput& input) {
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher,
                        RowHasher::Make(input.hash_algorithm, input.hash_truncation_length));
  if (input.samples) {
    ARROW_ASSIGN_OR_RAISE(auto samples, FilteredSamples(input));
    return ExpectedFromSamples(*input.plan, std::move(samples), hasher);
  }
  std::vector<DependencyRows> dependencies;
  const auto& deps = input.plan->feature().deps;
  for (size_t i = 0; i < deps.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<FieldKey> fields,
                          FieldsOf(*input.plan, deps[i].feature));
    ARROW_ASSIGN_OR_RAISE(DependencyRows rows,
                          ReadDependency(*input.plan, deps[i], input.dependencies[i], fields,
                                         hasher, input.batch_size, input.stop_token));
    dependencies.push_back(std::move(rows));
  }
  return ExpectedFromParents(input.plan, std::move(dependencies), std::move(hasher));
}

// Counts distinct keys among rows of the expected ones; a null is a value like others.
class DistinctKeys {
 public:
  static arrow::Result<DistinctKeys> Make(const ExpectedRows& expected) {
    DistinctKeys keys;
    ARROW_ASSIGN_OR_RAISE(const RowIndex index,
                          RowIndex::Build(expected.keys(), /*skip_nulls=*/false));
    keys.first_row_.resize(static_cast<size_t>(expected.keys().num_rows()));
    for (uint32_t first : index.first_rows()) {
      for (uint32_t row = first; row != kNoRow; row = index.Next(row)) keys.first_row_[row] = first;
    }
    return keys;
  }

  template <class Rows>
  size_t Count(const ExpectedRows& expected, const Rows& rows) const {
    std::vector<uint8_t> seen(first_row_.size(), 0);
    size_t count = 0;
    for (uint32_t row : rows) {
      uint8_t& mark = seen[first_row_[expected.KeyRow(row)]];
      count += mark == 0 ? 1U : 0U;
      mark = 1;
    }
    return count;
  }

 private:
  std::vector<uint32_t> first_row_;
};

class ResolvedIncrement final : public LazyIncrement {
 public:
  ResolvedIncrement(std::shared_ptr<const ExpectedRows> expected,
                    std::shared_ptr<const CurrentRows> current, Comparison comparison,
                    bool has_input, int64_t batch_size)
      : expected_(std::move(expected)),
        current_(std::move(current)),
        comparison_(std::make_shared<Comparison>(std::move(comparison))),
        has_input_(has_input),
        batch_size_(batch_size) {
    counts_ = {static_cast<int64_t>(comparison_->new_samples.size()),
               static_cast<int64_t>(comparison_->stale.size()),
               static_cast<int64_t>(comparison_->orphaned.size())};
  }

  const IncrementCounts& counts() const override { return counts_; }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> new_samples() const override {
    return ExpectedReader(comparison_->new_samples);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> stale() const override {
    return ExpectedReader(comparison_->stale);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> orphaned() const override {
    // A feature without a table has no columns of its own yet: the empty part shows those of the
    // new rows.
    if (!current_) return ExpectedReader(comparison_->orphaned);
    return std::make_shared<PositionReader>(
        current_->schema(), comparison_->orphaned, batch_size_,
        [current = current_, keep = comparison_](std::span<const uint32_t> rows) {
          return current->Materialize(rows);
        });
  }

  std::optional<double> input_progress() const override {
    if (!has_input_) return std::nullopt;
    const arrow::Result<DistinctKeys> keys = DistinctKeys::Make(*expected_);
    if (!keys.ok()) return std::nullopt;
    std::vector<uint32_t> all(expected_->num_rows());
    std::iota(all.begin(), all.end(), 0U);
    const auto total = static_cast<double>(keys->Count(*expected_, all));
    if (total == 0) return std::nullopt;
    const auto missing = static_cast<double>(keys->Count(*expected_, comparison_->new_samples));
    return (total - missing) / total * 100;
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> ExpectedReader(
      const std::vector<uint32_t>& positions) const {
    return std::make_shared<PositionReader>(
        expected_->schema(), positions, batch_size_,
        [expected = expected_, keep = comparison_](std::span<const uint32_t> rows) {
          return expected->Materialize(rows);
        });
  }

  std::shared_ptr<const ExpectedRows> expected_;
  std::shared_ptr<const CurrentRows> current_;
  std::shared_ptr<const Comparison> comparison_;
  bool has_input_;
  int64_t batch_size_;
  IncrementCounts counts_;
};

}  // namespace

arrow::Result<std::unique_ptr<LazyIncrement>> Resolve(ResolveInput input) {
  std::shared_ptr<const CurrentRows> current;
  if (input.current && !input.skip_comparison) {
    ARROW_ASSIGN_OR_RAISE(current,
                          CurrentRows::Read(*input.plan, input.current,
                                            {.feature_version = input.current_version,
                                             .filters = input.filters,
                                             .staleness_predicates = input.staleness_predicates,
                                             .batch_size = input.batch_size,
                                             .stop_token = input.stop_token}));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const ExpectedRows> expected, ReadExpected(input));
  Comparison comparison;
  if (current) {
    ARROW_ASSIGN_OR_RAISE(comparison, Compare(*expected, *current, input.stop_token));
  } else {
    comparison.new_samples.resize(expected->num_rows());
    std::iota(comparison.new_samples.begin(), comparison.new_samples.end(), 0U);
  }
  return std::make_unique<ResolvedIncrement>(std::move(expected), std::move(current),
                                             std::move(comparison),
                                             /*has_input=*/!input.samples, input.batch_size);
}

}  // namespace metaxy::internal
