#include "versioning/scan/overlay_table.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "columns/exact_cast.h"
#include "columns/key_columns.h"
#include "filter/evaluate.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "versioning/scan/row_scan.h"

namespace metaxy::internal {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;
using Reader = std::shared_ptr<arrow::RecordBatchReader>;

// The ids of rows leave the upper byte for the number of the table.
constexpr int kLayerShift = 56;
constexpr uint64_t kMostLayers = uint64_t{1} << (64 - kLayerShift);
constexpr const char* kReading = "reading the samples of a store";

bool IsEqual(const arrow::Field& a, const arrow::Field& b) {
  return a.Equals(b, /*check_metadata=*/true);
}

// A field for the values of both.
arrow::Result<std::shared_ptr<arrow::Field>> Unify(const std::shared_ptr<arrow::Field>& a,
                                                   const std::shared_ptr<arrow::Field>& b) {
  if (IsEqual(*a, *b)) return a;
  const bool a_is_map = a->type()->id() == arrow::Type::MAP;
  const bool b_is_map = b->type()->id() == arrow::Type::MAP;
  if (a_is_map && b->type()->id() == arrow::Type::STRUCT) return a->WithNullable(true);
  if (b_is_map && a->type()->id() == arrow::Type::STRUCT) return b->WithNullable(true);
  // Metadata that differs, such as lists of categories, describes the values of one alone.
  const auto plain_a = a->RemoveMetadata();
  const auto plain_b = b->RemoveMetadata();
  return plain_a->MergeWith(*plain_b, arrow::Field::MergeOptions::Permissive());
}

arrow::Result<std::shared_ptr<arrow::Schema>> UnifySchemas(
    const std::vector<OverlayLayer>& layers) {
  arrow::FieldVector fields = layers.front().table->schema()->fields();
  for (size_t layer = 1; layer < layers.size(); ++layer) {
    for (const auto& field : layers[layer].table->schema()->fields()) {
      const auto known = std::find_if(fields.begin(), fields.end(), [&](const auto& each) {
        return each->name() == field->name();
      });
      if (known == fields.end()) {
        fields.push_back(field->WithNullable(true));
        continue;
      }
      const auto unified = Unify(*known, field);
      if (!unified.ok()) {
        return MakeError(
            ErrorCode::kMetadataSchema,
            fmt::format("column '{}' is {} in store '{}' and {} in '{}', which cannot be read as "
                        "one; read with fallback = \"feature\", or change one of the tables",
                        field->name(), (*known)->type()->ToString(), layers.front().store,
                        field->type()->ToString(), layers[layer].store));
      }
      *known = *unified;
    }
  }
  // What one of them lacks is null.
  for (auto& field : fields) {
    for (const OverlayLayer& layer : layers) {
      if (layer.table->schema()->GetFieldIndex(field->name()) < 0)
        field = field->WithNullable(true);
    }
  }
  return arrow::schema(std::move(fields));
}

// A column of the result, and the members that are requested of it; none for the whole column.
struct Wanted {
  std::shared_ptr<arrow::Field> field;
  std::vector<std::string> members = {};
};

// The field with just these members.
std::shared_ptr<arrow::Field> Narrowed(const std::shared_ptr<arrow::Field>& field,
                                       const std::vector<std::string>& members) {
  if (members.empty()) return field;
  const auto& type = static_cast<const arrow::StructType&>(*field->type());
  arrow::FieldVector fields;
  for (const std::string& member : members) fields.push_back(type.GetFieldByName(member));
  return field->WithType(arrow::struct_(std::move(fields)));
}

std::vector<Wanted> WantedColumns(const arrow::Schema& schema,
                                  const std::vector<ColumnPath>& paths) {
  std::vector<Wanted> wanted;
  for (const ColumnPath& path : paths) {
    auto found = std::find_if(wanted.begin(), wanted.end(), [&](const Wanted& each) {
      return each.field->name() == path.column;
    });
    if (found == wanted.end()) {
      wanted.push_back({schema.GetFieldByName(path.column)});
      found = wanted.end() - 1;
    }
    if (!path.member.empty()) found->members.push_back(path.member);
  }
  for (Wanted& each : wanted) each.field = Narrowed(each.field, each.members);
  return wanted;
}

// What a table has of the wanted columns.
std::vector<ColumnPath> PathsIn(const arrow::Schema& schema, const std::vector<Wanted>& wanted) {
  std::vector<ColumnPath> paths;
  for (const Wanted& each : wanted) {
    const auto stored = schema.GetFieldByName(each.field->name());
    if (!stored) continue;
    if (each.members.empty()) {
      paths.push_back({stored->name()});
      continue;
    }
    const auto& type = static_cast<const arrow::StructType&>(*stored->type());
    for (const std::string& member : each.members) {
      if (type.GetFieldIndex(member) >= 0) paths.push_back({stored->name(), member});
    }
  }
  return paths;
}

// The rows in the wanted columns; null for what they lack.
arrow::Result<Batch> Align(const arrow::RecordBatch& rows, const std::vector<Wanted>& wanted) {
  arrow::ArrayVector columns;
  arrow::FieldVector fields;
  for (const Wanted& each : wanted) {
    auto column = rows.GetColumnByName(each.field->name());
    if (!column) {
      ARROW_ASSIGN_OR_RAISE(column, arrow::MakeArrayOfNull(each.field->type(), rows.num_rows()));
    } else if (!column->type()->Equals(*each.field->type())) {
      ARROW_ASSIGN_OR_RAISE(column, CastColumn(column, *each.field, each.field->name()));
    }
    columns.push_back(std::move(column));
    fields.push_back(each.field);
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows.num_rows(),
                                  std::move(columns));
}

arrow::Result<std::vector<KeyHash>> HashesOf(const arrow::RecordBatch& rows,
                                             const std::vector<std::string>& names,
                                             const KeyHasher& hasher) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const std::string& name : names) columns.push_back(rows.GetColumnByName(name));
  ARROW_ASSIGN_OR_RAISE(const KeyColumns keys, KeyColumns::Make(std::move(columns), names));
  std::vector<KeyHash> hashes;
  keys.Hash(hasher, &hashes);
  return hashes;
}

