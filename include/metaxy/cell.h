// Mapping of C++ values to cells of an Arrow column: the types that RowType supports.
//
//   bool, (u)int8_t ... (u)int64_t, float, double   the Arrow type of this name
//   std::string                                     large_utf8
//   std::chrono::sys_time<std::chrono::microseconds> timestamp[us, UTC]
//   std::vector<T>                                  list of T
//   std::optional<T>                                T, nullable
#pragma once

#include <arrow/array.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/status.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace metaxy {

/// \brief How a T is written to and read from a cell. Specialise it for your own types: `type()`,
/// `Append()` to a builder of this type, and `Get()` from an array of this type, for a row that is
/// not null unless kNullable says that null is a value, too.
template <class T>
struct Cell;

template <class T>
  requires(std::integral<T> || std::floating_point<T>)
struct Cell<T> {
  static constexpr bool kNullable = false;
  static std::shared_ptr<arrow::DataType> type() { return arrow::CTypeTraits<T>::type_singleton(); }
  static arrow::Status Append(const T& value, arrow::ArrayBuilder* builder) {
    return static_cast<typename arrow::CTypeTraits<T>::BuilderType*>(builder)->Append(value);
  }
  static T Get(const arrow::Array& array, int64_t row) {
    return static_cast<const typename arrow::CTypeTraits<T>::ArrayType&>(array).Value(row);
  }
};

template <>
struct Cell<std::string> {
  static constexpr bool kNullable = false;
  static std::shared_ptr<arrow::DataType> type() { return arrow::large_utf8(); }
  static arrow::Status Append(const std::string& value, arrow::ArrayBuilder* builder) {
    return static_cast<arrow::LargeStringBuilder*>(builder)->Append(value);
  }
  static std::string Get(const arrow::Array& array, int64_t row) {
    return static_cast<const arrow::LargeStringArray&>(array).GetString(row);
  }
};

template <>
struct Cell<std::chrono::sys_time<std::chrono::microseconds>> {
  using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
  static constexpr bool kNullable = false;
  static std::shared_ptr<arrow::DataType> type() {
    return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  }
  static arrow::Status Append(const Timestamp& value, arrow::ArrayBuilder* builder) {
    return static_cast<arrow::TimestampBuilder*>(builder)->Append(value.time_since_epoch().count());
  }
  static Timestamp Get(const arrow::Array& array, int64_t row) {
    return Timestamp(
        std::chrono::microseconds(static_cast<const arrow::TimestampArray&>(array).Value(row)));
  }
};

template <class T>
struct Cell<std::optional<T>> {
  static constexpr bool kNullable = true;
  static std::shared_ptr<arrow::DataType> type() { return Cell<T>::type(); }
  static arrow::Status Append(const std::optional<T>& value, arrow::ArrayBuilder* builder) {
    return value ? Cell<T>::Append(*value, builder) : builder->AppendNull();
  }
  static std::optional<T> Get(const arrow::Array& array, int64_t row) {
    if (array.IsNull(row)) return std::nullopt;
    return Cell<T>::Get(array, row);
  }
};

/// Strings by name: read from a map of strings, and from a struct of strings, whose null members
/// are omitted. Written as a map.
template <>
struct Cell<std::map<std::string, std::string>> {
  static constexpr bool kNullable = false;
  static std::shared_ptr<arrow::DataType> type() {
    return arrow::map(arrow::large_utf8(), arrow::large_utf8());
  }
  static arrow::Status Append(const std::map<std::string, std::string>& values,
                              arrow::ArrayBuilder* builder) {
    auto* map = static_cast<arrow::MapBuilder*>(builder);
    ARROW_RETURN_NOT_OK(map->Append());
    for (const auto& [name, value] : values) {
      ARROW_RETURN_NOT_OK(Cell<std::string>::Append(name, map->key_builder()));
      ARROW_RETURN_NOT_OK(Cell<std::string>::Append(value, map->item_builder()));
    }
    return arrow::Status::OK();
  }
  static std::map<std::string, std::string> Get(const arrow::Array& array, int64_t row) {
    const auto& map = static_cast<const arrow::MapArray&>(array);
    std::map<std::string, std::string> values;
    for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      if (map.items()->IsNull(i)) continue;
      values.emplace(Cell<std::string>::Get(*map.keys(), i),
                     Cell<std::string>::Get(*map.items(), i));
    }
    return values;
  }
};

/// A null in a list of non-optional values is read as T{}.
template <class T>
struct Cell<std::vector<T>> {
  static constexpr bool kNullable = false;
  static std::shared_ptr<arrow::DataType> type() { return arrow::list(Cell<T>::type()); }
  static arrow::Status Append(const std::vector<T>& values, arrow::ArrayBuilder* builder) {
    auto* list = static_cast<arrow::ListBuilder*>(builder);
    ARROW_RETURN_NOT_OK(list->Append());
    for (const T& value : values) {
      ARROW_RETURN_NOT_OK(Cell<T>::Append(value, list->value_builder()));
    }
    return arrow::Status::OK();
  }
  static std::vector<T> Get(const arrow::Array& array, int64_t row) {
    const auto& list = static_cast<const arrow::ListArray&>(array);
    const arrow::Array& items = *list.values();
    std::vector<T> values;
    values.reserve(static_cast<size_t>(list.value_length(row)));
    for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
      values.push_back(!Cell<T>::kNullable && items.IsNull(i) ? T{} : Cell<T>::Get(items, i));
    }
    return values;
  }
};

}  // namespace metaxy
