#include "versioning/resolve/increment_slice.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <fmt/format.h>

#include <algorithm>

#include "versioning/summary/row_table.h"

namespace metaxy::internal {
namespace {

constexpr SealedKind kSlice{.kind = "slice", .format = "1", .made_by = "SliceIncrement()"};

// Rows are mostly next to each other, and then take a byte.
template <class T>
void WriteSteps(const std::vector<T>& numbers, ByteWriter* writer) {
  writer->Number(static_cast<uint64_t>(numbers.size()));
  uint64_t before = 0;
  for (const T number : numbers) {
    writer->Step(number, before);
    before = number;
  }
}

template <class T>
std::vector<T> ReadSteps(ByteReader* reader) {
  std::vector<T> numbers(reader->Count(1));
  uint64_t before = 0;
  for (T& number : numbers) {
    before = reader->Step(before);
    number = static_cast<T>(before);
  }
  return numbers;
}

template <class T>
void WriteColumns(const std::vector<std::vector<T>>& columns, ByteWriter* writer) {
  writer->Number(static_cast<uint64_t>(columns.size()));
  for (const std::vector<T>& column : columns) WriteSteps(column, writer);
}

template <class T>
std::vector<std::vector<T>> ReadColumns(ByteReader* reader) {
  std::vector<std::vector<T>> columns(reader->Count(sizeof(uint64_t)));
  for (std::vector<T>& column : columns) column = ReadSteps<T>(reader);
  return columns;
}

// Whether what is read can be followed without looking again.
bool IsConsistent(const IncrementSlice& slice) {
  if (slice.part > IncrementPart::kFailed) return false;
  if (slice.stream) return slice.tables.empty();
  if (slice.row_ids.size() != slice.tables.size()) return false;
  if (slice.part == IncrementPart::kOrphaned) {
    uint64_t rows = 0;
    for (const uint32_t size : slice.group_sizes) {
      if (size == 0) return false;
      rows += size;
    }
    return slice.tables.size() == 1 && slice.group_sizes.size() == slice.rows &&
           slice.row_ids.front().size() == rows;
  }
  const auto whole = [&](const auto& column) { return column.size() == slice.rows; };
  if (!std::all_of(slice.row_ids.begin(), slice.row_ids.end(), whole)) return false;
  return std::all_of(slice.groups.begin(), slice.groups.end(), [&](const auto& column) {
    return whole(column) && std::all_of(column.begin(), column.end(), [&](uint32_t number) {
             return number == kNoRow || number < slice.group_versions.size();
           });
  });
}

}  // namespace

arrow::Result<std::optional<TablePin>> PinOf(const TableSnapshot& table, const std::string& place,
                                             const std::vector<std::string>& id_columns) {
  if (place.empty() || table.version() == 0) return std::nullopt;
  std::vector<ColumnPath> columns;
  for (const std::string& name : id_columns) columns.push_back({name});
  ARROW_ASSIGN_OR_RAISE(const auto state, table.State(columns));
  if (!state) return std::nullopt;
  ByteWriter content;
  for (const FragmentState& fragment : state->fragments) {
    content.Number(fragment.id);
    content.Hash(fragment.files);
    content.Hash(fragment.deletions);
  }
  return TablePin{HashContent(place), table.version(), HashContent(content.bytes())};
}

void WritePin(const TablePin& pin, ByteWriter* writer) {
  writer->Hash(pin.place);
  writer->Number(pin.version);
  writer->Hash(pin.content);
}

TablePin ReadPin(ByteReader* reader) {
  TablePin pin;
  pin.place = reader->Hash<ContentHash>();
  pin.version = reader->Number<uint64_t>();
  pin.content = reader->Hash<ContentHash>();
  return pin;
}

std::vector<std::string> IdColumnsOf(const FeaturePlan& plan, size_t table) {
  const FeatureSpec& feature = plan.feature();
  if (table >= feature.deps.size()) return feature.id_columns;
  return plan.FindParent(feature.deps[table].feature)->id_columns;
}

std::string HashingOf(HashAlgorithm algorithm, int truncation) {
  return fmt::format("{}, {} characters", HashAlgorithmName(algorithm), truncation);
}

std::string IncrementSlice::Serialise() const {
  ByteWriter writer;
  writer.Text(feature);
  writer.Text(feature_version);
  writer.Text(hashing);
  writer.Number(static_cast<uint8_t>(part));
  writer.Number(rows);
  writer.Number(static_cast<uint64_t>(tables.size()));
  for (const TablePin& pin : tables) WritePin(pin, &writer);
  WriteColumns(row_ids, &writer);
  WriteColumns(groups, &writer);
  writer.Texts(group_versions);
  WriteSteps(group_sizes, &writer);
  writer.Texts(predicates);
  writer.Number(static_cast<uint8_t>(stream ? 1 : 0));
  if (stream) writer.Raw(*stream);
  return Seal(kSlice, writer.bytes());
}

arrow::Result<IncrementSlice> IncrementSlice::Parse(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view content, Unseal(kSlice, bytes));
  ByteReader reader(content);
  IncrementSlice slice;
  slice.feature = reader.Text();
  slice.feature_version = reader.Text();
  slice.hashing = reader.Text();
  slice.part = static_cast<IncrementPart>(reader.Number<uint8_t>());
  slice.rows = reader.Number<uint64_t>();
  slice.tables.resize(reader.Count(5 * sizeof(uint64_t)));
  for (TablePin& pin : slice.tables) pin = ReadPin(&reader);
  slice.row_ids = ReadColumns<uint64_t>(&reader);
  slice.groups = ReadColumns<uint32_t>(&reader);
  slice.group_versions = reader.Texts();
  slice.group_sizes = ReadSteps<uint32_t>(&reader);
  slice.predicates = reader.Texts();
  if (reader.Number<uint8_t>() != 0) slice.stream = reader.Rest();
  if (!reader.complete() || !IsConsistent(slice)) return NotSealed(kSlice, "they are incomplete");
  return slice;
}

