// Resolve: what an update of a feature has to do. Entry point of the engine.
#pragma once

#include <arrow/compute/expression.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columns/key_hash.h"
#include "metaxy/graph.h"
#include "metaxy/hash_algorithm.h"
#include "metaxy/increment.h"
#include "metaxy/store_options.h"
#include "versioning/resolve/dependency_rows.h"
#include "versioning/resolve/failed_samples.h"
#include "versioning/scan/row_observer.h"
#include "versioning/scan/table_snapshot.h"

namespace metaxy::internal {

/// What is to be known of keys afterwards.
struct KeyRecording {
  /// Hashes can be compared with those of others with the same seed. With failures it has to be
  /// KeyHasher::Stable().
  KeyHasher hasher;
  /// Of the tables of the dependencies, and of the feature's own.
  std::vector<std::shared_ptr<RowObserver>> observers = {};
  size_t most_pending = 0;  ///< keys of pending samples that are worth knowing
};

struct ResolveInput {
  std::shared_ptr<const FeaturePlan> plan;
  HashAlgorithm hash_algorithm = kDefaultHashAlgorithm;
  int hash_truncation_length = kMinHashTruncationLength;

  /// The feature's own table; null if the store has none.
  std::shared_ptr<const TableSnapshot> current = nullptr;
  std::string current_version = {};
  /// Of which store the table is.
  std::string place = {};
  /// Filters on the current rows, and on the samples.
  std::vector<arrow::compute::Expression> filters = {};
  std::vector<arrow::compute::Expression> staleness_predicates = {};

  /// Either the samples, or an input per dependency in the order of the spec.
  std::shared_ptr<arrow::Table> samples = nullptr;
  std::vector<DependencyInput> dependencies = {};

  bool skip_comparison = false;
  /// None: failures do not matter, or there are none.
  std::optional<FailureInput> failures = std::nullopt;
  bool failures_matter = false;  ///< keys have stable hashes
  /// The caller reads all new samples at once: they are kept in memory while they are found, where
  /// that saves a scan and they fit. Otherwise rows are fetched when they are read.
  bool reads_all = false;
  ExecutionOptions execution = {};
  /// None: keys are forgotten.
  std::optional<KeyRecording> recording = std::nullopt;
};

/// What is known after the comparison, besides the increment.
struct ResolveFacts {
  /// Distinct join keys of expected rows, and the number of those that exist.
  int64_t expected_keys = 0;
  int64_t existing_keys = 0;
  /// Samples of any table whose latest row was chosen by its position.
  int64_t tied_samples = 0;
  /// Join keys of samples that are new, stale or orphaned, some perhaps twice. Absent if they were
  /// not to be recorded, are too many, or a predicate decided about them later.
  std::optional<std::vector<KeyHash>> pending = std::nullopt;
};

/// Scans the columns needed for the comparison, joins, hashes and compares. The result keeps the
/// tables alive, and fetches rows when they are read: rows and their order do not depend on how it
/// was executed.
arrow::Result<std::unique_ptr<LazyIncrement>> Resolve(ResolveInput input,
                                                      ResolveFacts* facts = nullptr);

}  // namespace metaxy::internal
