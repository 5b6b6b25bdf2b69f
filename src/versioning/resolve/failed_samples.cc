#include "versioning/resolve/failed_samples.h"

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "columns/stored_types.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr size_t kFewest = 16;

arrow::Status NotOurs(const char* column) {
  return MakeError(ErrorCode::kMetadataSchema,
                   fmt::format("the system table 'metaxy_system__failures' has no column '{}' as "
                               "metaxy writes it; another program has made or changed the table",
                               column));
}

template <class Array>
arrow::Result<std::shared_ptr<Array>> ColumnOf(const arrow::RecordBatch& batch, const char* name,
                                               const std::shared_ptr<arrow::DataType>& type) {
  std::shared_ptr<arrow::Array> column = batch.GetColumnByName(name);
  if (!column) return NotOurs(name);
  if (!column->type()->Equals(*type)) {
    arrow::Result<arrow::Datum> cast = arrow::compute::Cast(column, type);
    if (!cast.ok()) return NotOurs(name);
    column = cast->make_array();
  }
  return std::static_pointer_cast<Array>(std::move(column));
}

// Until when a sample with this many failed attempts waits, after the last of them.
int64_t WaitMicros(const RetryPolicy& policy, int64_t attempts) {
  const double most = static_cast<double>(policy.max_wait.count());
  const double wait = static_cast<double>(policy.first_wait.count()) *
                      std::pow(policy.backoff, static_cast<double>(attempts - 1));
  constexpr double kSecond = 1e6;
  return static_cast<int64_t>(std::min(wait, most) * kSecond);
}

}  // namespace

uint64_t FeatureHash(std::string_view feature_key, std::string_view feature_version) {
  std::string text(feature_key);
  text += '\n';
  text += feature_version;
  return KeyHasher::Stable().Digest(text);
}

KeyHash TriedHash(const KeyHash& sample, uint64_t provenance_digest, uint64_t feature_hash) {
  const uint64_t parts[] = {sample.low, sample.high, provenance_digest, feature_hash};
  return {XXH3_64bits_withSeed(parts, sizeof parts, KeyHasher::Stable().seed()), sample.high};
}

FailedSamples::FailedSamples(size_t rows) {
  const size_t slots = std::bit_ceil(std::max(rows * 3 / 2 + 1, kFewest));
  shift_ = 64 - std::countr_zero(slots);
  keys_.resize(slots);
}

void FailedSamples::Grow() {
  FailedSamples larger(keys_.size());
  if (!attempts_.empty()) larger.attempts_.resize(larger.keys_.size());
  for (size_t slot = 0; slot < keys_.size(); ++slot) {
    if (keys_[slot] == kEmpty) continue;
    const size_t to = larger.SlotOf(keys_[slot]);
    larger.keys_[to] = keys_[slot];
    if (!attempts_.empty()) larger.attempts_[to] = attempts_[slot];
  }
  larger.size_ = size_;
  *this = std::move(larger);
}

