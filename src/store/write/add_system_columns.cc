#include "store/write/add_system_columns.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/scalar.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "columns/entry_list.h"
#include "columns/key_columns.h"
#include "columns/stored_types.h"
#include "columns/value_string.h"
#include "columns/version_strings.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/write/column_names.h"
#include "store/write/lossy_value.h"
#include "store/write/storable_types.h"
#include "store/write/table_writer.h"
#include "store/write/valid_strings.h"
#include "versioning/hash/provenance.h"

namespace metaxy::internal {
namespace {

// A batch whose columns are set one by one.
class Frame {
 public:
  /// `id_columns`, which must outlive the frame, identify rows in messages.
  Frame(std::shared_ptr<arrow::RecordBatch> rows, const std::vector<std::string>& id_columns)
      : rows_(std::move(rows)), id_columns_(id_columns) {}

  const std::shared_ptr<arrow::RecordBatch>& rows() const { return rows_; }
  std::shared_ptr<arrow::Array> Get(std::string_view name) const {
    return rows_->GetColumnByName(std::string(name));
  }
  bool Has(std::string_view name) const {
    return rows_->schema()->GetFieldIndex(std::string(name)) >= 0;
  }

  arrow::Status Set(std::string_view name, const std::shared_ptr<arrow::Array>& values) {
    const int index = rows_->schema()->GetFieldIndex(std::string(name));
    const auto field = arrow::field(std::string(name), values->type());
    ARROW_ASSIGN_OR_RAISE(rows_, index < 0 ? rows_->AddColumn(rows_->num_columns(), field, values)
                                           : rows_->SetColumn(index, field, values));
    return arrow::Status::OK();
  }

  arrow::Status SetText(std::string_view name, const std::optional<std::string>& value) {
    const auto length = rows_->num_rows();
    if (!value) {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(arrow::large_utf8(), length));
      return Set(name, nulls);
    }
    ARROW_ASSIGN_OR_RAISE(auto values,
                          arrow::MakeArrayFromScalar(arrow::LargeStringScalar(*value), length));
    return Set(name, values);
  }

  arrow::Status SetTimestamp(std::string_view name, int64_t micros) {
    ARROW_ASSIGN_OR_RAISE(
        auto values, arrow::MakeArrayFromScalar(
                         arrow::TimestampScalar(micros, TimestampColumnType()), rows_->num_rows()));
    return Set(name, values);
  }

  // Casts a user-supplied column to the type in which it is stored.
  arrow::Status Cast(std::string_view name, const std::shared_ptr<arrow::DataType>& type) {
    ARROW_ASSIGN_OR_RAISE(auto values, InType(name, type));
    return Set(name, values);
  }

  arrow::Result<std::shared_ptr<arrow::Array>> InType(
      std::string_view name, const std::shared_ptr<arrow::DataType>& type) const {
    const auto field = arrow::field(std::string(name), type);
    auto values = CastColumn(Get(name), *field, field->name());
    if (values.ok()) return values;
    return NameRefusedValue(values.status(), *rows_, *field, id_columns_, [&](const auto& part) {
      return CastColumn(part, *field, field->name()).ok();
    });
  }

 private:
  std::shared_ptr<arrow::RecordBatch> rows_;
  const std::vector<std::string>& id_columns_;
};

arrow::Status CheckByField(const FeatureSpec& spec, const Frame& frame, std::string_view name) {
  const auto column = frame.Get(name);
  if (!column) {
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("rows of feature '{}' need a column '{}', a struct with a member "
                                 "per field; they have: {}",
                                 spec.key.ToString(), name,
                                 fmt::join(frame.rows()->schema()->field_names(), ", ")));
  }
  const auto type = column->type_id();
  if (type == arrow::Type::STRUCT || type == arrow::Type::MAP || IsEntryList(*column->type()))
    return arrow::Status::OK();
  return MakeError(
      ErrorCode::kMetadataSchema,
      fmt::format("column '{}' of feature '{}' must be a struct or a map of strings, got {}", name,
                  spec.key.ToString(), column->type()->ToString()));
}

