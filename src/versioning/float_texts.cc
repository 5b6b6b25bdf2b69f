#include "versioning/float_texts.h"

#include <arrow/builder.h>

#include "float_text.h"

namespace metaxy::internal {
namespace {

template <class ArrayType>
arrow::Status AppendTexts(const arrow::Array& array, arrow::LargeStringBuilder* builder) {
  const auto& values = static_cast<const ArrayType&>(array);
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) {
      ARROW_RETURN_NOT_OK(builder->AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(builder->Append(RustFloatText(values.Value(i))));
    }
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::LargeStringArray>> FloatTexts(const arrow::Array& values) {
  arrow::LargeStringBuilder builder;
  if (values.type_id() == arrow::Type::FLOAT) {
    ARROW_RETURN_NOT_OK(AppendTexts<arrow::FloatArray>(values, &builder));
  } else {
    ARROW_RETURN_NOT_OK(AppendTexts<arrow::DoubleArray>(values, &builder));
  }
  std::shared_ptr<arrow::LargeStringArray> texts;
  ARROW_RETURN_NOT_OK(builder.Finish(&texts));
  return texts;
}

}  // namespace metaxy::internal
