#include "versioning/delta/fingerprint.h"

#include <arrow/buffer.h>
#include <arrow/compute/api.h>

#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// Sizes before texts: nothing that is moved from one to the next has the same hash.
class Hasher {
 public:
  void Add(std::string_view text) {
    sha_.Update(std::to_string(text.size())).Update(":").Update(text);
  }
  void Add(int64_t number) { Add(std::to_string(number)); }

  std::string Finish() { return sha_.Finish(); }

 private:
  Sha256 sha_;
};

arrow::Status CheckPure(const arrow::compute::Expression& expression) {
  const auto* call = expression.call();
  if (call == nullptr) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto function,
                        arrow::compute::GetFunctionRegistry()->GetFunction(call->function_name));
  if (!function->is_pure()) {
    return MakeError(ErrorCode::kNotSupported, "the function '" + call->function_name +
                                                   "' of a filter has other values every time");
  }
  for (const auto& argument : call->arguments) ARROW_RETURN_NOT_OK(CheckPure(argument));
  return arrow::Status::OK();
}

arrow::Status Add(const std::vector<arrow::compute::Expression>& filters, Hasher* hasher) {
  hasher->Add(static_cast<int64_t>(filters.size()));
  for (const auto& filter : filters) {
    ARROW_RETURN_NOT_OK(CheckPure(filter));
    ARROW_ASSIGN_OR_RAISE(const auto bytes, arrow::compute::Serialize(filter));
    hasher->Add(std::string_view(*bytes));
  }
  return arrow::Status::OK();
}

// Every member is named, so that one that is added does not go unnoticed: an answer must not be
// remembered without something that it depends on. With samples, and without a
// comparison, it never is; limits do not change an answer, and tables are compared by their states.
arrow::Status Add(const FeatureSpec& parent, const DependencyInput& dependency, Hasher* hasher) {
  const auto& [table, feature_version, filters, place] = dependency;
  hasher->Add(parent.ToJson().DumpPython());
  hasher->Add(feature_version);
  hasher->Add(place);
  return Add(filters, hasher);
}

}  // namespace

arrow::Result<std::string> FingerprintOf(const ResolveInput& input) {
  const auto& [plan, hash_algorithm, hash_truncation_length, current, current_version, place,
               filters, staleness_predicates, samples, dependencies, skip_comparison, failures,
               failures_matter, reads_all, execution, recording] = input;
  Hasher hasher;
  // What is remembered does not depend on which samples have failed, but on how keys are hashed.
  hasher.Add(failures_matter ? "resolve with failures" : "resolve");
  hasher.Add(kEngineMeaning);
  hasher.Add(HashAlgorithmName(hash_algorithm));
  hasher.Add(hash_truncation_length);
  hasher.Add(plan->feature().ToJson().DumpPython());
  hasher.Add(current_version);
  hasher.Add(place);
  ARROW_RETURN_NOT_OK(Add(filters, &hasher));
  ARROW_RETURN_NOT_OK(Add(staleness_predicates, &hasher));
  hasher.Add(static_cast<int64_t>(dependencies.size()));
  for (size_t i = 0; i < dependencies.size(); ++i)
    ARROW_RETURN_NOT_OK(Add(plan->parents()[i], dependencies[i], &hasher));
  return hasher.Finish();
}

arrow::Result<std::string> FingerprintOfCount(const RowsRequest& request, const std::string& place,
                                              const std::string& name) {
  const auto& [table, id_columns, feature_version, filters, renamed_filters, renames, predicates,
               with_sample_history, include_soft_deleted, join_columns, with_first, value, fields,
               computer, group_columns, order_columns, observer] = request;
  Hasher hasher;
  hasher.Add("count");
  hasher.Add(kEngineMeaning);
  hasher.Add(place);
  hasher.Add(name);
  hasher.Add(static_cast<int64_t>(id_columns.size()));
  for (const std::string& column : id_columns) hasher.Add(column);
  hasher.Add(feature_version ? 1 : 0);
  hasher.Add(feature_version.value_or(""));
  ARROW_RETURN_NOT_OK(Add(filters, &hasher));
  hasher.Add(with_sample_history ? 1 : 0);
  hasher.Add(include_soft_deleted ? 1 : 0);
  return hasher.Finish();
}

}  // namespace metaxy::internal
