#include "c_api/options.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <utility>

#include "c_api/handles.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// Seconds of an option that is 0 for its default.
arrow::Result<std::chrono::seconds> ToSeconds(double seconds, std::chrono::seconds otherwise,
                                              const char* what) {
  if (seconds == 0) return otherwise;
  constexpr double kMost = 1e10;
  if (seconds > 0 && seconds < kMost)
    return std::chrono::seconds(static_cast<int64_t>(std::ceil(seconds)));
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("{} is {}; use 0 to 1e10 seconds", what, seconds));
}

}  // namespace

arrow::Result<std::vector<std::string>> ToTexts(const char* const* texts, size_t count,
                                                const char* what) {
  std::vector<std::string> result;
  for (size_t i = 0; i < count; ++i) {
    if (texts == nullptr || texts[i] == nullptr) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("{} {} of {} is NULL", what, i + 1, count));
    }
    result.emplace_back(texts[i]);
  }
  return result;
}

arrow::Result<FailurePolicy> ToFailurePolicy(int32_t mode, const metaxy_retry_policy* given) {
  if (mode == METAXY_FAILURES_INCLUDE) return FailurePolicy::Include();
  if (mode == METAXY_FAILURES_SKIP) return FailurePolicy::Skip();
  if (mode != METAXY_FAILURES_RETRY) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("failures is {}; use one of METAXY_FAILURES_*, 0 to 2", mode));
  }
  ARROW_ASSIGN_OR_RAISE(const metaxy_retry_policy retry, WithAllMembers(given));
  RetryPolicy policy;
  if (retry.max_attempts != 0) policy.max_attempts = retry.max_attempts;
  if (retry.backoff != 0) policy.backoff = retry.backoff;
  ARROW_ASSIGN_OR_RAISE(policy.first_wait, ToSeconds(retry.first_wait_seconds, policy.first_wait,
                                                     "first_wait_seconds"));
  ARROW_ASSIGN_OR_RAISE(policy.max_wait,
                        ToSeconds(retry.max_wait_seconds, policy.max_wait, "max_wait_seconds"));
  ARROW_ASSIGN_OR_RAISE(policy.never_retry,
                        ToTexts(retry.never_retry, retry.num_never_retry, "kind never to retry"));
  return FailurePolicy::Retry(std::move(policy));
}

arrow::Result<Filters> ToFilters(const char* const* texts, size_t count) {
  ARROW_ASSIGN_OR_RAISE(const auto conditions, ToTexts(texts, count, "filter"));
  Filters filters;
  for (const std::string& condition : conditions) filters.emplace_back(condition);
  return filters;
}

arrow::Result<ExecutionOptions> ToExecutionOptions(const metaxy_execution* given) {
  ARROW_ASSIGN_OR_RAISE(const metaxy_execution execution, WithAllMembers(given));
  if (execution.memory_limit < 0 || execution.threads < 0 || !(execution.timeout_seconds >= 0)) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("memory_limit {}, threads {}, timeout_seconds {}: none may be "
                    "negative; 0 is the default",
                    execution.memory_limit, execution.threads, execution.timeout_seconds));
  }
  ExecutionOptions options{.threads = execution.threads};
  if (execution.memory_limit > 0) options.memory_limit = execution.memory_limit;
  // More than a year means no limit, and would exceed the range of the clock.
  constexpr double kLongest = 365.0 * 86400;
  if (execution.timeout_seconds > 0 && execution.timeout_seconds < kLongest) {
    options.deadline = std::chrono::steady_clock::now() +
                       std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                           std::chrono::duration<double>(execution.timeout_seconds));
  }
  if (execution.stop != nullptr) {
    options.stop_token = execution.stop->source.token();
  }
  if (execution.on_progress != nullptr) {
    options.on_progress = [call = execution.on_progress,
                           data = execution.progress_data](const ExecutionProgress& progress) {
      call(data, static_cast<int32_t>(progress.phase), progress.rows, progress.total_rows);
    };
  }
  return options;
}

