#include "versioning/parts/row_block.h"

#include <fmt/format.h>

#include <cstring>

#include "base/byte_stream.h"
#include "metaxy/errors.h"
#include "versioning/scan/sealed_bytes.h"

namespace metaxy::internal {
namespace {

constexpr SealedKind kBlock{
    .kind = "block", .format = "1", .made_by = "ScanPart() or ExchangePart()"};

arrow::Result<BlockHead> ReadHead(ByteReader* reader, const BlockHead& expected) {
  BlockHead head;
  head.plan = reader->Hash<decltype(head.plan)>();
  head.table = reader->Number<uint32_t>();
  head.part = reader->Number<uint32_t>();
  head.by_join = reader->Number<uint8_t>() != 0;
  head.sources.resize(reader->Count(1));
  for (uint32_t& source : head.sources) source = static_cast<uint32_t>(reader->Varint());
  const auto wrong = [](std::string_view what) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("a block is {}; give each block to the part and table that it was "
                                 "made for",
                                 what));
  };
  if (head.plan != expected.plan) return wrong("of another plan");
  if (head.table != expected.table) {
    return wrong(fmt::format("of table {}, and not of table {}", head.table, expected.table));
  }
  if (head.part != expected.part)
    return wrong(fmt::format("of part {}, and not of part {}", head.part, expected.part));
  if (head.by_join != expected.by_join)
    return wrong(head.by_join ? "exchanged already" : "not exchanged yet");
  return head;
}

void WriteValues(const BlockLayout& layout, const RowTable& rows, ByteWriter* writer) {
  for (uint32_t row = 0; row < rows.size(); ++row) {
    if (layout.rows.with_payload) {
      const std::string_view payload = rows.payload(row);
      writer->Varint(payload.size());
      writer->Raw(payload);
    } else if (layout.with_value) {
      writer->Number(rows.row(row).value);
    }
  }
}

}  // namespace

std::string EncodeBlock(const BlockHead& head, const BlockLayout& layout,
                        const PlacedRows& placed) {
  const RowTable& rows = placed.rows;
  ByteWriter writer;
  writer.Hash(head.plan);
  writer.Number(head.table);
  writer.Number(head.part);
  writer.Number(static_cast<uint8_t>(head.by_join ? 1 : 0));
  writer.Number(static_cast<uint64_t>(head.sources.size()));
  for (const uint32_t source : head.sources) writer.Varint(source);
  writer.Number(static_cast<uint64_t>(rows.size()));
  for (uint32_t row = 0; row < rows.size(); ++row) writer.Hash(rows.row(row).id);
  if (layout.rows.with_join)
    for (uint32_t row = 0; row < rows.size(); ++row) writer.Hash(rows.join(row));
  uint64_t before = 0;
  for (const uint64_t place : placed.places) {
    writer.Step(place, before);
    before = place;
  }
  if (layout.rows.with_first) {
    for (uint32_t row = 0; row < rows.size(); ++row)
      writer.Step(placed.firsts[row], placed.places[row]);
  }
  before = 0;
  for (uint32_t row = 0; row < rows.size(); ++row) {
    const auto time = static_cast<uint64_t>(rows.row(row).timestamp);
    writer.Step(time, before);
    before = time;
  }
  for (uint32_t row = 0; row < rows.size(); ++row)
    writer.Number(static_cast<uint8_t>(rows.row(row).flags));
  WriteValues(layout, rows, &writer);
  return Seal(kBlock, writer.bytes());
}

arrow::Result<BlockHead> DecodeHead(std::string_view bytes, const BlockHead& expected) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view content, Unseal(kBlock, bytes));
  ByteReader reader(content);
  return ReadHead(&reader, expected);
}

arrow::Result<BlockHead> DecodeBlock(std::string_view bytes, const BlockHead& expected,
                                     const BlockLayout& layout, PlacedRows* placed) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view content, Unseal(kBlock, bytes));
  ByteReader reader(content);
  ARROW_ASSIGN_OR_RAISE(BlockHead head, ReadHead(&reader, expected));
  RowTable& rows = placed->rows;
  const uint32_t known = rows.size();
  const size_t count = reader.Count(sizeof(KeyHash));
  if (count >= kNoRow - known) {
    return MakeError(
        ErrorCode::kResourceExhausted,
        fmt::format("{} rows or more are too many for one part; use more parts", kNoRow));
  }
  const uint32_t end = known + static_cast<uint32_t>(count);
  for (uint32_t row = known; row < end; ++row) rows.Add(reader.Hash<KeyHash>(), 0, 0);
  if (layout.rows.with_join)
    for (uint32_t row = known; row < end; ++row) rows.set_join(row, reader.Hash<KeyHash>());
  uint64_t before = 0;
  for (uint32_t row = known; row < end; ++row)
    placed->places.push_back(before = reader.Step(before));
  if (layout.rows.with_first) {
    for (uint32_t row = known; row < end; ++row)
      placed->firsts.push_back(reader.Step(placed->places[row]));
  }
  before = 0;
  for (uint32_t row = known; row < end; ++row) {
    before = reader.Step(before);
    rows.row(row).timestamp = static_cast<int64_t>(before);
  }
  for (uint32_t row = known; row < end; ++row) rows.row(row).flags = reader.Number<uint8_t>();
  for (uint32_t row = known; row < end; ++row) {
    if (layout.rows.with_payload) {
      rows.set_payload(row, reader.Raw(reader.Varint()));
    } else if (layout.with_value) {
      rows.row(row).value = reader.Number<uint64_t>();
    }
  }
  if (!reader.complete()) return NotSealed(kBlock, "they are incomplete");
  return head;
}

}  // namespace metaxy::internal
