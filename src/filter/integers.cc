#include "filter/integers.h"

#include <arrow/util/decimal.h>

#include <cstdint>
#include <limits>

namespace metaxy::internal {

namespace {

// Calls visit(Type()) with the Arrow type class of an integer type.
template <class Visitor>
auto VisitInteger(arrow::Type::type id, Visitor visit) {
  switch (id) {
    case arrow::Type::INT8:
      return visit(arrow::Int8Type());
    case arrow::Type::INT16:
      return visit(arrow::Int16Type());
    case arrow::Type::INT32:
      return visit(arrow::Int32Type());
    case arrow::Type::UINT8:
      return visit(arrow::UInt8Type());
    case arrow::Type::UINT16:
      return visit(arrow::UInt16Type());
    case arrow::Type::UINT32:
      return visit(arrow::UInt32Type());
    case arrow::Type::UINT64:
      return visit(arrow::UInt64Type());
    default:
      return visit(arrow::Int64Type());
  }
}

}  // namespace

std::shared_ptr<arrow::DataType> WideIntegerType() { return arrow::decimal256(39, 0); }

int OutsideOf(Int128 value, const arrow::DataType& type) {
  return VisitInteger(type.id(), [&](const auto& integer) {
    using Limits = std::numeric_limits<typename std::decay_t<decltype(integer)>::c_type>;
    if (value < static_cast<Int128>(Limits::min())) return -1;
    return value > static_cast<Int128>(Limits::max()) ? 1 : 0;
  });
}

Int128 IntegerOf(const arrow::Scalar& scalar) {
  if (scalar.type->id() == arrow::Type::DECIMAL256) {
    const auto words =
        static_cast<const arrow::Decimal256Scalar&>(scalar).value.little_endian_array();
    __extension__ using Bits = unsigned __int128;
    return static_cast<Int128>(static_cast<Bits>(words[1]) << 64 | words[0]);
  }
  return VisitInteger(scalar.type->id(), [&](const auto& integer) {
    using Scalar = typename arrow::TypeTraits<std::decay_t<decltype(integer)>>::ScalarType;
    return static_cast<Int128>(static_cast<const Scalar&>(scalar).value);
  });
}

std::shared_ptr<arrow::Scalar> IntegerScalar(Int128 value,
                                             const std::shared_ptr<arrow::DataType>& type) {
  return VisitInteger(type->id(), [&](const auto& integer) -> std::shared_ptr<arrow::Scalar> {
    using Type = std::decay_t<decltype(integer)>;
    using Scalar = typename arrow::TypeTraits<Type>::ScalarType;
    return std::make_shared<Scalar>(static_cast<typename Type::c_type>(value));
  });
}

}  // namespace metaxy::internal
