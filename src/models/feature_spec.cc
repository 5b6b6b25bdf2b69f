#include "metaxy/feature_spec.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "models/problems.h"
#include "models/spec_rules.h"

namespace metaxy {

arrow::Status FeatureSpec::Validate() const {
  Problems problems;
  problems.AddUnlessKnown(FindSpecProblems(*this, {}));
  return problems.ToStatus(FeatureSubject(key));
}

const FieldSpec* FeatureSpec::FindField(const FieldKey& field) const {
  for (const FieldSpec& candidate : fields) {
    if (candidate.key == field) return &candidate;
  }
  return nullptr;
}

std::string FeatureSpec::code_version(int truncation) const {
  std::vector<std::pair<std::string, std::string>> versions;
  for (const FieldSpec& field : fields)
    versions.emplace_back(field.key.ToString(), field.code_version);
  std::stable_sort(versions.begin(), versions.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Sha256 hash;
  for (const auto& [field, version] : versions) hash.Update(field).Update(version);
  return TruncateHash(hash.Finish(), truncation);
}

std::string FeatureSpec::feature_spec_version(int truncation) const {
  return TruncateHash(Sha256().Update(ToJson().DumpPython(true)).Finish(), truncation);
}

}  // namespace metaxy