arrow::Result<Batch> Filtered(const Batch& rows, const std::vector<bool>& kept) {
  arrow::BooleanBuilder mask;
  ARROW_RETURN_NOT_OK(mask.AppendValues(kept));
  ARROW_ASSIGN_OR_RAISE(const auto array, mask.Finish());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum filtered,
                        arrow::compute::Filter(arrow::Datum(rows), arrow::Datum(array)));
  return filtered.record_batch();
}

// The ids of a table that is not the first one.
arrow::Result<std::shared_ptr<arrow::Array>> Shifted(const arrow::Array& column, uint64_t layer) {
  const auto& ids = static_cast<const arrow::UInt64Array&>(column);
  arrow::UInt64Builder shifted;
  ARROW_RETURN_NOT_OK(shifted.Reserve(ids.length()));
  for (int64_t row = 0; row < ids.length(); ++row) {
    if ((ids.Value(row) >> kLayerShift) != 0) {
      return MakeError(ErrorCode::kNotSupported,
                       "a table has too many fragments to be read together with those of other "
                       "stores; compact it");
    }
    shifted.UnsafeAppend(ids.Value(row) | (layer << kLayerShift));
  }
  return shifted.Finish();
}

}  // namespace

void KeySet::Add(const KeyHash& key) {
  if ((size_ + 1) * 2 > slots_.size()) {
    KeySet larger;
    larger.slots_.resize(std::max<size_t>(slots_.size() * 2, 1024));
    larger.taken_.resize(larger.slots_.size());
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      if (taken_[slot]) larger.Add(slots_[slot]);
    }
    *this = std::move(larger);
  }
  size_t slot = key.low & (slots_.size() - 1);
  while (taken_[slot] && !(slots_[slot] == key)) slot = (slot + 1) & (slots_.size() - 1);
  if (taken_[slot]) return;
  taken_[slot] = true;
  slots_[slot] = key;
  ++size_;
}

