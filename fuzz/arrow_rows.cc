#include "arrow_rows.h"

#include <arrow/api.h>
#include <arrow/array/concatenate.h>

#include <algorithm>
#include <vector>

namespace metaxy::fuzz {
namespace {

constexpr int kDepth = 2;

std::shared_ptr<arrow::DataType> ScalarType(Decisions& decisions) {
  switch (decisions.Below(16)) {
    case 0:
      return arrow::int64();
    case 1:
      return arrow::utf8();
    case 2:
      return arrow::large_utf8();
    case 3:
      return arrow::float64();
    case 4:
      return arrow::boolean();
    case 5:
      return arrow::int8();
    case 6:
      return arrow::uint64();
    case 7:
      return arrow::binary();
    case 8:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case 9:
      return arrow::timestamp(arrow::TimeUnit::NANO);
    case 10:
      return arrow::date32();
    case 11:
      return arrow::float32();
    case 12:
      return arrow::decimal128(20, 3);
    case 13:
      return arrow::null();
    case 14:
      return arrow::fixed_size_binary(3);
    default:
      return arrow::dictionary(arrow::int32(), arrow::utf8());
  }
}

std::shared_ptr<arrow::DataType> Type(Decisions& decisions, int depth) {
  if (depth == 0 || !decisions.OneIn(5)) return ScalarType(decisions);
  switch (decisions.Below(4)) {
    case 0:
      return arrow::list(Type(decisions, depth - 1));
    case 1:
      return arrow::fixed_size_list(arrow::float32(), 2);
    case 2:
      return arrow::map(arrow::utf8(), ScalarType(decisions));
    default:
      return arrow::struct_({arrow::field("x", Type(decisions, depth - 1)),
                             arrow::field("y", ScalarType(decisions))});
  }
}

// A value of this type from a few bytes; null if there is no such value.
std::shared_ptr<arrow::Scalar> Value(Decisions& decisions,
                                     const std::shared_ptr<arrow::DataType>& type) {
  static const std::vector<std::string> kTexts = {"a",
                                                  "b",
                                                  "",
                                                  "NULL",
                                                  "2024-01-01",
                                                  "1.5",
                                                  "'; DROP TABLE x; --",
                                                  "\xc3\xa4",
                                                  "\xff\xfe",
                                                  std::string("nul\0l", 5),
                                                  std::string(300, 'x')};
  if (decisions.OneIn(8)) return arrow::MakeNullScalar(type);
  if (type->id() == arrow::Type::STRUCT) {
    arrow::ScalarVector members;
    for (const auto& field : type->fields()) members.push_back(Value(decisions, field->type()));
    return std::make_shared<arrow::StructScalar>(members, type);
  }
  if (arrow::is_base_binary_like(type->id())) {
    const auto& text =
        kTexts[static_cast<size_t>(decisions.Below(static_cast<int>(kTexts.size())))];
    const auto made = arrow::MakeScalar(type, arrow::Buffer::FromString(text));
    return made.ok() ? *made : arrow::MakeNullScalar(type);
  }
  const int64_t byte = decisions.Byte();
  const int64_t number = byte < 128 ? byte : byte - 256;
  const auto made = arrow::MakeScalar(arrow::int64(), number);
  if (!made.ok()) return arrow::MakeNullScalar(type);
  const auto cast = (*made)->CastTo(type);
  return cast.ok() ? *cast : arrow::MakeNullScalar(type);
}

std::shared_ptr<arrow::Array> Column(Decisions& decisions,
                                     const std::shared_ptr<arrow::DataType>& type, int64_t rows) {
  const auto nulls = [&] { return arrow::MakeArrayOfNull(type, rows).ValueOrDie(); };
  arrow::ArrayVector pieces;
  for (int64_t i = 0; i < rows; ++i) {
    const auto piece = arrow::MakeArrayFromScalar(*Value(decisions, type), 1);
    if (!piece.ok()) return nulls();
    pieces.push_back(*piece);
  }
  if (pieces.empty()) return nulls();
  const auto joined = arrow::Concatenate(pieces);
  return joined.ok() ? *joined : nulls();
}

std::shared_ptr<arrow::DataType> ProvenanceType(Decisions& decisions) {
  const auto text = decisions.OneIn(6) ? ScalarType(decisions) : arrow::large_utf8();
  arrow::FieldVector members = {arrow::field("audio", text)};
  if (!decisions.OneIn(6)) members.push_back(arrow::field("frames", arrow::utf8()));
  if (decisions.OneIn(8)) members.push_back(arrow::field("other", arrow::utf8()));
  if (decisions.OneIn(8)) return arrow::map(arrow::utf8(), arrow::utf8());
  if (decisions.OneIn(10)) return arrow::utf8();
  return arrow::struct_(members);
}

}  // namespace

std::shared_ptr<arrow::Table> MakeRows(Decisions& decisions) {
  static const std::vector<std::string> kNames = {
      "x",   "y", "X",     "metaxy_updated_at", "metaxy_deleted_at", "metaxy_feature_version",
      "a.b", "",  "_rowid"};
  const int64_t rows = decisions.Below(5);
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  const auto add = [&](const std::string& name, const std::shared_ptr<arrow::DataType>& type) {
    fields.push_back(arrow::field(name, type, !decisions.OneIn(10)));
    columns.push_back(Column(decisions, type, rows));
    if (columns.back()->null_count() > 0) fields.back() = fields.back()->WithNullable(true);
  };
  if (!decisions.OneIn(12)) add("id", decisions.OneIn(3) ? Type(decisions, kDepth) : arrow::utf8());
  if (!decisions.OneIn(12)) add("metaxy_provenance_by_field", ProvenanceType(decisions));
  const int more = decisions.Below(4);
  for (int i = 0; i < more; ++i)
    add(kNames[static_cast<size_t>(decisions.Below(static_cast<int>(kNames.size())))],
        Type(decisions, kDepth));
  auto table = arrow::Table::Make(arrow::schema(fields), columns, rows);
  // Slices have offsets, which not every reader of buffers handles.
  return decisions.OneIn(4) ? table->Slice(std::min<int64_t>(decisions.Below(3), rows)) : table;
}

}  // namespace metaxy::fuzz