arrow::Status FailedSamples::Add(const arrow::RecordBatch& batch, const FailureInput& input) {
  ARROW_ASSIGN_OR_RAISE(const auto features,
                        ColumnOf<arrow::UInt64Array>(batch, kFeatureHashColumn, arrow::uint64()));
  ARROW_ASSIGN_OR_RAISE(
      const auto tried,
      ColumnOf<arrow::FixedSizeBinaryArray>(batch, kTriedHashColumn, arrow::fixed_size_binary(16)));
  std::shared_ptr<arrow::Int64Array> counts;
  std::shared_ptr<arrow::TimestampArray> times;
  std::shared_ptr<arrow::LargeStringArray> kinds;
  const bool counted = !attempts_.empty();
  const std::vector<std::string>& never = input.policy.retry().never_retry;
  if (counted) {
    ARROW_ASSIGN_OR_RAISE(
        counts, ColumnOf<arrow::Int64Array>(batch, kFailureAttempts.data(), arrow::int64()));
    ARROW_ASSIGN_OR_RAISE(
        times, ColumnOf<arrow::TimestampArray>(batch, kFailedAt.data(), TimestampColumnType()));
    if (!never.empty()) {
      ARROW_ASSIGN_OR_RAISE(kinds, ColumnOf<arrow::LargeStringArray>(batch, kFailureKind.data(),
                                                                     arrow::large_utf8()));
    }
  }
  const auto key_at = [&](int64_t row) {
    KeyHash key;
    std::memcpy(&key, tried->GetValue(row), sizeof key);
    return key;
  };
  // Slots are all over the memory: they are fetched some rows before they are needed.
  constexpr int64_t kAhead = 16;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (row + kAhead < batch.num_rows())
      __builtin_prefetch(&keys_[static_cast<size_t>(key_at(row + kAhead).high >> shift_)], 1);
    if (features->Value(row) != input.feature_hash || tried->IsNull(row)) continue;
    const KeyHash key = key_at(row);
    size_t slot = SlotOf(key);
    if (keys_[slot] == kEmpty) {
      if ((size_ + 1) * 4 > keys_.size() * 3) {
        Grow();
        slot = SlotOf(key);
      }
      keys_[slot] = key;
      ++size_;
    }
    if (!counted) continue;
    Attempts& attempts = attempts_[slot];
    attempts.count += counts->IsNull(row) ? 1 : counts->Value(row);
    if (times->IsValid(row)) attempts.last = std::max(attempts.last, times->Value(row));
    attempts.for_good |= kinds && kinds->IsValid(row) &&
                         std::find(never.begin(), never.end(), kinds->GetView(row)) != never.end();
  }
  return arrow::Status::OK();
}

void FailedSamples::Apply(const FailureInput& input) {
  if (attempts_.empty()) return;
  const RetryPolicy& policy = input.policy.retry();
  FailedSamples left(size_);
  for (size_t slot = 0; slot < keys_.size(); ++slot) {
    if (keys_[slot] == kEmpty) continue;
    const Attempts& attempts = attempts_[slot];
    const bool waits =
        attempts.count > 0 && input.now - attempts.last < WaitMicros(policy, attempts.count);
    if (!attempts.for_good && attempts.count < policy.max_attempts && !waits) continue;
    left.keys_[left.SlotOf(keys_[slot])] = keys_[slot];
    ++left.size_;
  }
  *this = std::move(left);
}

arrow::Result<std::shared_ptr<const FailedSamples>> FailedSamples::Read(const FailureInput& input,
                                                                        Execution* execution) {
  const bool counted = input.policy.mode() == FailurePolicy::Mode::kRetry;
  std::vector<const char*> columns = {kFeatureHashColumn, kTriedHashColumn};
  if (counted) columns.insert(columns.end(), {kFailureAttempts.data(), kFailedAt.data()});
  if (counted && !input.policy.retry().never_retry.empty()) columns.push_back(kFailureKind.data());
  ScanRequest request{.columns = {}, .with_row_id = false};
  for (const char* name : columns) {
    if (input.table->schema()->GetFieldIndex(name) < 0) return NotOurs(name);
    request.columns.push_back({name});
  }
  request.read_ahead_bytes = execution->memory().narrow_read_ahead();
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, input.table->NumRows());
  if (rows == 0) return nullptr;
  // Failures of other features are in the same table; a table of hashes that is too small grows.
  constexpr int64_t kReserved = int64_t{1} << 21;
  std::shared_ptr<FailedSamples> failed(
      new FailedSamples(static_cast<size_t>(std::min(rows, kReserved))));
  if (counted) failed->attempts_.resize(failed->keys_.size());
  ARROW_ASSIGN_OR_RAISE(const auto reader, input.table->Scan(request));
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    ARROW_RETURN_NOT_OK(execution->Check());
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (!batch) break;
    ARROW_RETURN_NOT_OK(failed->Add(*batch, input));
  }
  failed->Apply(input);
  if (failed->size_ == 0) return nullptr;
  execution->AddMemoryUsage(static_cast<int64_t>(failed->keys_.size() * sizeof(KeyHash)));
  return failed;
}

}  // namespace metaxy::internal