// Id types that `resolve` refuses are refused before they are stored.
arrow::Status CheckIdColumns(const FeatureSpec& spec, const Frame& frame) {
  for (const std::string& id : spec.id_columns) {
    if (frame.Has(id)) {
      ARROW_RETURN_NOT_OK(KeyColumns::CheckType(*frame.Get(id)->type(), id));
      continue;
    }
    return MakeError(ErrorCode::kMetadataSchema,
                     fmt::format("rows of feature '{}' lack its id column '{}'; they have: {}",
                                 spec.key.ToString(), id,
                                 fmt::join(frame.rows()->schema()->field_names(), ", ")));
  }
  return arrow::Status::OK();
}

// A struct type with the members of both, or `type` if they are not structs: the rows may include
// some of a version of the feature with fewer fields.
std::shared_ptr<arrow::DataType> WithMembersOf(const std::shared_ptr<arrow::DataType>& type,
                                               const arrow::DataType& other) {
  if (type->id() != arrow::Type::STRUCT || other.id() != arrow::Type::STRUCT) return type;
  arrow::FieldVector members = type->fields();
  const auto& known = static_cast<const arrow::StructType&>(*type);
  for (const auto& member : other.fields()) {
    if (known.GetFieldIndex(member->name()) < 0) members.push_back(member);
  }
  return arrow::struct_(std::move(members));
}

// The reference casts two version columns to one type before it fills nulls of one from the other:
// values of a member that is a string in the other one become the strings they are hashed as, which
// differ from LanceDB's string form in a string column.
arrow::Status MakeStringsAsIn(std::string_view other, std::string_view name, Frame* frame) {
  const auto column = frame->Get(name);
  const auto& other_type = *frame->Get(other)->type();
  if (column->type_id() != arrow::Type::STRUCT || other_type.id() != arrow::Type::STRUCT)
    return arrow::Status::OK();
  const auto& structs = static_cast<const arrow::StructArray&>(*column);
  const auto& others = static_cast<const arrow::StructType&>(other_type);
  arrow::FieldVector fields = structs.type()->fields();
  arrow::ArrayVector members;
  bool changed = false;
  for (int i = 0; i < structs.num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto member, structs.GetFlattenedField(i));
    auto& field = fields[static_cast<size_t>(i)];
    const auto twin = others.GetFieldByName(field->name());
    const bool untyped = member->type_id() == arrow::Type::NA;
    if (twin && IsString(*twin->type()) && !IsString(*member->type()) && !untyped) {
      ARROW_ASSIGN_OR_RAISE(const VersionStrings texts,
                            VersionStrings::FromArray(member, field->name()));
      member = texts.array();
      field = field->WithType(member->type());
      changed = true;
    }
    members.push_back(std::move(member));
  }
  if (!changed) return arrow::Status::OK();
  std::shared_ptr<arrow::Buffer> validity;
  if (structs.null_count() > 0) {
    ARROW_ASSIGN_OR_RAISE(validity, arrow::internal::CopyBitmap(
                                        arrow::default_memory_pool(), structs.null_bitmap_data(),
                                        structs.offset(), structs.length()));
  }
  return frame->Set(name, std::make_shared<arrow::StructArray>(arrow::struct_(std::move(fields)),
                                                               structs.length(), std::move(members),
                                                               std::move(validity)));
}

// A column; where it is null as a whole, the value of another one.
arrow::Result<std::shared_ptr<arrow::Array>> FillNull(const Frame& frame, std::string_view name,
                                                      std::string_view otherwise) {
  const auto type = WithMembersOf(frame.Get(name)->type(), *frame.Get(otherwise)->type());
  Frame texts = frame;
  ARROW_RETURN_NOT_OK(MakeStringsAsIn(name, otherwise, &texts));
  ARROW_ASSIGN_OR_RAISE(auto fallback, texts.InType(otherwise, type));
  ARROW_ASSIGN_OR_RAISE(auto own, frame.InType(name, type));
  if (own->null_count() == 0) return own;
  ARROW_ASSIGN_OR_RAISE(arrow::Datum valid, arrow::compute::IsValid(own));
  ARROW_ASSIGN_OR_RAISE(arrow::Datum filled, arrow::compute::IfElse(valid, own, fallback));
  return filled.make_array();
}

