#include "versioning/resolve/comparison.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "versioning/resolve/aggregation.h"
#include "versioning/summary/row_index.h"
#include "versioning/summary/row_payload.h"

namespace metaxy::internal {
namespace {

// Current rows, several of which may correspond to one expected row.
class Siblings {
 public:
  // Leaves in `rows` one row of each group, representing the group: its provenance is the first one
  // that is not null. The others are dropped.
  static Siblings Collapse(RowTable* rows) {
    RowIndex index(rows->size());
    for (uint32_t row = 0; row < rows->size(); ++row) {
      if (!rows->dropped(row)) index.Add(rows->join(row), row);
    }
    Siblings siblings;
    siblings.groups_.resize(rows->size());
    siblings.positions_.reserve(rows->size());
    std::vector<uint32_t> group;
    for (const uint32_t first : index.first_rows()) {
      group.clear();
      for (uint32_t row = first; row != kNoRow; row = index.Next(row)) group.push_back(row);
      // Siblings are ordered by when their sample was first written, even if it has been rewritten
      // since.
      std::sort(group.begin(), group.end(),
                [&](uint32_t a, uint32_t b) { return rows->first(a) < rows->first(b); });
      StoredRow& kept = rows->row(group.front());
      for (const uint32_t row : group) {
        if ((rows->row(row).flags & kNullValue) != 0) continue;
        kept.value = rows->row(row).value;
        kept.flags &= ~uint32_t{kNullValue};
        break;
      }
      for (size_t i = 1; i < group.size(); ++i) rows->row(group[i]).flags |= kDropped;
      siblings.groups_[group.front()] = {static_cast<uint32_t>(siblings.positions_.size()),
                                         static_cast<uint32_t>(group.size())};
      for (const uint32_t row : group) siblings.positions_.push_back(rows->row(row).position);
    }
    return siblings;
  }

  // The rows of a group; a single position if nothing was collapsed.
  std::span<const uint32_t> Positions(const RowTable& rows, uint32_t row) const {
    if (groups_.empty()) return {&rows.row(row).position, 1};
    return std::span(positions_).subspan(groups_[row].begin, groups_[row].size);
  }

 private:
  struct Group {
    uint32_t begin = 0;
    uint32_t size = 0;
  };

  std::vector<uint32_t> positions_;  // of all groups, one after the other
  std::vector<Group> groups_;        // by the row that is left of them
};

class PartComparison {
 public:
  PartComparison(const ComparisonPlan& plan, const std::vector<RowTable>& inputs)
      : plan_(plan),
        inputs_(inputs),
        joined_(JoinTables(plan.plan->feature(), inputs)),
        groups_(inputs.size()),
        numbers_(inputs.size()),
        tuple_(plan.tuple_width()),
        versions_(plan.computer ? plan.computer->num_versions() : 0),
        outcome_(plan.tuple_width()) {
    outcome_.join_sizes = joined_.sizes;
    for (const size_t input : plan.aggregated) {
      groups_[input] = Aggregate(inputs[input], plan.num_fields[input], plan.row_hasher);
      numbers_[input].assign(groups_[input].payloads.size(), kNoRow);
    }
  }

  Outcome Compare(RowTable* current) {
    if (current == nullptr) {
      for (size_t row = 0; row < joined_.size(); ++row) {
        PrefetchFailure(row + FailedSamples::kPrefetchDistance);
        AddNew(row);
      }
      CountKeys(nullptr);
      return std::move(outcome_);
    }
    Siblings siblings;
    if (plan_.expanded) siblings = Siblings::Collapse(current);
    const JoinIndex index(*current);
    uint32_t guess = 0;
    for (size_t row = 0; row < joined_.size(); ++row) {
      PrefetchFailure(row + FailedSamples::kPrefetchDistance);
      const size_t owner = joined_.KeyOwner(row);
      const uint32_t key_row = joined_.rows[owner][row];
      const bool null_key = (inputs_[owner].row(key_row).flags & kNullKey) != 0;
      uint32_t match = null_key ? kNoRow : index.Find(inputs_[owner].join(key_row), guess);
      if (match == kNoRow) {
        AddNew(row);
        continue;
      }
      const std::optional<uint64_t> expected = ExpectedDigest(row);
      const auto failed = [&] { return IsFailed(inputs_[owner].join(key_row), expected); };
      for (; match != kNoRow; match = index.Next(match)) {
        guess = match + 1;
        StoredRow& stored = current->row(match);
        stored.flags |= kMatched;
        if (IsStale(stored, expected)) {
          AddPending(inputs_[owner].join(key_row));
          outcome_.AddStale(TupleOf(row), failed());
        } else if (plan_.asks_predicates) {
          outcome_.undecided.Add(TupleOf(row));
          if (plan_.failed != nullptr) outcome_.undecided_failed.push_back(failed());
          outcome_.undecided_current.Add(siblings.Positions(*current, match));
        }
      }
    }
    for (uint32_t row = 0; row < current->size(); ++row) {
      if ((current->row(row).flags & (kDropped | kMatched)) != 0) continue;
      AddPending(current->join(row));
      outcome_.orphaned.Add(siblings.Positions(*current, row));
    }
    CountKeys(&index);
    return std::move(outcome_);
  }

