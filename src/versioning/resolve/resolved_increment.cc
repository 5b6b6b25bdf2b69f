#include "versioning/resolve/resolved_increment.h"

#include <arrow/buffer.h>
#include <arrow/compute/expression.h>
#include <fmt/format.h>

#include <utility>

#include "base/contained.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

template <class Body>
arrow::Result<Reader> ForUser(Body&& read) {
  return Contained([&]() -> arrow::Result<Reader> {
    ARROW_ASSIGN_OR_RAISE(Reader rows, read());
    return ReaderForUser(std::move(rows));
  });
}

}  // namespace

ResolvedIncrement::ResolvedIncrement(const ResolveInput& input, std::vector<Source> sources,
                                     std::shared_ptr<const ExpectedRows> expected,
                                     std::shared_ptr<const CurrentRows> current,
                                     std::shared_ptr<const Outcome> outcome,
                                     std::optional<arrow::RecordBatchVector> kept, ReadPlan plan)
    : sources_(std::move(sources)),
      expected_(std::move(expected)),
      current_(std::move(current)),
      outcome_(std::move(outcome)),
      kept_(std::move(kept)),
      has_input_(!input.samples),
      plan_(std::move(plan)),
      counts_{static_cast<int64_t>(outcome_->new_samples.size()),
              static_cast<int64_t>(outcome_->stale.size()),
              static_cast<int64_t>(outcome_->orphaned.size()),
              static_cast<int64_t>(outcome_->failed.size()), outcome_->failed_stale},
      predicates_(input.staleness_predicates) {
  head_.feature = input.plan->feature().key.ToString();
  head_.feature_version = input.current_version;
  head_.hashing = HashingOf(input.hash_algorithm, input.hash_truncation_length);
}

arrow::Result<Reader> ResolvedIncrement::new_samples() const {
  return ForUser([&]() -> arrow::Result<Reader> {
    if (kept_) return arrow::RecordBatchReader::Make(*kept_, expected_->schema());
    return expected_->Read(outcome_, outcome_->new_samples, plan_);
  });
}

arrow::Result<Reader> ResolvedIncrement::stale() const {
  return ForUser([&] { return expected_->Read(outcome_, outcome_->stale, plan_); });
}

arrow::Result<Reader> ResolvedIncrement::orphaned() const {
  // A feature without a table has no columns of its own yet: the empty part has those of the new
  // rows.
  return ForUser([&]() -> arrow::Result<Reader> {
    if (current_) return current_->Read(outcome_, outcome_->orphaned, plan_);
    return arrow::RecordBatchReader::Make({}, expected_->schema());
  });
}

arrow::Result<Reader> ResolvedIncrement::failed() const {
  return ForUser([&] { return expected_->Read(outcome_, outcome_->failed, plan_); });
}

std::optional<double> ResolvedIncrement::input_progress() const {
  if (!has_input_ || outcome_->expected_keys == 0) return std::nullopt;
  return static_cast<double>(outcome_->existing_keys) /
         static_cast<double>(outcome_->expected_keys) * 100;
}

const Tuples& ResolvedIncrement::TuplesOf(IncrementPart part) const {
  if (part == IncrementPart::kNew) return outcome_->new_samples;
  return part == IncrementPart::kStale ? outcome_->stale : outcome_->failed;
}

arrow::Result<std::optional<std::vector<SliceTable>>> ResolvedIncrement::Pinned() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (looked_for_pins_) return pinned_;
  std::vector<SliceTable> tables;
  for (const Source& source : sources_) {
    ARROW_ASSIGN_OR_RAISE(const auto pin,
                          PinOf(*source.scanned->table, source.place, source.id_columns));
    if (!pin) continue;
    tables.push_back({[scanned = source.scanned](std::span<const uint32_t> positions) {
                        return scanned->row_ids.At(positions);
                      },
                      *pin});
  }
  if (has_input_ && tables.size() == sources_.size()) pinned_ = std::move(tables);
  looked_for_pins_ = true;
  return pinned_;
}

arrow::Result<std::string> ResolvedIncrement::Slice(IncrementPart part, int64_t begin,
                                                    int64_t count) const {
  const bool orphaned = part == IncrementPart::kOrphaned;
  const size_t rows = orphaned ? outcome_->orphaned.size() : TuplesOf(part).size();
  if (begin < 0 || count < 0 || begin > static_cast<int64_t>(rows) ||
      count > static_cast<int64_t>(rows) - begin) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("a slice of {} rows from row {} on is not in a part of {} rows",
                                 count, begin, rows));
  }
  return Contained([&] {
    const auto first = static_cast<size_t>(begin);
    const auto size = static_cast<size_t>(count);
    return orphaned ? SliceOrphaned(first, size) : SliceExpected(part, first, size);
  });
}

arrow::Result<std::string> ResolvedIncrement::SliceExpected(IncrementPart part, size_t begin,
                                                            size_t count) const {
  IncrementSlice slice = head_;
  slice.part = part;
  const size_t inputs = has_input_ ? sources_.size() - (current_ ? 1 : 0) : 1;
  auto some = std::make_shared<const Outcome>(outcome_->Some(TuplesOf(part), begin, count, inputs));
  ARROW_ASSIGN_OR_RAISE(auto pinned, Pinned());
  if (pinned) {
    pinned->resize(inputs);
    SetRows(*some, *pinned, &slice);
  } else {
    ARROW_ASSIGN_OR_RAISE(const Reader rows, expected_->Read(some, some->new_samples, plan_));
    ARROW_RETURN_NOT_OK(SetStream(*rows, &slice));
  }
  return slice.Serialise();
}

arrow::Result<std::string> ResolvedIncrement::SliceOrphaned(size_t begin, size_t count) const {
  IncrementSlice slice = head_;
  slice.part = IncrementPart::kOrphaned;
  ARROW_ASSIGN_OR_RAISE(const auto pinned, Pinned());
  if (pinned && current_) {
    for (const auto& predicate : predicates_) {
      ARROW_ASSIGN_OR_RAISE(const auto bytes, arrow::compute::Serialize(predicate));
      slice.predicates.push_back(bytes->ToString());
    }
    SetOrphaned(outcome_->orphaned, begin, count, pinned->back(), &slice);
    return slice.Serialise();
  }
  auto some = std::make_shared<Outcome>();
  for (size_t i = begin; i < begin + count; ++i) some->orphaned.Add(outcome_->orphaned.group(i));
  Reader rows;
  if (current_) {
    ARROW_ASSIGN_OR_RAISE(rows, current_->Read(some, some->orphaned, plan_));
  } else {
    ARROW_ASSIGN_OR_RAISE(rows, arrow::RecordBatchReader::Make({}, expected_->schema()));
  }
  ARROW_RETURN_NOT_OK(SetStream(*rows, &slice));
  return slice.Serialise();
}

}  // namespace metaxy::internal

namespace metaxy {

arrow::Result<std::string> SliceIncrement(const LazyIncrement& increment, IncrementPart part,
                                          int64_t begin, int64_t count) {
  const auto* const sliceable = dynamic_cast<const internal::SliceableIncrement*>(&increment);
  if (sliceable == nullptr) {
    return MakeError(ErrorCode::kNotSupported,
                     "only an increment that a store has made has slices; read its rows");
  }
  return sliceable->Slice(part, begin, count);
}

}  // namespace metaxy