void SetRows(const Outcome& some, const std::vector<SliceTable>& tables, IncrementSlice* slice) {
  const Tuples& tuples = some.new_samples;
  slice->rows = tuples.size();
  slice->group_versions = some.group_versions;
  std::vector<uint32_t> positions;
  for (size_t i = 0; i < tables.size(); ++i) {
    slice->tables.push_back(tables[i].pin);
    positions.clear();
    for (size_t row = 0; row < tuples.size(); ++row) {
      if (tuples.at(row, i) != kNoRow) positions.push_back(tuples.at(row, i));
    }
    const std::vector<uint64_t> found = tables[i].row_ids(positions);
    std::vector<uint64_t>& ids = slice->row_ids.emplace_back();
    ids.reserve(tuples.size());
    auto next = found.begin();
    for (size_t row = 0; row < tuples.size(); ++row)
      ids.push_back(tuples.at(row, i) == kNoRow ? IncrementSlice::kNoRowId : *next++);
  }
  for (size_t column = tables.size(); column < tuples.width(); ++column) {
    std::vector<uint32_t>& numbers = slice->groups.emplace_back();
    for (size_t row = 0; row < tuples.size(); ++row) numbers.push_back(tuples.at(row, column));
  }
}

void SetOrphaned(const RowGroups& groups, size_t begin, size_t count, const SliceTable& table,
                 IncrementSlice* slice) {
  slice->rows = count;
  slice->tables = {table.pin};
  std::vector<uint32_t> positions;
  for (size_t i = begin; i < begin + count; ++i) {
    const auto group = groups.group(i);
    slice->group_sizes.push_back(static_cast<uint32_t>(group.size()));
    positions.insert(positions.end(), group.begin(), group.end());
  }
  slice->row_ids = {table.row_ids(positions)};
}

arrow::Status SetStream(arrow::RecordBatchReader& rows, IncrementSlice* slice) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeStreamWriter(sink, rows.schema()));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows.ReadNext(&batch));
    if (!batch) break;
    slice->rows += static_cast<uint64_t>(batch->num_rows());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(const auto buffer, sink->Finish());
  slice->stream = buffer->ToString();
  return arrow::Status::OK();
}

}  // namespace metaxy::internal
