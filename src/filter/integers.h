// 128-bit integers for literals, and the integer types of columns.
#pragma once

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <memory>
#include <string>

namespace metaxy::internal {

__extension__ using Int128 = __int128;

/// \brief The type of literals beyond 64 bits: a decimal that can hold every 128-bit integer.
std::shared_ptr<arrow::DataType> WideIntegerType();

/// \brief Negative if `value` is below the range of the integer type `type`, positive if it is
/// above, 0 if it is inside.
int OutsideOf(Int128 value, const arrow::DataType& type);

/// \brief The value of a valid scalar of an integer type or of WideIntegerType().
Int128 IntegerOf(const arrow::Scalar& scalar);

/// \brief A scalar of the integer type `type`, whose range includes `value`.
std::shared_ptr<arrow::Scalar> IntegerScalar(Int128 value,
                                             const std::shared_ptr<arrow::DataType>& type);

}  // namespace metaxy::internal
