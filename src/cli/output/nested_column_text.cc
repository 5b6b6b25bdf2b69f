// Nested values, as JSON.
#include <arrow/array/array_binary.h>
#include <arrow/array/array_dict.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_run_end.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/output/column_text_parts.h"
#include "cli/output/scalar_text.h"
#include "cli/output/text_escape.h"

namespace metaxy::cli {

namespace {

using Made = arrow::Result<std::unique_ptr<ColumnText>>;
using Part = std::unique_ptr<ColumnText>;

// The JSON of a non-null value is also its text elsewhere.
class NestedColumn : public ColumnText {
 public:
  explicit NestedColumn(const arrow::Array& column) : column_(column) {}

  void AppendJson(int64_t row, TextBuffer* out) final {
    if (column_.IsNull(row)) return out->Append("null");
    AppendValue(row, out);
  }
  void AppendPlain(int64_t row, TextBuffer* out) final {
    if (!column_.IsNull(row)) AppendValue(row, out);
  }
  bool is_free_text() const final { return true; }
  bool IsNull(int64_t row) const final { return column_.IsNull(row); }

 protected:
  virtual void AppendValue(int64_t row, TextBuffer* out) = 0;

 private:
  const arrow::Array& column_;
};

template <class ArrayType>
class ListColumn : public NestedColumn {
 public:
  static Made Make(const arrow::Array& column, NotFinite not_finite) {
    const auto& list = static_cast<const ArrayType&>(column);
    ARROW_ASSIGN_OR_RAISE(Part values, ColumnText::Make(*list.values(), not_finite));
    return Part(new ListColumn(list, std::move(values)));
  }

 private:
  ListColumn(const ArrayType& list, Part values)
      : NestedColumn(list), list_(list), values_(std::move(values)) {}

  void AppendValue(int64_t row, TextBuffer* out) override {
    const int64_t begin = list_.value_offset(row);
    const int64_t end = begin + list_.value_length(row);
    out->Append('[');
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) out->Append(", ");
      values_->AppendJson(i, out);
    }
    out->Append(']');
  }

  const ArrayType& list_;
  Part values_;
};

class StructColumn : public NestedColumn {
 public:
  static Made Make(const arrow::Array& column, NotFinite not_finite) {
    const auto& structs = static_cast<const arrow::StructArray&>(column);
    auto made = std::make_unique<StructColumn>(column);
    TextBuffer title;
    for (int i = 0; i < structs.num_fields(); ++i) {
      Member member;
      member.values = structs.field(i);
      ARROW_ASSIGN_OR_RAISE(member.text, ColumnText::Make(*member.values, not_finite));
      title.Clear();
      title.Append(i == 0 ? "{" : ", ");
      AppendJsonText(structs.struct_type()->field(i)->name(), &title);
      title.Append(": ");
      member.title = title.view();
      made->members_.push_back(std::move(member));
    }
    return made;
  }

  using NestedColumn::NestedColumn;

 private:
  struct Member {
    std::shared_ptr<arrow::Array> values;  // made for a slice of the column
    Part text;
    std::string title;
  };

  void AppendValue(int64_t row, TextBuffer* out) override {
    if (members_.empty()) out->Append('{');
    for (const Member& member : members_) {
      out->Append(member.title);
      member.text->AppendJson(row, out);
    }
    out->Append('}');
  }

  std::vector<Member> members_;
};

class MapColumn : public NestedColumn {
 public:
  static Made Make(const arrow::Array& column, NotFinite not_finite) {
    const auto& map = static_cast<const arrow::MapArray&>(column);
    ARROW_ASSIGN_OR_RAISE(Part keys, ColumnText::Make(*map.keys(), not_finite));
    ARROW_ASSIGN_OR_RAISE(Part items, ColumnText::Make(*map.items(), not_finite));
    return Part(new MapColumn(map, std::move(keys), std::move(items)));
  }

 private:
  MapColumn(const arrow::MapArray& map, Part keys, Part items)
      : NestedColumn(map), map_(map), keys_(std::move(keys)), items_(std::move(items)) {}

  // Null or duplicate keys are not possible in an object.
  bool IsObject(int64_t begin, int64_t end) {
    if (!keys_->is_text()) return false;
    std::set<std::string, std::less<>> seen;
    for (int64_t i = begin; i < end; ++i) {
      if (keys_->IsNull(i)) return false;
      if (end - begin == 1) return true;
      key_.Clear();
      keys_->AppendPlain(i, &key_);
      if (!seen.emplace(key_.view()).second) return false;
    }
    return true;
  }