bool KeySet::Contains(const KeyHash& key) const {
  if (slots_.empty()) return false;
  size_t slot = key.low & (slots_.size() - 1);
  while (taken_[slot]) {
    if (slots_[slot] == key) return true;
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return false;
}

struct OverlayTable::Parts {
  Parts(std::vector<OverlayLayer> tables, std::vector<std::string> ids,
        std::optional<std::string> version, Interrupt stop)
      : layers(std::move(tables)),
        id_columns(std::move(ids)),
        feature_version(std::move(version)),
        interrupt(std::move(stop)) {}

  std::vector<OverlayLayer> layers;
  std::vector<std::string> id_columns;
  std::optional<std::string> feature_version;
  Interrupt interrupt;
  KeyHasher hasher = KeyHasher::Random();
  std::mutex mutex;                  // of the first scan
  std::vector<KeySet> samples = {};  // of each table but the last, once they are known

  bool IsHidden(const KeyHash& key, size_t layer) const {
    for (size_t above = 0; above < layer; ++above) {
      if (samples[above].Contains(key)) return true;
    }
    return false;
  }
};

// One table of a scan: rows that are not hidden, in the columns of the result.
class OverlayTable::LayerReader {
 public:
  LayerReader(std::shared_ptr<const Parts> parts, size_t layer,
              std::shared_ptr<arrow::Schema> schema)
      : parts_(std::move(parts)), layer_(layer), schema_(std::move(schema)) {}

  arrow::Status Open(const ScanRequest& request, size_t num_columns) {
    const TableSnapshot& table = *parts_->layers[layer_].table;
    num_columns_ = num_columns;
    with_row_id_ = request.with_row_id;
    wanted_ = WantedColumns(*schema_, request.columns);
    ScanRequest own = request;
    own.filters.clear();
    for (const auto& filter : request.filters) {
      const std::vector<std::string> columns = ReferencedColumns(filter);
      const bool as_stored = std::all_of(columns.begin(), columns.end(), [&](const auto& name) {
        const auto stored = table.schema()->GetFieldByName(name);
        const auto unified = schema_->GetFieldByName(name);
        // An unknown column is for the table to refuse.
        return !unified || (stored && stored->type()->Equals(*unified->type()));
      });
      if (as_stored) {
        own.filters.push_back(filter);
        continue;
      }
      for (const std::string& name : columns) Need(name);
      filters_.push_back(filter);
    }
    if (layer_ > 0) {
      for (const std::string& name : parts_->id_columns) Need(name);
    }
    own.columns = PathsIn(*table.schema(), wanted_);
    // Rows are counted by a column.
    if (own.columns.empty()) own.with_row_id = true;
    return table.Scan(own).Value(&rows_);
  }

  // Null after the last rows.
  arrow::Result<Batch> Next() {
    while (true) {
      Batch rows;
      ARROW_RETURN_NOT_OK(rows_->ReadNext(&rows));
      if (!rows) return nullptr;
      ARROW_ASSIGN_OR_RAISE(Batch aligned, Align(*rows, wanted_));
      if (with_row_id_) {
        ARROW_ASSIGN_OR_RAISE(const auto ids,
                              Shifted(*rows->GetColumnByName(kRowIdColumn), layer_));
        ARROW_ASSIGN_OR_RAISE(aligned,
                              aligned->AddColumn(aligned->num_columns(), kRowIdColumn, ids));
      }
      ARROW_ASSIGN_OR_RAISE(aligned, Visible(aligned));
      for (const auto& filter : filters_) {
        ARROW_ASSIGN_OR_RAISE(const BoundFilter bound,
                              BoundFilter::Make(filter, aligned->schema()));
        ARROW_ASSIGN_OR_RAISE(aligned, bound.Apply(aligned));
      }
      if (aligned->num_rows() == 0) continue;
      std::vector<int> columns;
      for (size_t i = 0; i < num_columns_; ++i) columns.push_back(static_cast<int>(i));
      if (with_row_id_) columns.push_back(aligned->num_columns() - 1);
      return aligned->SelectColumns(columns);
    }
  }

 private:
  // A column that decides, but is no part of the result.
  void Need(const std::string& name) {
    const auto field = schema_->GetFieldByName(name);
    const auto found = std::find_if(wanted_.begin(), wanted_.end(),
                                    [&](const Wanted& each) { return each.field->name() == name; });
    if (field && found == wanted_.end()) wanted_.push_back({field});
  }

  arrow::Result<Batch> Visible(const Batch& rows) const {
    if (layer_ == 0) return rows;
    ARROW_ASSIGN_OR_RAISE(const auto hashes, HashesOf(*rows, parts_->id_columns, parts_->hasher));
    std::vector<bool> kept(hashes.size());
    for (size_t row = 0; row < hashes.size(); ++row)
      kept[row] = !parts_->IsHidden(hashes[row], layer_);
    if (std::find(kept.begin(), kept.end(), false) == kept.end()) return rows;
    return Filtered(rows, kept);
  }

  std::shared_ptr<const Parts> parts_;
  size_t layer_;
  std::shared_ptr<arrow::Schema> schema_;  // of the overlay
  std::vector<Wanted> wanted_;
  size_t num_columns_ = 0;  // of them in the result
  bool with_row_id_ = false;
  std::vector<arrow::compute::Expression> filters_;  // that the table cannot evaluate
  Reader rows_;
};

// The rows of one table after the other.
class OverlayTable::ChainReader final : public arrow::RecordBatchReader {
 public:
  ChainReader(std::shared_ptr<const Parts> parts, std::shared_ptr<arrow::Schema> overlay,
              ScanRequest request)
      : parts_(std::move(parts)), overlay_(std::move(overlay)), request_(std::move(request)) {
    arrow::FieldVector fields;
    for (const Wanted& each : WantedColumns(*overlay_, request_.columns))
      fields.push_back(each.field);
    num_columns_ = fields.size();
    if (request_.with_row_id) fields.push_back(arrow::field(kRowIdColumn, arrow::uint64()));
    schema_ = arrow::schema(std::move(fields));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(Batch* batch) override {
    batch->reset();
    while (next_ < parts_->layers.size() || layer_) {
      if (!layer_) {
        layer_.emplace(parts_, next_++, overlay_);
        ARROW_RETURN_NOT_OK(layer_->Open(request_, num_columns_));
      }
      ARROW_ASSIGN_OR_RAISE(const Batch rows, layer_->Next());
      if (rows) {
        *batch = arrow::RecordBatch::Make(schema_, rows->num_rows(), rows->columns());
        return arrow::Status::OK();
      }
      layer_.reset();
    }
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<const Parts> parts_;
  std::shared_ptr<arrow::Schema> overlay_;
  ScanRequest request_;
  size_t num_columns_ = 0;
  std::shared_ptr<arrow::Schema> schema_;
  std::optional<LayerReader> layer_;
  size_t next_ = 0;
};

arrow::Result<std::shared_ptr<const OverlayTable>> OverlayTable::Make(
    std::vector<OverlayLayer> layers, std::vector<std::string> id_columns,
    const std::optional<std::string>& feature_version, const Interrupt& interrupt) {
  if (layers.size() > kMostLayers) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("a chain of {} stores is too long for an overlay; it may have {}",
                                 layers.size(), kMostLayers));
  }
  ARROW_ASSIGN_OR_RAISE(auto schema, UnifySchemas(layers));
  for (const std::string& name : id_columns) {
    if (schema->GetFieldIndex(name) >= 0) continue;
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("no table of the stores '{}' to '{}' has the id column '{}'",
                                 layers.front().store, layers.back().store, name));
  }
  auto parts =
      std::make_shared<Parts>(std::move(layers), std::move(id_columns), feature_version, interrupt);
  return std::shared_ptr<const OverlayTable>(new OverlayTable(std::move(parts), std::move(schema)));
}

