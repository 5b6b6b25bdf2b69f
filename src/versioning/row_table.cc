#include "versioning/row_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace metaxy::internal {
namespace {

constexpr size_t kSmallestSlots = 16;
constexpr uint64_t kNoPayload = ~uint64_t{0};

bool Overfull(size_t rows, size_t slots) { return rows * 4 > slots * 3; }

template <class T>
void AppendValues(const std::vector<T>& values, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <class T>
std::string_view ReadValues(std::string_view bytes, size_t count, std::vector<T>* values) {
  values->resize(count);
  if (count > 0) std::memcpy(values->data(), bytes.data(), count * sizeof(T));
  return bytes.substr(count * sizeof(T));
}

}  // namespace

void RowTable::Reserve(size_t rows) {
  rows_.reserve(rows);
  if (layout_.with_join) joins_.reserve(rows);
  if (layout_.with_first) firsts_.reserve(rows);
  // Slots take memory at once, and rows may turn out to be history of few samples.
  if (layout_.unique) GrowSlots(rows / 2);
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

void RowTable::GrowSlots(size_t rows) {
  size_t wanted = std::max(slots_.size(), kSmallestSlots);
  while (Overfull(rows, wanted)) wanted *= 2;
  if (wanted == slots_.size()) return;
  slots_.assign(wanted, 0);
  const size_t mask = wanted - 1;
  for (uint32_t row = 0; row < size(); ++row) {
    const KeyHash& id = rows_[row].id;
    size_t slot = static_cast<size_t>(id.low) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = TagOf(id, mask) | (row + 1);
  }
}

uint32_t RowTable::Insert(const KeyHash& id, int64_t moment, uint32_t position) {
  if (layout_.unique) {
    if (slots_.empty() || Overfull(rows_.size() + 1, slots_.size())) GrowSlots(rows_.size() + 1);
    uint32_t& slot = slots_[SlotOf(id)];
    if (slot != 0) {
      const uint32_t known = RowIn(slot);
      if (layout_.with_first) firsts_[known] = std::min(firsts_[known], position);
      StoredRow& row = rows_[known];
      if (row.moment > moment || (row.moment == moment && row.position < position)) return kNoRow;
      row.moment = moment;
      row.position = position;
      return known;
    }
    slot = TagOf(id, slots_.size() - 1) | (size() + 1);
  }
  rows_.push_back({id, moment, kNoPayload, position, 0});
  if (layout_.with_join) joins_.emplace_back();
  if (layout_.with_first) firsts_.push_back(position);
  return size() - 1;
}

void RowTable::InsertFrom(const RowTable& other, uint32_t row) {
  const StoredRow& from = other.rows_[row];
  const uint32_t known = layout_.unique && !slots_.empty() ? Find(from.id) : kNoRow;
  const uint32_t first = known != kNoRow && layout_.with_first
                             ? std::min(firsts_[known], other.first(row))
                             : other.first(row);
  const uint32_t place = Insert(from.id, from.moment, from.position);
  if (layout_.with_first) firsts_[place != kNoRow ? place : known] = first;
  if (place == kNoRow) return;
  rows_[place].flags = from.flags;
  if (layout_.with_join) joins_[place] = other.joins_[row];
  if (layout_.with_payload) {
    set_payload(place, other.payload(row));
  } else {
    rows_[place].value = from.value;
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
  StoredRow& stored = rows_[row];
  // A row that replaces another one takes its place if it fits: history does not pile up.
  if (stored.value != kNoPayload && this->payload(row).size() >= payload.size()) {
    std::memcpy(payloads_.data() + stored.value, &size, sizeof size);
    payload.copy(payloads_.data() + stored.value + sizeof size, payload.size());
    return;
  }
  stored.value = payloads_.size();
  payloads_.append(reinterpret_cast<const char*>(&size), sizeof size);
  payloads_.append(payload);
}

uint32_t RowTable::Find(const KeyHash& id) const {
  if (slots_.empty()) return kNoRow;
  const uint32_t slot = slots_[SlotOf(id)];
  return slot == 0 ? kNoRow : RowIn(slot);
}

size_t RowTable::bytes() const {
  return rows_.size() * sizeof(StoredRow) + joins_.size() * sizeof(KeyHash) +
         firsts_.size() * sizeof(uint32_t) + payloads_.size() + slots_.size() * sizeof(uint32_t);
}

void RowTable::Serialize(std::string* bytes) const {
  const uint64_t count = rows_.size();
  bytes->append(reinterpret_cast<const char*>(&count), sizeof count);
  AppendValues(rows_, bytes);
  AppendValues(joins_, bytes);
  AppendValues(firsts_, bytes);
  bytes->append(payloads_);
}

void RowTable::InsertSerialized(std::string_view bytes) {
  uint64_t count;
  std::memcpy(&count, bytes.data(), sizeof count);
  RowTable other(layout_);
  bytes = ReadValues(bytes.substr(sizeof count), count, &other.rows_);
  bytes = ReadValues(bytes, layout_.with_join ? count : 0, &other.joins_);
  bytes = ReadValues(bytes, layout_.with_first ? count : 0, &other.firsts_);
  other.payloads_ = bytes;
  for (uint32_t row = 0; row < other.size(); ++row) InsertFrom(other, row);
}

}  // namespace metaxy::internal