  void AppendValue(int64_t row, TextBuffer* out) override {
    const int64_t begin = map_.value_offset(row);
    const int64_t end = begin + map_.value_length(row);
    const bool object = IsObject(begin, end);
    out->Append(object ? '{' : '[');
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) out->Append(", ");
      if (!object) out->Append('[');
      keys_->AppendJson(i, out);
      out->Append(object ? ": " : ", ");
      items_->AppendJson(i, out);
      if (!object) out->Append(']');
    }
    out->Append(object ? '}' : ']');
  }

  const arrow::MapArray& map_;
  Part keys_;
  Part items_;
  TextBuffer key_;
};

// A column whose values are those of another one, at other positions.
class IndirectColumn : public ColumnText {
 public:
  IndirectColumn(std::shared_ptr<arrow::Array> values, Part text)
      : values_(std::move(values)), text_(std::move(text)) {}

  void AppendJson(int64_t row, TextBuffer* out) final {
    const int64_t place = PlaceOf(row);
    if (place < 0) return out->Append("null");
    text_->AppendJson(place, out);
  }
  void AppendPlain(int64_t row, TextBuffer* out) final {
    if (const int64_t place = PlaceOf(row); place >= 0) text_->AppendPlain(place, out);
  }
  bool is_free_text() const final { return text_->is_free_text(); }
  bool is_text() const final { return text_->is_text(); }
  bool IsNull(int64_t row) const final {
    const int64_t place = PlaceOf(row);
    return place < 0 || text_->IsNull(place);
  }

 protected:
  // Negative for null.
  virtual int64_t PlaceOf(int64_t row) const = 0;

 private:
  std::shared_ptr<arrow::Array> values_;
  Part text_;
};

class DictionaryColumn : public IndirectColumn {
 public:
  static Made Make(const arrow::Array& column, NotFinite not_finite) {
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(column);
    ARROW_ASSIGN_OR_RAISE(Part text, ColumnText::Make(*dictionary.dictionary(), not_finite));
    return Part(new DictionaryColumn(dictionary, std::move(text)));
  }

 private:
  DictionaryColumn(const arrow::DictionaryArray& column, Part text)
      : IndirectColumn(column.dictionary(), std::move(text)), column_(column) {}

  int64_t PlaceOf(int64_t row) const override {
    return column_.IsNull(row) ? -1 : column_.GetValueIndex(row);
  }

  const arrow::DictionaryArray& column_;
};

class RunEndColumn : public IndirectColumn {
 public:
  static Made Make(const arrow::Array& column, NotFinite not_finite) {
    const auto& runs = static_cast<const arrow::RunEndEncodedArray&>(column);
    ARROW_ASSIGN_OR_RAISE(Part text, ColumnText::Make(*runs.values(), not_finite));
    return Part(new RunEndColumn(runs, std::move(text)));
  }

 private:
  RunEndColumn(const arrow::RunEndEncodedArray& column, Part text)
      : IndirectColumn(column.values(), std::move(text)), column_(column) {}

  template <class ArrayType>
  int64_t PlaceIn(int64_t row) const {
    const auto& ends = static_cast<const ArrayType&>(*column_.run_ends());
    const auto* begin = ends.raw_values();
    return std::upper_bound(begin, begin + ends.length(), row + column_.offset()) - begin;
  }

  int64_t PlaceOf(int64_t row) const override {
    switch (column_.run_ends()->type_id()) {
      case arrow::Type::INT16:
        return PlaceIn<arrow::Int16Array>(row);
      case arrow::Type::INT32:
        return PlaceIn<arrow::Int32Array>(row);
      default:
        return PlaceIn<arrow::Int64Array>(row);
    }
  }

  const arrow::RunEndEncodedArray& column_;
};

class UnionColumn : public ColumnText {
 public:
  static Made Make(const arrow::Array& column, NotFinite not_finite) {
    auto made = std::make_unique<UnionColumn>(static_cast<const arrow::UnionArray&>(column));
    for (int i = 0; i < column.num_fields(); ++i) {
      made->values_.push_back(made->column_.field(i));
      ARROW_ASSIGN_OR_RAISE(Part text, ColumnText::Make(*made->values_.back(), not_finite));
      made->texts_.push_back(std::move(text));
    }
    return made;
  }

  explicit UnionColumn(const arrow::UnionArray& column) : column_(column) {}

  void AppendJson(int64_t row, TextBuffer* out) override {
    TextOf(row).AppendJson(PlaceOf(row), out);
  }
  void AppendPlain(int64_t row, TextBuffer* out) override {
    TextOf(row).AppendPlain(PlaceOf(row), out);
  }
  bool is_free_text() const override { return true; }
  bool IsNull(int64_t row) const override { return TextOf(row).IsNull(PlaceOf(row)); }