arrow::Status OverlayTable::ReadSamples() const {
  const std::lock_guard<std::mutex> lock(parts_->mutex);
  while (parts_->samples.size() + 1 < parts_->layers.size()) {
    // Rows of a table are not hidden by themselves: those before it have been read.
    ScanRequest scan{.with_row_id = false};
    for (const std::string& name : parts_->id_columns) scan.columns.push_back({name});
    if (const auto filter = VersionFilter(parts_->feature_version)) scan.filters.push_back(*filter);
    scan.LimitMemory(MemoryScope::Current());
    LayerReader reader(parts_, parts_->samples.size(), schema_);
    ARROW_RETURN_NOT_OK(reader.Open(scan, parts_->id_columns.size()));
    KeySet samples;
    while (true) {
      ARROW_RETURN_NOT_OK(parts_->interrupt.Check(kReading));
      ARROW_ASSIGN_OR_RAISE(const Batch rows, reader.Next());
      if (!rows) break;
      ARROW_ASSIGN_OR_RAISE(const auto hashes, HashesOf(*rows, parts_->id_columns, parts_->hasher));
      for (const KeyHash& key : hashes) samples.Add(key);
    }
    parts_->samples.push_back(std::move(samples));
  }
  return arrow::Status::OK();
}

// Which rows are hidden depends on ids and versions, whatever is read.
arrow::Result<std::optional<TableState>> OverlayTable::State(
    const std::vector<ColumnPath>& columns) const {
  std::vector<ColumnPath> all = columns;
  for (const std::string& name : parts_->id_columns) all.push_back({name});
  all.push_back({std::string(kFeatureVersion)});
  TableState state;
  for (const ColumnPath& path : columns) state.columns.push_back({path, ""});
  for (size_t layer = 0; layer < parts_->layers.size(); ++layer) {
    ARROW_ASSIGN_OR_RAISE(const auto known, parts_->layers[layer].table->State(all));
    if (!known) return std::nullopt;
    std::string stored;
    for (const TableState::Column& column : known->columns) stored += column.stored + ";";
    for (size_t i = 0; i < columns.size(); ++i)
      state.columns[i].stored += known->columns[i].stored + ";";
    for (const FragmentState& fragment : known->fragments) {
      const std::string place =
          fmt::format("{}:{}:{}:{}", layer, stored, fragment.files.low, fragment.files.high);
      state.fragments.push_back({fragment.id, HashContent(place), fragment.deletions, /*rows=*/-1});
    }
  }
  return state;
}