 private:
  [[gnu::always_inline]] void PrefetchFailure(size_t row) const {
    if (plan_.failed == nullptr || row >= joined_.size()) return;
    const size_t owner = joined_.KeyOwner(row);
    plan_.failed->Prefetch(inputs_[owner].join(joined_.rows[owner][row]));
  }

  void AddPending(const KeyHash& key) {
    if (plan_.most_pending > 0) outcome_.pending.Add(key, plan_.most_pending);
  }

  void AddNew(size_t row) {
    bool failed = false;
    const size_t owner = joined_.KeyOwner(row);
    const KeyHash& key = inputs_[owner].join(joined_.rows[owner][row]);
    AddPending(key);
    if (plan_.failed != nullptr) failed = IsFailed(key, ExpectedDigest(row));
    (failed ? outcome_.failed : outcome_.new_samples).Add(TupleOf(row));
  }

  bool IsFailed(const KeyHash& sample, const std::optional<uint64_t>& provenance) const {
    return plan_.failed != nullptr && provenance &&
           plan_.failed->Contains(TriedHash(sample, *provenance, plan_.feature_hash));
  }

  static bool IsStale(const StoredRow& stored, const std::optional<uint64_t>& expected) {
    if ((stored.flags & (kForcedStale | kNullValue)) != 0) return true;
    return expected && *expected != stored.value;
  }

  // `std::nullopt` for a null provenance.
  std::optional<uint64_t> ExpectedDigest(size_t row) {
    if (plan_.provenance_is_known) {
      const StoredRow& input = inputs_[0].row(joined_.rows[0][row]);
      if ((input.flags & kNullValue) != 0) return std::nullopt;
      return input.value;
    }
    for (size_t input = 0; input < inputs_.size(); ++input) ReadVersions(input, row);
    plan_.computer->Compute(versions_, &provenance_);
    if (provenance_.whole.null) return std::nullopt;
    return plan_.key_hasher.Digest(provenance_.whole.view());
  }

  void ReadVersions(size_t input, size_t row) {
    const size_t begin = plan_.computer->FirstVersion(input);
    const uint32_t parent = joined_.rows[input][row];
    std::string_view payload;
    if (parent != kNoRow) {
      payload = groups_[input].group_of_row.empty()
                    ? inputs_[input].payload(parent)
                    : groups_[input].payloads[groups_[input].group_of_row[parent]];
    }
    for (size_t i = begin; i < begin + plan_.num_fields[input]; ++i)
      versions_[i] = parent == kNoRow ? std::nullopt : ReadPart(&payload);
  }

  // Only groups of rows that have to be recomputed are kept.
  uint32_t GroupNumber(size_t input, uint32_t parent) {
    if (parent == kNoRow) return kNoRow;
    const uint32_t group = groups_[input].group_of_row[parent];
    uint32_t& number = numbers_[input][group];
    if (number == kNoRow) {
      number = static_cast<uint32_t>(outcome_.group_versions.size());
      outcome_.group_versions.push_back(groups_[input].payloads[group]);
    }
    return number;
  }

  std::span<const uint32_t> TupleOf(size_t row) {
    for (size_t input = 0; input < inputs_.size(); ++input) {
      const uint32_t parent = joined_.rows[input][row];
      tuple_[input] = parent == kNoRow ? kNoRow : inputs_[input].row(parent).position;
    }
    for (size_t i = 0; i < plan_.aggregated.size(); ++i) {
      const size_t input = plan_.aggregated[i];
      tuple_[inputs_.size() + i] = GroupNumber(input, joined_.rows[input][row]);
    }
    return tuple_;
  }

  // A null key is an ordinary key here, which does not exist.
  void CountKeys(const JoinIndex* index) {
    if (plan_.samples) return;
    const RowLayout& layout = inputs_.front().layout();
    if (inputs_.size() == 1 && layout.unique && !layout.with_join) {
      outcome_.expected_keys = static_cast<int64_t>(joined_.size());
      outcome_.existing_keys = static_cast<int64_t>(joined_.size() - outcome_.new_samples.size() -
                                                    outcome_.failed.size()) +
                               outcome_.failed_stale;
      return;
    }
    RowIndex distinct(joined_.size());
    for (size_t row = 0; row < joined_.size(); ++row) {
      const size_t owner = joined_.KeyOwner(row);
      const uint32_t key_row = joined_.rows[owner][row];
      const KeyHash& key = inputs_[owner].join(key_row);
      if (distinct.Find(key) != kNoRow) continue;
      distinct.Add(key, static_cast<uint32_t>(row));
      ++outcome_.expected_keys;
      const bool null_key = (inputs_[owner].row(key_row).flags & kNullKey) != 0;
      if (index != nullptr && !null_key && index->Find(key) != kNoRow) ++outcome_.existing_keys;
    }
  }

  const ComparisonPlan& plan_;
  const std::vector<RowTable>& inputs_;
  JoinedRows joined_;
  std::vector<GroupVersions> groups_;           // by input
  std::vector<std::vector<uint32_t>> numbers_;  // of groups, by input
  std::vector<uint32_t> tuple_;
  std::vector<std::optional<std::string_view>> versions_;
  RowProvenance provenance_;
  Outcome outcome_;
};

}  // namespace

Outcome ComparePart(const ComparisonPlan& plan, const std::vector<RowTable>& inputs,
                    RowTable* current) {
  return PartComparison(plan, inputs).Compare(current);
}

}  // namespace metaxy::internal