 private:
  ColumnText& TextOf(int64_t row) const {
    return *texts_[static_cast<size_t>(column_.child_id(row))];
  }
  int64_t PlaceOf(int64_t row) const {
    if (column_.mode() == arrow::UnionMode::SPARSE) return row;
    return static_cast<const arrow::DenseUnionArray&>(column_).value_offset(row);
  }

  const arrow::UnionArray& column_;
  arrow::ArrayVector values_;
  std::vector<Part> texts_;
};

// "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
class UuidColumn : public ColumnText {
 public:
  explicit UuidColumn(const arrow::Array& storage)
      : storage_(static_cast<const arrow::FixedSizeBinaryArray&>(storage)) {}

  void AppendJson(int64_t row, TextBuffer* out) override {
    if (storage_.IsNull(row)) return out->Append("null");
    out->Append('"');
    AppendPlain(row, out);
    out->Append('"');
  }
  void AppendPlain(int64_t row, TextBuffer* out) override {
    if (storage_.IsNull(row)) return;
    std::string_view rest = storage_.GetView(row);
    for (const size_t size : std::initializer_list<size_t>{4, 2, 2, 2, 6}) {
      if (rest.size() < 16) out->Append('-');
      const size_t begin = out->size();
      AppendHex(rest.substr(0, size), out);
      std::transform(out->data() + begin, out->data() + out->size(), out->data() + begin,
                     [](char c) { return c >= 'A' ? static_cast<char>(c + ('a' - 'A')) : c; });
      rest.remove_prefix(size);
    }
  }
  bool is_free_text() const override { return false; }
  bool IsNull(int64_t row) const override { return storage_.IsNull(row); }

 private:
  const arrow::FixedSizeBinaryArray& storage_;
};

// Booleans in bytes, where everything but zero is true.
class ByteBooleanColumn : public ColumnText {
 public:
  explicit ByteBooleanColumn(const arrow::Array& storage)
      : storage_(static_cast<const arrow::Int8Array&>(storage)) {}

  void AppendJson(int64_t row, TextBuffer* out) override {
    if (storage_.IsNull(row)) return out->Append("null");
    AppendPlain(row, out);
  }
  void AppendPlain(int64_t row, TextBuffer* out) override {
    if (!storage_.IsNull(row)) out->Append(storage_.Value(row) != 0 ? "true" : "false");
  }
  bool is_free_text() const override { return false; }
  bool IsNull(int64_t row) const override { return storage_.IsNull(row); }

 private:
  const arrow::Int8Array& storage_;
};

// An extension type means what its storage means, except for canonical ones with a well-known form.
// Their storage is what their names say: Arrow has checked that.
Made MakeExtension(const arrow::Array& column, NotFinite not_finite) {
  const auto& extension = static_cast<const arrow::ExtensionArray&>(column);
  const arrow::Array& storage = *extension.storage();
  const std::string name =
      static_cast<const arrow::ExtensionType&>(*column.type()).extension_name();
  if (name == "arrow.uuid") return std::make_unique<UuidColumn>(storage);
  if (name == "arrow.bool8") return std::make_unique<ByteBooleanColumn>(storage);
  return ColumnText::Make(storage, not_finite);
}

}  // namespace

Made MakeNestedColumnText(const arrow::Array& column, NotFinite not_finite) {
  switch (column.type_id()) {
    case arrow::Type::LIST:
      return ListColumn<arrow::ListArray>::Make(column, not_finite);
    case arrow::Type::LARGE_LIST:
      return ListColumn<arrow::LargeListArray>::Make(column, not_finite);
    case arrow::Type::FIXED_SIZE_LIST:
      return ListColumn<arrow::FixedSizeListArray>::Make(column, not_finite);
    case arrow::Type::LIST_VIEW:
      return ListColumn<arrow::ListViewArray>::Make(column, not_finite);
    case arrow::Type::LARGE_LIST_VIEW:
      return ListColumn<arrow::LargeListViewArray>::Make(column, not_finite);
    case arrow::Type::STRUCT:
      return StructColumn::Make(column, not_finite);
    case arrow::Type::MAP:
      return MapColumn::Make(column, not_finite);
    case arrow::Type::DICTIONARY:
      return DictionaryColumn::Make(column, not_finite);
    case arrow::Type::RUN_END_ENCODED:
      return RunEndColumn::Make(column, not_finite);
    case arrow::Type::SPARSE_UNION:
    case arrow::Type::DENSE_UNION:
      return UnionColumn::Make(column, not_finite);
    case arrow::Type::EXTENSION:
      return MakeExtension(column, not_finite);
    default:
      return std::unique_ptr<ColumnText>();
  }
}

}  // namespace metaxy::cli
