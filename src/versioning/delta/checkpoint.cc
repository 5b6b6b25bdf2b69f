#include "versioning/delta/checkpoint.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace metaxy::internal {
namespace {

// The last digit changes with the layout.
constexpr std::string_view kMagic = "mxdelta3";

class Writer {
 public:
  template <class T>
  void Number(T number) {
    static_assert(std::is_integral_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void Text(std::string_view text) {
    Number(static_cast<uint64_t>(text.size()));
    bytes_.append(text);
  }
  void Hash(const ContentHash& hash) {
    Number(hash.low);
    Number(hash.high);
  }
  void Raw(std::string_view text) { bytes_.append(text); }

  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// Reads past the end give zeros, and are noticed at last.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T Number() {
    T number{};
    const std::string_view raw = Raw(sizeof number);
    if (!raw.empty()) std::memcpy(&number, raw.data(), sizeof number);
    return number;
  }
  std::string Text() { return std::string(Raw(Number<uint64_t>())); }
  ContentHash Hash() {
    const auto low = Number<uint64_t>();
    return {low, Number<uint64_t>()};
  }
  // How many elements follow, of so many bytes each at least.
  size_t Count(size_t smallest) {
    const auto count = Number<uint64_t>();
    if (count > bytes_.size() / smallest) {
      failed_ = true;
      return 0;
    }
    return static_cast<size_t>(count);
  }

  bool complete() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view Raw(uint64_t size) {
    if (failed_ || size > bytes_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view raw = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return raw;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

void Write(const TableState& table, Writer* writer) {
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

TableState ReadTable(Reader* reader) {
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
    fragment.files = reader->Hash();
    fragment.deletions = reader->Hash();
    fragment.rows = reader->Number<int64_t>();
  }
  return table;
}

void Write(const CheckpointKeys& keys, Writer* writer) {
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

CheckpointKeys ReadKeys(Reader* reader) {
  CheckpointKeys keys;
  keys.seed = reader->Number<uint64_t>();
  keys.pending.resize(reader->Count(sizeof(KeyPrefix)));
  for (KeyPrefix& prefix : keys.pending) prefix = reader->Number<KeyPrefix>();
  keys.runs.resize(reader->Count(sizeof(uint64_t)));
  for (auto& runs : keys.runs) {
    runs.resize(reader->Count(4 * sizeof(uint64_t)));
    for (CheckpointKeys::Run& run : runs) {
      run.name = reader->Text();
      run.digest = reader->Hash();
      run.entries = reader->Number<uint64_t>();
    }
  }
  keys.deleted.resize(reader->Count(sizeof(uint64_t)));
  for (auto& fragments : keys.deleted) {
    fragments.resize(reader->Count(3 * sizeof(uint64_t)));
    for (CheckpointKeys::Deleted& fragment : fragments) {
      fragment.files = reader->Hash();
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
  Writer writer;
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
  Reader checksum(bytes.substr(content.size()));
  if (checksum.Hash() != HashContent(content)) return std::nullopt;
  Reader reader(content.substr(kMagic.size()));
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
    failed.failures = reader.Hash();
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
