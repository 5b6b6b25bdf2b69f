#include "versioning/summary/row_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace metaxy::internal {
namespace {

constexpr uint64_t kNoPayload = ~uint64_t{0};

constexpr uint32_t kLookAhead = 12;

// At most half of the slots are in use, so that a lookup rarely needs a second probe.
size_t SlotsFor(size_t rows) { return std::bit_ceil(rows * 2 + 2); }

bool IsLater(const StoredRow& row, const StoredRow& other) {
  if (row.timestamp != other.timestamp) return row.timestamp > other.timestamp;
  return row.position < other.position;
}

template <class T>
std::string_view BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Adds `count` values from the beginning of `bytes`, and returns the remainder.
template <class T>
std::string_view ReadValues(std::string_view bytes, size_t count, std::vector<T>* values) {
  const size_t known = values->size();
  values->resize(known + count);
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): with a size.
  if (count > 0) std::memcpy(values->data() + known, bytes.data(), count * sizeof(T));
  return bytes.substr(count * sizeof(T));
}

}  // namespace

void RowTable::Reserve(size_t rows) {
  rows_.reserve(rows);
  if (layout_.with_join) joins_.reserve(rows);
  if (layout_.with_first) firsts_.reserve(rows);
}

uint32_t RowTable::Add(const KeyHash& id, int64_t timestamp, uint32_t position) {
  slots_.clear();
  rows_.push_back({id, timestamp, kNoPayload, position, 0});
  if (layout_.with_join) joins_.emplace_back();
  if (layout_.with_first) firsts_.push_back(position);
  return size() - 1;
}

size_t RowTable::SlotOf(const KeyHash& id) const {
  const size_t mask = slots_.size() - 1;
  const uint32_t tag = TagOf(id, mask);
  size_t slot = static_cast<size_t>(id.low) & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const bool same_tag = (slots_[slot] & ~static_cast<uint32_t>(mask)) == tag;
    if (same_tag && rows_[RowIn(slots_[slot])].id == id) break;
  }
  return slot;
}

void RowTable::BuildIndex() {
  if (!layout_.unique) return;
  slots_.assign(SlotsFor(rows_.size()), 0);
  const size_t mask = slots_.size() - 1;
  uint32_t kept = 0;
  for (uint32_t row = 0; row < size(); ++row) {
    // Slots are at random places: that of a row some way ahead is asked for in time.
    if (row + kLookAhead < size())
      __builtin_prefetch(&slots_[static_cast<size_t>(rows_[row + kLookAhead].id.low) & mask], 1);
    const KeyHash& id = rows_[row].id;
    uint32_t& slot = slots_[SlotOf(id)];
    if (slot == 0) {
      slot = TagOf(id, mask) | (kept + 1);
      if (kept != row) {
        if (layout_.with_first) firsts_[kept] = firsts_[row];
        Replace(kept, row);
      }
      ++kept;
      continue;
    }
    const uint32_t known = RowIn(slot);
    if (layout_.with_first) firsts_[known] = std::min(firsts_[known], firsts_[row]);
    const bool tied =
        rows_[row].timestamp == rows_[known].timestamp &&
        (((rows_[row].flags | rows_[known].flags) & kTied) != 0 || Differ(row, known));
    if (IsLater(rows_[row], rows_[known])) Replace(known, row);
    if (tied) rows_[known].flags |= kTied;
  }
  if (kept < size()) Truncate(kept);
}

void RowTable::Deduplicate() {
  const size_t before = rows_.size();
  BuildIndex();
  slots_ = {};
  // If nothing was superseded there is probably no history.
  deduplicate_at_ =
      std::max(kThinOutAt, rows_.size() == before ? rows_.size() * 4 : rows_.size() * 3 / 2);
}

int64_t RowTable::CountTied() const {
  return std::count_if(rows_.begin(), rows_.end(),
                       [](const StoredRow& row) { return (row.flags & kTied) != 0; });
}

bool RowTable::Differ(uint32_t row, uint32_t other) const {
  if (rows_[row].flags != rows_[other].flags) return true;
  if (layout_.with_join && joins_[row] != joins_[other]) return true;
  return layout_.with_payload ? payload(row) != payload(other)
                              : rows_[row].value != rows_[other].value;
}

void RowTable::Replace(uint32_t row, uint32_t by) {
  rows_[row] = rows_[by];
  if (layout_.with_join) joins_[row] = joins_[by];
}

void RowTable::Truncate(uint32_t rows) {
  rows_.resize(rows);
  if (layout_.with_join) joins_.resize(rows);
  if (layout_.with_first) firsts_.resize(rows);
  if (!layout_.with_payload) return;
  const std::string before = std::exchange(payloads_, {});
  for (uint32_t row = 0; row < rows; ++row) {
    const char* const begin = before.data() + rows_[row].value;
    uint32_t size;
    std::memcpy(&size, begin, sizeof size);
    set_payload(row, {begin + sizeof size, size});
  }
}

std::string_view RowTable::payload(uint32_t row) const {
  const char* begin = payloads_.data() + rows_[row].value;
  uint32_t size;
  std::memcpy(&size, begin, sizeof size);
  return {begin + sizeof size, size};
}

void RowTable::set_payload(uint32_t row, std::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  rows_[row].value = payloads_.size();
  payloads_.append(reinterpret_cast<const char*>(&size), sizeof size);
  payloads_.append(payload);
}

uint32_t RowTable::Find(const KeyHash& id, uint32_t guess) const {
  if (guess < size() && rows_[guess].id == id) return guess;
  if (slots_.empty()) return kNoRow;
  const uint32_t slot = slots_[SlotOf(id)];
  return slot == 0 ? kNoRow : RowIn(slot);
}

size_t RowTable::bytes() const {
  return rows_.capacity() * sizeof(StoredRow) + joins_.capacity() * sizeof(KeyHash) +
         firsts_.capacity() * sizeof(uint32_t) + payloads_.capacity() +
         slots_.capacity() * sizeof(uint32_t);
}

size_t RowTable::BytesPerRow(const RowLayout& layout) {
  return sizeof(StoredRow) + (layout.with_join ? sizeof(KeyHash) : 0) +
         (layout.with_first ? sizeof(uint32_t) : 0);
}

std::vector<std::string_view> RowTable::Serialize(uint64_t* count) const {
  *count = rows_.size();
  return {{reinterpret_cast<const char*>(count), sizeof *count},
          BytesOf(rows_),
          BytesOf(joins_),
          BytesOf(firsts_),
          payloads_};
}

void RowTable::AddSerialized(std::string_view bytes) {
  uint64_t count;
  std::memcpy(&count, bytes.data(), sizeof count);
  const size_t known = rows_.size();
  slots_.clear();
  bytes = ReadValues(bytes.substr(sizeof count), count, &rows_);
  bytes = ReadValues(bytes, layout_.with_join ? count : 0, &joins_);
  bytes = ReadValues(bytes, layout_.with_first ? count : 0, &firsts_);
  if (!layout_.with_payload) return;
  for (size_t row = known; row < rows_.size(); ++row) rows_[row].value += payloads_.size();
  payloads_.append(bytes);
}

}  // namespace metaxy::internal
