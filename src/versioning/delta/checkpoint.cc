#include "versioning/delta/checkpoint.h"

#include <cstdint>

#include "base/byte_stream.h"

namespace metaxy::internal {
namespace {

// The last digit changes with the layout.
constexpr std::string_view kMagic = "mxdelta3";

void Write(const TableState& table, ByteWriter* writer) {
  writer->Number(table.version);
  writer->Number(static_cast<uint64_t>(table.columns.size()));
  for (const TableState::Column& column : table.columns) {
    writer->Text(column.path.column);
    writer->Text(column.path.member);
    writer->Text(column.stored);
  }
  writer->Number(static_cast<uint64_t>(table.fragments.size()));
  for (const FragmentState& fragment : table.fragments) {
    writer->Number(fragment.id);
    writer->Hash(fragment.files);
    writer->Hash(fragment.deletions);
    writer->Number(fragment.rows);
  }
}

TableState ReadTable(ByteReader* reader) {
  TableState table;
  table.version = reader->Number<uint64_t>();
  table.columns.resize(reader->Count(3 * sizeof(uint64_t)));
  for (TableState::Column& column : table.columns) {
    column.path.column = reader->Text();
    column.path.member = reader->Text();
    column.stored = reader->Text();
  }
  table.fragments.resize(reader->Count(6 * sizeof(uint64_t)));
  for (FragmentState& fragment : table.fragments) {
    fragment.id = reader->Number<uint64_t>();
    fragment.files = reader->Hash<ContentHash>();
    fragment.deletions = reader->Hash<ContentHash>();
    fragment.rows = reader->Number<int64_t>();
  }
  return table;
}

void Write(const CheckpointKeys& keys, ByteWriter* writer) {
  writer->Number(keys.seed);
  writer->Number(static_cast<uint64_t>(keys.pending.size()));
  for (const KeyPrefix prefix : keys.pending) writer->Number(prefix);
  writer->Number(static_cast<uint64_t>(keys.runs.size()));
  for (const auto& runs : keys.runs) {
    writer->Number(static_cast<uint64_t>(runs.size()));
    for (const CheckpointKeys::Run& run : runs) {
      writer->Text(run.name);
      writer->Hash(run.digest);
      writer->Number(run.entries);
    }
  }
  writer->Number(static_cast<uint64_t>(keys.deleted.size()));
  for (const auto& fragments : keys.deleted) {
    writer->Number(static_cast<uint64_t>(fragments.size()));
    for (const CheckpointKeys::Deleted& fragment : fragments) {
      writer->Hash(fragment.files);
      writer->Number(static_cast<uint64_t>(fragment.numbers.size()));
      for (const uint32_t number : fragment.numbers) writer->Number(number);
    }
  }
}

CheckpointKeys ReadKeys(ByteReader* reader) {
  CheckpointKeys keys;
  keys.seed = reader->Number<uint64_t>();
  keys.pending.resize(reader->Count(sizeof(KeyPrefix)));
  for (KeyPrefix& prefix : keys.pending) prefix = reader->Number<KeyPrefix>();
  keys.runs.resize(reader->Count(sizeof(uint64_t)));
  for (auto& runs : keys.runs) {
    runs.resize(reader->Count(4 * sizeof(uint64_t)));
    for (CheckpointKeys::Run& run : runs) {
      run.name = reader->Text();
      run.digest = reader->Hash<ContentHash>();
      run.entries = reader->Number<uint64_t>();
    }
  }
  keys.deleted.resize(reader->Count(sizeof(uint64_t)));
  for (auto& fragments : keys.deleted) {
    fragments.resize(reader->Count(3 * sizeof(uint64_t)));
    for (CheckpointKeys::Deleted& fragment : fragments) {
      fragment.files = reader->Hash<ContentHash>();
      fragment.numbers.resize(reader->Count(sizeof(uint32_t)));
      for (uint32_t& number : fragment.numbers) number = reader->Number<uint32_t>();
    }
  }
  return keys;
}

}  // namespace

IncrementCounts AsIfNoneHadFailed(const IncrementCounts& counts) {
  return {.new_samples = counts.new_samples + counts.failed - counts.failed_stale,
          .stale = counts.stale + counts.failed_stale,
          .orphaned = counts.orphaned};
}

std::string Checkpoint::Encode() const {
  ByteWriter writer;
  writer.Raw(kMagic);
  writer.Text(fingerprint);
  for (const int64_t number : {counts.new_samples, counts.stale, counts.orphaned,
                               facts.expected_keys, facts.existing_keys, facts.tied_samples})
    writer.Number(number);
  writer.Number(static_cast<uint64_t>(tables.size()));
  for (const TableState& table : tables) Write(table, &writer);
  writer.Number(static_cast<uint8_t>(keys ? 1 : 0));
  if (keys) Write(*keys, &writer);
  writer.Number(static_cast<uint8_t>(failed ? 1 : 0));
  if (failed) {
    writer.Hash(failed->failures);
    writer.Number(failed->failed);
    writer.Number(failed->failed_stale);
  }
  writer.Text(store);
  writer.Text(subject);
  writer.Number(static_cast<uint8_t>(is_count ? 1 : 0));
  writer.Hash(HashContent(writer.bytes()));
  return std::move(writer.bytes());
}

bool Checkpoint::IsOfOtherRelease(std::string_view bytes) {
  return bytes.starts_with(kMagic.substr(0, kMagic.size() - 1)) && !bytes.starts_with(kMagic);
}

std::optional<Checkpoint> Checkpoint::Decode(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + sizeof(ContentHash) || !bytes.starts_with(kMagic))
    return std::nullopt;
  const std::string_view content = bytes.substr(0, bytes.size() - sizeof(ContentHash));
  ByteReader checksum(bytes.substr(content.size()));
  if (checksum.Hash<ContentHash>() != HashContent(content)) return std::nullopt;
  ByteReader reader(content.substr(kMagic.size()));
  Checkpoint checkpoint;
  checkpoint.fingerprint = reader.Text();
  for (int64_t* number : {&checkpoint.counts.new_samples, &checkpoint.counts.stale,
                          &checkpoint.counts.orphaned, &checkpoint.facts.expected_keys,
                          &checkpoint.facts.existing_keys, &checkpoint.facts.tied_samples})
    *number = reader.Number<int64_t>();
  checkpoint.tables.resize(reader.Count(3 * sizeof(uint64_t)));
  for (TableState& table : checkpoint.tables) table = ReadTable(&reader);
  if (reader.Number<uint8_t>() != 0) checkpoint.keys = ReadKeys(&reader);
  if (reader.Number<uint8_t>() != 0) {
    FailedBefore& failed = checkpoint.failed.emplace();
    failed.failures = reader.Hash<ContentHash>();
    failed.failed = reader.Number<int64_t>();
    failed.failed_stale = reader.Number<int64_t>();
  }
  checkpoint.store = reader.Text();
  checkpoint.subject = reader.Text();
  checkpoint.is_count = reader.Number<uint8_t>() != 0;
  if (!reader.complete()) return std::nullopt;
  return checkpoint;
}

}  // namespace metaxy::internal