arrow::Result<ReadOptions> ToReadOptions(const metaxy_read_options* given) {
  ARROW_ASSIGN_OR_RAISE(const metaxy_read_options read, WithAllMembers(given));
  ReadOptions options;
  ARROW_ASSIGN_OR_RAISE(options.filters, ToFilters(read.filters, read.num_filters));
  ARROW_ASSIGN_OR_RAISE(options.columns, ToTexts(read.columns, read.num_columns, "column"));
  options.with_feature_history = read.with_feature_history != 0;
  options.with_sample_history = read.with_sample_history != 0;
  options.include_soft_deleted = read.include_soft_deleted != 0;
  ARROW_ASSIGN_OR_RAISE(options.execution, ToExecutionOptions(read.execution));
  return options;
}

arrow::Result<WriteOptions> ToWriteOptions(const metaxy_write_options* given) {
  ARROW_ASSIGN_OR_RAISE(const metaxy_write_options write, WithAllMembers(given));
  WriteOptions options;
  if (write.materialization_id != nullptr) options.materialization_id = write.materialization_id;
  options.preserve_feature_version = write.preserve_feature_version != 0;
  if (write.write_id != nullptr) options.write_id = write.write_id;
  ARROW_ASSIGN_OR_RAISE(options.execution, ToExecutionOptions(write.execution));
  return options;
}

arrow::Result<ResolveUpdateOptions> ToResolveOptions(const metaxy_resolve_options& given) {
  ResolveUpdateOptions options;
  ARROW_ASSIGN_OR_RAISE(options.global_filters,
                        ToFilters(given.global_filters, given.num_global_filters));
  ARROW_ASSIGN_OR_RAISE(options.target_filters,
                        ToFilters(given.target_filters, given.num_target_filters));
  ARROW_ASSIGN_OR_RAISE(options.staleness_predicates,
                        ToFilters(given.staleness_predicates, given.num_staleness_predicates));
  options.skip_comparison = given.skip_comparison != 0;
  ARROW_ASSIGN_OR_RAISE(options.failures, ToFailurePolicy(given.failures, given.retry));
  if (given.delta != nullptr) {
    ARROW_ASSIGN_OR_RAISE(options.delta, ParseDeltaMode(given.delta));
  }
  for (size_t i = 0; i < given.num_filters; ++i) {
    if (given.filters == nullptr || given.filters[i].feature == nullptr) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("the feature of filters {} of {} is NULL", i + 1, given.num_filters));
    }
    ARROW_ASSIGN_OR_RAISE(auto filters,
                          ToFilters(given.filters[i].filters, given.filters[i].num_filters));
    options.filters.emplace_back(given.filters[i].feature, std::move(filters));
  }
  ARROW_ASSIGN_OR_RAISE(options.execution, ToExecutionOptions(given.execution));
  return options;
}

arrow::Result<DeleteOptions> ToDeleteOptions(const metaxy_delete_options& given) {
  DeleteOptions options{.soft = given.hard == 0,
                        .with_feature_history = given.with_feature_history != 0,
                        .with_sample_history = given.with_sample_history != 0};
  ARROW_ASSIGN_OR_RAISE(options.execution, ToExecutionOptions(given.execution));
  return options;
}

arrow::Result<PushOptions> ToPushOptions(const metaxy_push_options* given) {
  ARROW_ASSIGN_OR_RAISE(const metaxy_push_options push, WithAllMembers(given));
  ARROW_ASSIGN_OR_RAISE(const auto names,
                        ToTexts(push.tag_names, push.num_tags, "the name of tag"));
  ARROW_ASSIGN_OR_RAISE(const auto values,
                        ToTexts(push.tag_values, push.num_tags, "the value of tag"));
  PushOptions options;
  for (size_t i = 0; i < names.size(); ++i) options.tags.emplace_back(names[i], values[i]);
  ARROW_ASSIGN_OR_RAISE(options.execution, ToExecutionOptions(push.execution));
  return options;
}

ConfigLoadOptions ToLoadOptions(const char* config_file, const metaxy_load_options& given) {
  ConfigLoadOptions options;
  if (config_file != nullptr) options.config_file = config_file;
  if (given.on_log != nullptr) {
    options.on_log = [call = given.on_log, data = given.log_data](const LogRecord& record) {
      const int32_t severity =
          record.severity == LogSeverity::kInfo ? METAXY_LOG_INFO : METAXY_LOG_WARNING;
      // The names are literals, which are NUL-terminated.
      // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
      call(data, severity, LogSubjectName(record.subject).data(), record.message.c_str(),
           record.values.DumpPython().c_str());
    };
  }
  return options;
}

}  // namespace metaxy::internal
