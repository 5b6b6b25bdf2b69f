#include "cli/input/json_columns.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/buffer_builder.h>
#include <arrow/util/value_parsing.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

using Kind = JsonNode::Kind;

// The types are inferred from the very same values.
arrow::Status Changed() {
  return MakeError(ErrorCode::kInvalidInput, "the file was changed while it was read");
}

// An Arrow builder; `Add` appends a non-null value.
template <class Builder, class Add>
class ScalarColumn : public JsonColumn {
 public:
  ScalarColumn(std::unique_ptr<Builder> builder, Add add)
      : builder_(std::move(builder)), add_(std::move(add)) {}

  arrow::Status Append(const JsonNode** node) override {
    const JsonNode& value = *(*node)++;
    return value.kind == Kind::kNull ? builder_->AppendNull() : add_(value, builder_.get());
  }
  arrow::Status AppendNull() override { return builder_->AppendNull(); }
  int64_t length() const override { return builder_->length(); }
  arrow::Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_->Finish(); }

 private:
  std::unique_ptr<Builder> builder_;
  Add add_;
};

template <class Builder, class Add>
std::unique_ptr<JsonColumn> Scalar(Add add, std::unique_ptr<Builder> builder) {
  return std::make_unique<ScalarColumn<Builder, Add>>(std::move(builder), std::move(add));
}

// Which rows of a nested column are null.
class Validity {
 public:
  arrow::Status Append(bool valid) {
    if (!valid) ++nulls_;
    return bits_.Append(valid);
  }
  int64_t length() const { return bits_.length(); }
  int64_t nulls() const { return nulls_; }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Finish() {
    std::shared_ptr<arrow::Buffer> bits;
    ARROW_RETURN_NOT_OK(bits_.Finish(&bits));
    if (std::exchange(nulls_, 0) == 0) bits.reset();
    return bits;
  }

 private:
  arrow::TypedBufferBuilder<bool> bits_;
  int64_t nulls_ = 0;
};

class ListColumn : public JsonColumn {
 public:
  explicit ListColumn(const std::shared_ptr<arrow::DataType>& type)
      : type_(type), element_(Make(type->field(0)->type())) {}

  arrow::Status Append(const JsonNode** node) override {
    const JsonNode& value = *(*node)++;
    if (value.kind == Kind::kNull) return AppendNull();
    if (value.kind != Kind::kList) return Changed();
    ARROW_RETURN_NOT_OK(starts_.Append(element_->length()));
    for (uint32_t i = 0; i < value.size; ++i) ARROW_RETURN_NOT_OK(element_->Append(node));
    return validity_.Append(true);
  }
  arrow::Status AppendNull() override {
    ARROW_RETURN_NOT_OK(starts_.Append(element_->length()));
    return validity_.Append(false);
  }
  int64_t length() const override { return validity_.length(); }

  arrow::Result<std::shared_ptr<arrow::Array>> Finish() override {
    const int64_t length = validity_.length();
    const int64_t nulls = validity_.nulls();
    ARROW_RETURN_NOT_OK(starts_.Append(element_->length()));
    std::shared_ptr<arrow::Buffer> offsets;
    ARROW_RETURN_NOT_OK(starts_.Finish(&offsets));
    ARROW_ASSIGN_OR_RAISE(auto elements, element_->Finish());
    ARROW_ASSIGN_OR_RAISE(auto valid, validity_.Finish());
    return std::make_shared<arrow::LargeListArray>(type_, length, std::move(offsets),
                                                   std::move(elements), std::move(valid), nulls);
  }

 private:
  std::shared_ptr<arrow::DataType> type_;
  std::unique_ptr<JsonColumn> element_;
  arrow::TypedBufferBuilder<int64_t> starts_;
  Validity validity_;
};

class StructColumn : public JsonColumn {
 public:
  explicit StructColumn(const std::shared_ptr<arrow::DataType>& type) : type_(type) {
    for (const auto& field : type->fields()) {
      index_.emplace(field->name(), members_.size());
      members_.push_back(Make(field->type()));
    }
  }

  arrow::Status Append(const JsonNode** node) override {
    const JsonNode& value = *(*node)++;
    if (value.kind == Kind::kNull) return AppendNull();
    if (value.kind != Kind::kObject) return Changed();
    for (uint32_t i = 0; i < value.size; ++i) {
      JsonColumn* member = Find((*node)->text, i);
      ++*node;
      if (member == nullptr || member->length() > length()) return Changed();
      ARROW_RETURN_NOT_OK(member->Append(node));
    }
    if (value.size < members_.size()) ARROW_RETURN_NOT_OK(FillUp());
    return validity_.Append(true);
  }
  arrow::Status AppendNull() override {
    ARROW_RETURN_NOT_OK(FillUp());
    return validity_.Append(false);
  }
  int64_t length() const override { return validity_.length(); }