arrow::Result<int64_t> OverlayTable::NumRows() const {
  int64_t rows = 0;
  for (const OverlayLayer& layer : parts_->layers) {
    ARROW_ASSIGN_OR_RAISE(const int64_t more, layer.table->NumRows());
    rows += more;
  }
  return rows;
}

arrow::Result<Reader> OverlayTable::Scan(const ScanRequest& request) const {
  ARROW_RETURN_NOT_OK(ReadSamples());
  return std::make_shared<ChainReader>(parts_, schema_, request);
}

arrow::Result<Batch> OverlayTable::Take(std::span<const uint64_t> row_ids,
                                        const std::vector<std::string>& columns) const {
  std::vector<ColumnPath> paths;
  for (const std::string& name : columns) paths.push_back({name});
  const std::vector<Wanted> wanted = WantedColumns(*schema_, paths);
  arrow::RecordBatchVector taken;
  // They are ascending, and so are the tables.
  for (size_t begin = 0; begin < row_ids.size();) {
    const uint64_t layer = row_ids[begin] >> kLayerShift;
    std::vector<uint64_t> own;
    for (; begin < row_ids.size() && row_ids[begin] >> kLayerShift == layer; ++begin)
      own.push_back(row_ids[begin] & ((uint64_t{1} << kLayerShift) - 1));
    const TableSnapshot& table = *parts_->layers.at(layer).table;
    std::vector<std::string> stored;
    for (const ColumnPath& path : PathsIn(*table.schema(), wanted)) stored.push_back(path.column);
    // A table that has none of them still has the rows.
    if (stored.empty()) stored.push_back(table.schema()->field(0)->name());
    ARROW_ASSIGN_OR_RAISE(const Batch rows, table.Take(own, stored));
    ARROW_ASSIGN_OR_RAISE(taken.emplace_back(), Align(*rows, wanted));
  }
  arrow::FieldVector fields;
  for (const Wanted& each : wanted) fields.push_back(each.field);
  const auto schema = arrow::schema(std::move(fields));
  if (taken.empty()) return arrow::RecordBatch::MakeEmpty(schema);
  ARROW_ASSIGN_OR_RAISE(const Batch all, arrow::ConcatenateRecordBatches(taken));
  return arrow::RecordBatch::Make(schema, all->num_rows(), all->columns());
}

}  // namespace metaxy::internal
