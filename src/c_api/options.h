// Conversion of C options to those of the library.
#pragma once

#include <arrow/result.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "metaxy/c_api_failures.h"
#include "metaxy/c_api_upkeep.h"
#include "metaxy/config.h"
#include "metaxy/errors.h"
#include "metaxy/store_options.h"

namespace metaxy::internal {

/// InvalidInput for a negative timeout or number.
arrow::Result<ExecutionOptions> ToExecutionOptions(const metaxy_execution* given);
arrow::Result<ReadOptions> ToReadOptions(const metaxy_read_options* given);
arrow::Result<WriteOptions> ToWriteOptions(const metaxy_write_options* given);
/// InvalidInput for a mode or a number that is none of the C interface.
arrow::Result<FailurePolicy> ToFailurePolicy(int32_t mode, const metaxy_retry_policy* given);
/// Without the samples and the rows of parents.
arrow::Result<ResolveUpdateOptions> ToResolveOptions(const metaxy_resolve_options& given);
arrow::Result<DeleteOptions> ToDeleteOptions(const metaxy_delete_options& given);
arrow::Result<PushOptions> ToPushOptions(const metaxy_push_options* given);
ConfigLoadOptions ToLoadOptions(const char* config_file, const metaxy_load_options& given);
/// InvalidInput, naming it, if a string is missing.
arrow::Result<std::vector<std::string>> ToTexts(const char* const* texts, size_t count,
                                                const char* what);
/// InvalidInput if a string is missing; its content is validated where it is used.
arrow::Result<Filters> ToFilters(const char* const* texts, size_t count);

/// The struct as this library knows it: members that the caller's struct lacks are zero. All zeros
/// if it is null. InvalidInput if its size is not set.
template <class Options>
arrow::Result<Options> WithAllMembers(const Options* given) {
  Options options{};
  if (given != nullptr) {
    if (given->struct_size == 0) {
      return MakeError(ErrorCode::kInvalidInput,
                       "struct_size of the options is 0; set it to sizeof() of their type");
    }
    std::memcpy(&options, given, std::min(given->struct_size, sizeof(Options)));
  }
  return options;
}

/// InvalidInput if the size of the caller's result struct is not set.
template <class Result>
arrow::Status CheckSize(const Result* result) {
  if (result == nullptr || result->struct_size != 0) return arrow::Status::OK();
  return MakeError(ErrorCode::kInvalidInput,
                   "struct_size of the result is 0; set it to sizeof() of its type");
}

/// Sets those members that the caller's struct has; does nothing if it is null.
template <class Result>
void FillIn(const std::type_identity_t<Result>& from, Result* result) {
  if (result == nullptr) return;
  const size_t size = result->struct_size;
  Result copy = from;
  copy.struct_size = size;
  std::memcpy(result, &copy, std::min(size, sizeof(Result)));
}

}  // namespace metaxy::internal
