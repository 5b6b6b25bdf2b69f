#include "versioning/hash/provenance.h"

#include <arrow/builder.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "columns/version_strings.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// Positions of the fields in the order of their struct members' names.
std::vector<size_t> OrderByStructKey(const FeatureSpec& spec) {
  std::vector<size_t> order(spec.fields.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return spec.fields[a].key.ToStructKey() < spec.fields[b].key.ToStructKey();
  });
  return order;
}

bool HasMember(const arrow::DataType& type, const std::string& name) {
  return type.id() != arrow::Type::STRUCT ||
         static_cast<const arrow::StructType&>(type).GetFieldIndex(name) >= 0;
}

}  // namespace

arrow::Result<std::vector<std::vector<FieldKey>>> FieldsByDependency(const FeaturePlan& plan) {
  std::vector<std::vector<FieldKey>> result;
  for (const FeatureDep& dep : plan.feature().deps) {
    std::set<FieldKey> fields;
    for (const FieldSpec& field : plan.feature().fields) {
      ARROW_ASSIGN_OR_RAISE(const std::vector<FQFieldKey> parents, plan.ParentFields(field.key));
      for (const FQFieldKey& key : parents) {
        if (key.feature == dep.feature) fields.insert(key.field);
      }
    }
    result.emplace_back(fields.begin(), fields.end());
  }
  return result;
}

arrow::Result<ProvenanceComputer> ProvenanceComputer::Make(const FeaturePlan& plan,
                                                           RowHasher hasher) {
  ProvenanceComputer computer(std::move(hasher));
  ARROW_ASSIGN_OR_RAISE(const auto fields, FieldsByDependency(plan));
  for (const std::vector<FieldKey>& of_dependency : fields) {
    computer.first_versions_.push_back(computer.num_versions_);
    computer.num_versions_ += of_dependency.size();
  }
  const auto& deps = plan.feature().deps;
  for (const FieldSpec& spec : plan.feature().fields) {
    Field field{spec.key.ToString() + "|" + spec.code_version, {}};
    ARROW_ASSIGN_OR_RAISE(const std::vector<FQFieldKey> parents, plan.ParentFields(spec.key));
    for (const FQFieldKey& parent : parents) {
      const auto dep = std::find_if(deps.begin(), deps.end(), [&](const FeatureDep& candidate) {
        return candidate.feature == parent.feature;
      });
      const auto index = static_cast<size_t>(dep - deps.begin());
      const auto place = std::find(fields[index].begin(), fields[index].end(), parent.field) -
                         fields[index].begin();
      field.parts.push_back({"|" + parent.ToString() + "|",
                             computer.first_versions_[index] + static_cast<size_t>(place),
                             dep->optional});
    }
    computer.fields_.push_back(std::move(field));
  }
  computer.by_name_ = OrderByStructKey(plan.feature());
  return computer;
}

void ProvenanceComputer::ComputeField(const Field& field,
                                      const std::vector<std::optional<std::string_view>>& versions,
                                      std::string* buffer, HashText* hash) const {
  buffer->assign(field.prefix);
  for (const Part& part : field.parts) {
    buffer->append(part.label);
    if (const auto& version = versions[part.version]) {
      buffer->append(*version);
    } else if (!part.optional) {
      hash->null = true;
      return;
    }
  }
  hash->null = false;
  hash->size = static_cast<uint8_t>(hasher_.Hash(*buffer, hash->data));
}

void ProvenanceComputer::Compute(const std::vector<std::optional<std::string_view>>& versions,
                                 RowProvenance* result) const {
  result->fields.resize(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) {
    ComputeField(fields_[i], versions, &result->buffer, &result->fields[i]);
  }
  result->buffer.clear();
  result->whole.null = true;
  for (size_t i = 0; i < by_name_.size(); ++i) {
    const HashText& field = result->fields[by_name_[i]];
    if (field.null) return;
    if (i > 0) result->buffer += '|';
    result->buffer += field.view();
  }
  result->whole.null = false;
  result->whole.size = static_cast<uint8_t>(hasher_.Hash(result->buffer, result->whole.data));
}

arrow::Result<std::shared_ptr<arrow::LargeStringArray>> HashByField(
    const FeatureSpec& spec, const std::shared_ptr<arrow::Array>& by_field,
    std::string_view column_name, const RowHasher& hasher) {
  std::vector<VersionStrings> members;
  for (size_t i : OrderByStructKey(spec)) {
    const std::string name = spec.fields[i].key.ToStructKey();
    if (!HasMember(*by_field->type(), name)) {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format(
              "column '{}' has no member '{}', but feature '{}' has a field '{}'; its type is {}",
              column_name, name, spec.key.ToString(), spec.fields[i].key.ToString(),
              by_field->type()->ToString()));
    }
    const arrow::Result<VersionStrings> texts = VersionStrings::Extract(by_field, name);
    if (!texts.ok()) return WithContext(texts.status(), fmt::format("column '{}'", column_name));
    members.push_back(*texts);
  }
  arrow::LargeStringBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(by_field->length()));
  std::string joined;
  char hash[RowHasher::kMaxText];
  for (int64_t row = 0; row < by_field->length(); ++row) {
    joined.clear();
    bool null = false;
    for (size_t i = 0; i < members.size() && !null; ++i) {
      null = members[i].IsNull(row);
      if (null) break;
      if (i > 0) joined += '|';
      joined += members[i].Get(row);
    }
    if (null) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(builder.Append(hash, static_cast<int64_t>(hasher.Hash(joined, hash))));
    }
  }
  std::shared_ptr<arrow::LargeStringArray> hashes;
  ARROW_RETURN_NOT_OK(builder.Finish(&hashes));
  return hashes;
}

}  // namespace metaxy::internal