  arrow::Result<std::shared_ptr<arrow::Array>> Finish() override {
    const int64_t length = validity_.length();
    const int64_t nulls = validity_.nulls();
    arrow::ArrayVector members;
    for (const auto& member : members_) {
      ARROW_ASSIGN_OR_RAISE(auto values, member->Finish());
      members.push_back(std::move(values));
    }
    ARROW_ASSIGN_OR_RAISE(auto valid, validity_.Finish());
    return std::make_shared<arrow::StructArray>(type_, length, std::move(members), std::move(valid),
                                                nulls);
  }

 private:
  JsonColumn* Find(std::string_view key, size_t expected) {
    if (expected < members_.size() && type_->field(static_cast<int>(expected))->name() == key)
      return members_[expected].get();
    const auto found = index_.find(std::string(key));
    return found == index_.end() ? nullptr : members_[found->second].get();
  }

  // Members that this row does not have.
  arrow::Status FillUp() {
    for (const auto& member : members_) {
      if (member->length() == length()) ARROW_RETURN_NOT_OK(member->AppendNull());
    }
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::DataType> type_;
  std::vector<std::unique_ptr<JsonColumn>> members_;
  std::unordered_map<std::string, size_t> index_;
  Validity validity_;
};

arrow::Status AddReal(const JsonNode& node, arrow::DoubleBuilder* builder) {
  switch (node.kind) {
    case Kind::kReal:
      return builder->Append(node.real);
    case Kind::kInteger:
      return builder->Append(static_cast<double>(node.integer));
    case Kind::kNatural:
      return builder->Append(static_cast<double>(node.natural));
    default:
      return Changed();
  }
}

arrow::Status AddNatural(const JsonNode& node, arrow::UInt64Builder* builder) {
  if (node.kind == Kind::kNatural) return builder->Append(node.natural);
  if (node.kind != Kind::kInteger || node.integer < 0) return Changed();
  return builder->Append(static_cast<uint64_t>(node.integer));
}

arrow::Status AddTimestamp(const JsonNode& node, arrow::TimestampBuilder* builder) {
  if (node.kind != Kind::kText) return Changed();
  ARROW_ASSIGN_OR_RAISE(const int64_t timestamp, ParseTimestamp(node.text));
  return builder->Append(timestamp);
}

}  // namespace

arrow::Result<int64_t> ParseTimestamp(std::string_view text) {
  int64_t value = 0;
  bool has_zone = false;
  // Fractions of a second may have fewer than six digits.
  if (arrow::internal::ParseTimestampISO8601(text.data(), text.size(), arrow::TimeUnit::MICRO,
                                             &value, &has_zone))
    return value;
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("{} is not a time such as 2024-05-01T12:00:00Z", Quote(text)));
}

std::unique_ptr<JsonColumn> JsonColumn::Make(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case arrow::Type::BOOL:
      return Scalar(
          [](const JsonNode& node, arrow::BooleanBuilder* builder) {
            return node.kind == Kind::kBool ? builder->Append(node.boolean) : Changed();
          },
          std::make_unique<arrow::BooleanBuilder>());
    case arrow::Type::INT64:
      return Scalar(
          [](const JsonNode& node, arrow::Int64Builder* builder) {
            return node.kind == Kind::kInteger ? builder->Append(node.integer) : Changed();
          },
          std::make_unique<arrow::Int64Builder>());
    case arrow::Type::UINT64:
      return Scalar(AddNatural, std::make_unique<arrow::UInt64Builder>());
    case arrow::Type::DOUBLE:
      return Scalar(AddReal, std::make_unique<arrow::DoubleBuilder>());
    case arrow::Type::LARGE_STRING:
      return Scalar(
          [](const JsonNode& node, arrow::LargeStringBuilder* builder) {
            return node.kind == Kind::kText ? builder->Append(node.text) : Changed();
          },
          std::make_unique<arrow::LargeStringBuilder>());
    case arrow::Type::TIMESTAMP:
      return Scalar(AddTimestamp,
                    std::make_unique<arrow::TimestampBuilder>(type, arrow::default_memory_pool()));
    case arrow::Type::LARGE_LIST:
      return std::make_unique<ListColumn>(type);
    case arrow::Type::STRUCT:
      return std::make_unique<StructColumn>(type);
    default:
      return Scalar([](const JsonNode&, arrow::NullBuilder*) { return Changed(); },
                    std::make_unique<arrow::NullBuilder>());
  }
}

}  // namespace metaxy::cli