arrow::Status AddVersions(const WriteStamp& stamp, Frame* frame) {
  if (stamp.preserve_feature_version && frame->Has(kFeatureVersion) &&
      frame->Has(kProjectVersion)) {
    ARROW_RETURN_NOT_OK(frame->Cast(kFeatureVersion, arrow::large_utf8()));
    return frame->Cast(kProjectVersion, arrow::large_utf8());
  }
  ARROW_RETURN_NOT_OK(frame->SetText(kFeatureVersion, stamp.feature_version));
  return frame->SetText(kProjectVersion, stamp.project_version);
}

// Deletions that the caller has dated.
void KeepGiven(const arrow::Array& timestamps, WriteTime* time) {
  const auto& values = static_cast<const arrow::TimestampArray&>(timestamps);
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsValid(i)) time->KeepGiven(values.Value(i));
  }
}

arrow::Status AddTimestamps(const WriteStamp& stamp, Frame* frame) {
  if (frame->Has(kCreatedAt)) {
    ARROW_RETURN_NOT_OK(frame->Cast(kCreatedAt, TimestampColumnType()));
  } else {
    ARROW_RETURN_NOT_OK(frame->SetTimestamp(kCreatedAt, stamp.time->first()));
  }
  if (stamp.times != RowTimes::kWritten && frame->Has(kUpdatedAt)) {
    ARROW_RETURN_NOT_OK(frame->Cast(kUpdatedAt, TimestampColumnType()));
  } else {
    ARROW_RETURN_NOT_OK(frame->SetTimestamp(kUpdatedAt, stamp.time->first()));
  }
  if (frame->Has(kDeletedAt)) {
    ARROW_RETURN_NOT_OK(frame->Cast(kDeletedAt, TimestampColumnType()));
    if (stamp.times != RowTimes::kDeleted) KeepGiven(*frame->Get(kDeletedAt), stamp.time.get());
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto nulls,
                        arrow::MakeArrayOfNull(TimestampColumnType(), frame->rows()->num_rows()));
  return frame->Set(kDeletedAt, nulls);
}

arrow::Status AddDataVersions(const FeatureSpec& spec, const RowHasher& hasher, Frame* frame) {
  const auto by_field = frame->Get(kProvenanceByField);
  const auto provenance = frame->Get(kProvenance);
  const bool untyped = frame->Has(kDataVersionByField) &&
                       frame->Get(kDataVersionByField)->type_id() == arrow::Type::NA;
  if (!frame->Has(kDataVersionByField)) {
    ARROW_RETURN_NOT_OK(frame->Set(kDataVersionByField, by_field));
    return frame->Set(kDataVersion, provenance);
  }
  if (untyped) {
    ARROW_RETURN_NOT_OK(frame->Set(kDataVersionByField, by_field));
  } else {
    ARROW_RETURN_NOT_OK(CheckByField(spec, *frame, kDataVersionByField));
    ARROW_RETURN_NOT_OK(MakeStringsAsIn(kProvenanceByField, kDataVersionByField, frame));
    ARROW_ASSIGN_OR_RAISE(auto filled, FillNull(*frame, kDataVersionByField, kProvenanceByField));
    ARROW_RETURN_NOT_OK(frame->Set(kDataVersionByField, filled));
  }
  if (!frame->Has(kDataVersion)) {
    ARROW_ASSIGN_OR_RAISE(auto hashes, HashByField(spec, frame->Get(kDataVersionByField),
                                                   kDataVersionByField, hasher));
    return frame->Set(kDataVersion, hashes);
  }
  ARROW_RETURN_NOT_OK(frame->Cast(kDataVersion, arrow::large_utf8()));
  ARROW_ASSIGN_OR_RAISE(auto filled, FillNull(*frame, kDataVersion, kProvenance));
  return frame->Set(kDataVersion, filled);
}

