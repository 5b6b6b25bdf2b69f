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

}  // namespace

arrow::Result<std::string> FingerprintOf(const ResolveInput& input) {
  Hasher hasher;
  hasher.Add(kEngineMeaning);
  hasher.Add(HashAlgorithmName(input.hash_algorithm));
  hasher.Add(input.hash_truncation_length);
  const FeatureSpec& feature = input.plan->feature();
  hasher.Add(feature.ToJson().DumpPython());
  hasher.Add(input.current_version);
  hasher.Add(input.place);
  ARROW_RETURN_NOT_OK(Add(input.filters, &hasher));
  ARROW_RETURN_NOT_OK(Add(input.staleness_predicates, &hasher));
  hasher.Add(static_cast<int64_t>(input.dependencies.size()));
  for (size_t i = 0; i < input.dependencies.size(); ++i) {
    const DependencyInput& dependency = input.dependencies[i];
    hasher.Add(input.plan->parents()[i].ToJson().DumpPython());
    hasher.Add(dependency.feature_version);
    hasher.Add(dependency.place);
    ARROW_RETURN_NOT_OK(Add(dependency.filters, &hasher));
  }
  return hasher.Finish();
}

}  // namespace metaxy::internal
