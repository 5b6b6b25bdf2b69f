// Random Arrow columns of every type, including nested ones, with the values that storage most
// often gets wrong.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>

#include "support/random.h"

namespace metaxy::testing {

/// \brief An Arrow type: for `depth` 0 a plain one, else also lists, structs, maps and so on of
/// types of smaller depth.
std::shared_ptr<arrow::DataType> RandomType(Random* random, int depth);

/// \brief `length` values of a type. About one in six is null, or none if `nulls` is false;
/// occasionally a string is invalid UTF-8 if `broken` is true.
struct RandomValues {
  bool nulls = true;
  bool broken = false;
};
std::shared_ptr<arrow::Array> RandomArray(Random* random,
                                          const std::shared_ptr<arrow::DataType>& type,
                                          int64_t length, RandomValues values = {});

/// \brief A column name: mostly a plain one, sometimes one that storage may not be able to address.
std::string RandomName(Random* random);

}  // namespace metaxy::testing
