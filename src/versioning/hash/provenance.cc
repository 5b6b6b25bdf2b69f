#include "versioning/hash/provenance.h"

#include <arrow/builder.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
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

// Most versions have the length to which hashes are truncated by default: that copy is an
// instruction.
void CopyVersion(std::string_view version, char* to) {
  constexpr size_t kUsual = 8;
  if (version.size() == kUsual) {
    std::memcpy(to, version.data(), kUsual);
  } else if (!version.empty()) {
    std::memcpy(to, version.data(), version.size());
  }
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

void ProvenanceComputer::Rebuild(const Field& field, const Versions& versions, FieldText* text) {
  text->text.assign(field.prefix);
  text->versions.clear();
  for (const Part& part : field.parts) {
    const std::string_view version = versions[part.version].value_or(std::string_view());
    text->text.append(part.label);
    text->versions.push_back({text->text.size(), version.size()});
    text->text.append(version);
  }
}

bool ProvenanceComputer::SetVersions(const Field& field, const Versions& versions,
                                     FieldText* text) {
  bool fits = text->versions.size() == field.parts.size() && !text->text.empty();
  for (size_t i = 0; i < field.parts.size(); ++i) {
    const Part& part = field.parts[i];
    const std::optional<std::string_view>& version = versions[part.version];
    if (!version && !part.optional) return false;
    fits = fits && text->versions[i].size == (version ? version->size() : 0);
    if (fits && version) CopyVersion(*version, text->text.data() + text->versions[i].begin);
  }
  if (!fits) Rebuild(field, versions, text);
  return true;
}

void ProvenanceComputer::Compute(const std::vector<std::optional<std::string_view>>& versions,
                                 RowProvenance* result) const {
  result->fields.resize(fields_.size());
  result->texts.resize(fields_.size());
  bool null = false;
  for (size_t i = 0; i < fields_.size(); ++i) {
    FieldText& text = result->texts[i];
    HashText& hash = result->fields[i];
    hash.null = !SetVersions(fields_[i], versions, &text);
    null = null || hash.null;
    if (!hash.null) hash.size = static_cast<uint8_t>(hasher_.Hash(text.text, hash.data));
  }
  result->whole.null = null;
  if (null) return;
  // Copied with their whole space, which takes less time than to copy as much as there is.
  std::string& buffer = result->buffer;
  buffer.resize(fields_.size() * (RowHasher::kMaxText + 1));
  char* end = buffer.data();
  for (const size_t i : by_name_) {
    if (end != buffer.data()) *end++ = '|';
    const HashText& hash = result->fields[i];
    std::memcpy(end, hash.data, RowHasher::kMaxText);
    end += hash.size;
  }
  const std::string_view joined(buffer.data(), static_cast<size_t>(end - buffer.data()));
  result->whole.size = static_cast<uint8_t>(hasher_.Hash(joined, result->whole.data));
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
