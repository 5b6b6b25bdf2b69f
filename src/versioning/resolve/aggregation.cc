#include "versioning/resolve/aggregation.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "versioning/summary/row_index.h"
#include "versioning/summary/row_payload.h"

namespace metaxy::internal {
namespace {

struct Member {
  std::string_view place;
  uint32_t position;
  std::string_view versions;

  bool operator<(const Member& other) const {
    const int order = place.compare(other.place);
    return order != 0 ? order < 0 : position < other.position;
  }
};

std::string HashOf(std::vector<Member>* members, size_t num_fields, const RowHasher& hasher) {
  std::sort(members->begin(), members->end());
  std::string payload;
  std::string joined;
  char hash[RowHasher::kMaxText];
  for (size_t field = 0; field < num_fields; ++field) {
    joined.clear();
    bool first = true;
    for (Member& member : *members) {
      const auto text = ReadPart(&member.versions);
      if (!text) continue;
      if (!first) joined += '|';
      joined += *text;
      first = false;
    }
    AppendPart(std::string_view(hash, hasher.Hash(joined, hash)), &payload);
  }
  return payload;
}

}  // namespace

GroupVersions Aggregate(const RowTable& rows, size_t num_fields, const RowHasher& hasher) {
  RowIndex index(rows.size());
  for (uint32_t row = 0; row < rows.size(); ++row) {
    if (rows.dropped(row)) continue;
    std::string_view payload = rows.payload(row);
    KeyHash group;
    std::memcpy(&group, ReadPart(&payload)->data(), sizeof group);
    index.Add(group, row);
  }
  GroupVersions result;
  result.group_of_row.assign(rows.size(), kNoRow);
  std::vector<Member> members;
  for (const uint32_t first : index.first_rows()) {
    members.clear();
    for (uint32_t row = first; row != kNoRow; row = index.Next(row)) {
      std::string_view payload = rows.payload(row);
      ReadPart(&payload);
      const std::string_view place = *ReadPart(&payload);
      members.push_back({place, rows.row(row).position, payload});
      result.group_of_row[row] = static_cast<uint32_t>(result.payloads.size());
    }
    result.payloads.push_back(HashOf(&members, num_fields, hasher));
  }
  return result;
}

}  // namespace metaxy::internal
