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

void FailedSamples::Reserve(size_t keys) {
  std::vector<KeyHash> old_keys(std::bit_ceil(std::max(keys * 3 / 2 + 1, kFewest)));
  old_keys.swap(keys_);
  std::vector<Attempts> old_attempts(counts() ? keys_.size() : 0);
  old_attempts.swap(attempts_);
  shift_ = 64 - std::countr_zero(keys_.size());
  for (size_t slot = 0; slot < old_keys.size(); ++slot) {
    if (old_keys[slot] == kEmpty) continue;
    const size_t to = SlotOf(old_keys[slot]);
    keys_[to] = old_keys[slot];
    if (counts()) attempts_[to] = old_attempts[slot];
  }
}

arrow::Status FailedSamples::Add(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(const auto features,
                        ColumnOf<arrow::UInt64Array>(batch, kFeatureHashColumn, arrow::uint64()));
  ARROW_ASSIGN_OR_RAISE(
      const auto tried,
      ColumnOf<arrow::FixedSizeBinaryArray>(batch, kTriedHashColumn, arrow::fixed_size_binary(16)));
  std::shared_ptr<arrow::Int64Array> numbers;
  std::shared_ptr<arrow::TimestampArray> times;
  std::shared_ptr<arrow::LargeStringArray> kinds;
  const std::vector<std::string>& never = input_.policy.retry().never_retry;
  if (counts()) {
    ARROW_ASSIGN_OR_RAISE(
        numbers, ColumnOf<arrow::Int64Array>(batch, kFailureAttempts.data(), arrow::int64()));
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
  constexpr auto kAhead = static_cast<int64_t>(kPrefetchDistance);
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (row + kAhead < batch.num_rows()) Prefetch(key_at(row + kAhead));
    if (features->Value(row) != input_.feature_hash || tried->IsNull(row)) continue;
    const KeyHash key = key_at(row);
    size_t slot = SlotOf(key);
    if (keys_[slot] == kEmpty) {
      if ((size_ + 1) * 4 > keys_.size() * 3) {
        Reserve(keys_.size());
        slot = SlotOf(key);
      }
      keys_[slot] = key;
      ++size_;
    }
    if (!counts()) continue;
    Attempts& attempts = attempts_[slot];
    attempts.count += numbers->IsNull(row) ? 1 : numbers->Value(row);
    if (times->IsValid(row)) attempts.last = std::max(attempts.last, times->Value(row));
    attempts.for_good |= kinds && kinds->IsValid(row) &&
                         std::find(never.begin(), never.end(), kinds->GetView(row)) != never.end();
  }
  return arrow::Status::OK();
}

void FailedSamples::Apply() {
  if (!counts()) return;
  const RetryPolicy& policy = input_.policy.retry();
  FailedSamples left({.policy = FailurePolicy::Skip()}, execution_);
  left.Reserve(size_);
  for (size_t slot = 0; slot < keys_.size(); ++slot) {
    if (keys_[slot] == kEmpty) continue;
    const Attempts& attempts = attempts_[slot];
    const bool waits =
        attempts.count > 0 && input_.now - attempts.last < WaitMicros(policy, attempts.count);
    if (!attempts.for_good && attempts.count < policy.max_attempts && !waits) continue;
    left.keys_[left.SlotOf(keys_[slot])] = keys_[slot];
    ++left.size_;
  }
  keys_ = std::move(left.keys_);
  shift_ = left.shift_;
  size_ = left.size_;
  attempts_.clear();
}

arrow::Result<std::shared_ptr<FailedSamples>> FailedSamples::Make(FailureInput input,
                                                                  Execution* execution) {
  std::shared_ptr<FailedSamples> failed(new FailedSamples(std::move(input), execution));
  const TableSnapshot& table = *failed->input_.table;
  std::vector<const char*> columns = {kFeatureHashColumn, kTriedHashColumn};
  if (failed->counts()) columns.insert(columns.end(), {kFailureAttempts.data(), kFailedAt.data()});
  if (!failed->input_.policy.retry().never_retry.empty()) columns.push_back(kFailureKind.data());
  ScanRequest request{.columns = {}, .with_row_id = false};
  for (const char* name : columns) {
    if (table.schema()->GetFieldIndex(name) < 0) return NotOurs(name);
    request.columns.push_back({name});
  }
  request.read_ahead_bytes = execution->memory().narrow_read_ahead();
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, table.NumRows());
  // Failures of other features are in the same table; room for more is made when it is needed.
  constexpr int64_t kReserved = int64_t{1} << 21;
  failed->Reserve(static_cast<size_t>(std::min(rows, kReserved)));
  if (rows == 0) return failed;
  ARROW_ASSIGN_OR_RAISE(failed->reader_, table.Scan(request));
  return failed;
}

arrow::Status FailedSamples::Read() {
  for (std::shared_ptr<arrow::RecordBatch> batch; reader_;) {
    ARROW_RETURN_NOT_OK(execution_->Check());
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    if (!batch) break;
    ARROW_RETURN_NOT_OK(Add(*batch));
  }
  reader_.reset();
  Apply();
  execution_->AddMemoryUsage(static_cast<int64_t>(keys_.size() * sizeof(KeyHash)));
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