// Members without a type: strings in version columns, otherwise not stored.
arrow::Status SettleUntypedMembers(Frame* frame) {
  const auto rows = frame->rows();
  for (int i = 0; i < rows->num_columns(); ++i) {
    const auto& field = rows->schema()->field(i);
    auto type = field->type();
    if (type->id() == arrow::Type::STRUCT &&
        (field->name() == kProvenanceByField || field->name() == kDataVersionByField)) {
      arrow::FieldVector members = type->fields();
      for (auto& member : members)
        if (member->type()->id() == arrow::Type::NA) member = member->WithType(arrow::large_utf8());
      type = arrow::struct_(std::move(members));
    } else {
      type = WithoutUntypedMembers(type);
    }
    if (!type->Equals(*field->type())) ARROW_RETURN_NOT_OK(frame->Cast(field->name(), type));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatch>> SystemColumns::Add(
    const std::shared_ptr<arrow::RecordBatch>& rows) const {
  ARROW_RETURN_NOT_OK(CheckStrings(*rows, spec_->id_columns));
  ARROW_ASSIGN_OR_RAISE(auto stored, WithStoredTypes(rows));
  Frame frame(std::move(stored), spec_->id_columns);
  ARROW_RETURN_NOT_OK(CheckByField(*spec_, frame, kProvenanceByField));
  ARROW_RETURN_NOT_OK(CheckIdColumns(*spec_, frame));
  ARROW_RETURN_NOT_OK(AddVersions(stamp_, &frame));
  if (frame.Has(kProvenance)) {
    ARROW_RETURN_NOT_OK(frame.Cast(kProvenance, arrow::large_utf8()));
  } else {
    ARROW_ASSIGN_OR_RAISE(auto hashes, HashByField(*spec_, frame.Get(kProvenanceByField),
                                                   kProvenanceByField, hasher_));
    ARROW_RETURN_NOT_OK(frame.Set(kProvenance, hashes));
  }
  ARROW_RETURN_NOT_OK(AddTimestamps(stamp_, &frame));
  ARROW_RETURN_NOT_OK(frame.SetText(kMaterializationId, stamp_.materialization_id));
  ARROW_RETURN_NOT_OK(AddDataVersions(*spec_, hasher_, &frame));
  ARROW_RETURN_NOT_OK(SettleUntypedMembers(&frame));
  return frame.rows();
}

void SystemColumns::LookAt(const arrow::Schema& schema) const {
  if (stamp_.times != RowTimes::kDeleted && schema.GetFieldIndex(std::string(kDeletedAt)) >= 0)
    stamp_.time->ExpectGiven();
}

arrow::Result<std::shared_ptr<arrow::Schema>> SystemColumns::SchemaFor(
    const std::shared_ptr<arrow::Schema>& schema) const {
  // Arrow cannot create empty arrays of some types that are stored as others.
  ARROW_ASSIGN_OR_RAISE(const auto empty, arrow::RecordBatch::MakeEmpty(StoredSchema(*schema)));
  ARROW_ASSIGN_OR_RAISE(const auto added, Add(empty));
  return added->schema();
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> WithSystemColumns(
    std::shared_ptr<const SystemColumns> columns, std::shared_ptr<arrow::RecordBatchReader> rows) {
  constexpr std::string_view kWhat = "the rows to write";
  ARROW_RETURN_NOT_OK(CheckStorableNames(*rows->schema(), kWhat));
  ARROW_RETURN_NOT_OK(CheckStorableTypes(*StoredSchema(*rows->schema()), kWhat));
  columns->LookAt(*rows->schema());
  ARROW_ASSIGN_OR_RAISE(auto schema, columns->SchemaFor(rows->schema()));
  ARROW_RETURN_NOT_OK(CheckStorableTypes(*schema, kWhat));
  return MapBatches(
      std::move(rows), std::move(schema),
      [columns = std::move(columns)](const std::shared_ptr<arrow::RecordBatch>& batch) {
        return columns->Add(batch);
      });
}

}  // namespace metaxy::internal
