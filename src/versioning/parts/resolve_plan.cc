#include "versioning/parts/resolve_plan.h"

#include <arrow/buffer.h>

#include <bit>
#include <utility>

#include "base/byte_stream.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

constexpr SealedKind kPlan{.kind = "plan", .format = "1", .made_by = "PlanResolve()"};

using Conditions = PlannedResolve::Conditions;

arrow::Status Write(const Conditions& conditions, ByteWriter* writer) {
  writer->Number(static_cast<uint64_t>(conditions.size()));
  for (const auto& condition : conditions) {
    const auto bytes = arrow::compute::Serialize(condition);
    if (!bytes.ok()) {
      return MakeError(ErrorCode::kNotSupported, "a condition cannot be sent to other processes: " +
                                                     bytes.status().message() +
                                                     "; resolve in one process");
    }
    writer->Text(std::string_view(**bytes));
  }
  return arrow::Status::OK();
}

arrow::Result<Conditions> ReadConditions(ByteReader* reader) {
  Conditions conditions;
  for (size_t count = reader->Count(sizeof(uint64_t)); count > 0; --count) {
    const std::string_view text = reader->Text();
    ARROW_ASSIGN_OR_RAISE(
        auto condition, arrow::compute::Deserialize(arrow::Buffer::FromString(std::string(text))));
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

void Write(const PlannedResolve::Failures& failures, ByteWriter* writer) {
  const RetryPolicy& retry = failures.policy.retry();
  WritePin(failures.pin, writer);
  writer->Number(failures.feature_hash);
  writer->Number(failures.now);
  writer->Number(static_cast<uint8_t>(failures.policy.mode() == FailurePolicy::Mode::kRetry));
  writer->Number(retry.max_attempts);
  writer->Number(static_cast<int64_t>(retry.first_wait.count()));
  writer->Number(std::bit_cast<uint64_t>(retry.backoff));
  writer->Number(static_cast<int64_t>(retry.max_wait.count()));
  writer->Texts(retry.never_retry);
}

PlannedResolve::Failures ReadFailures(ByteReader* reader) {
  PlannedResolve::Failures failures;
  failures.pin = ReadPin(reader);
  failures.feature_hash = reader->Number<uint64_t>();
  failures.now = reader->Number<int64_t>();
  const bool retries = reader->Number<uint8_t>() != 0;
  RetryPolicy retry;
  retry.max_attempts = reader->Number<int64_t>();
  retry.first_wait = std::chrono::seconds(reader->Number<int64_t>());
  retry.backoff = std::bit_cast<double>(reader->Number<uint64_t>());
  retry.max_wait = std::chrono::seconds(reader->Number<int64_t>());
  retry.never_retry = reader->Texts();
  failures.policy = retries ? FailurePolicy::Retry(std::move(retry)) : FailurePolicy::Skip();
  return failures;
}

}  // namespace

PlannedResolve PlannedResolve::Of(const ResolveInput& input) {
  PlannedResolve plan;
  plan.feature = input.plan->feature().key.ToString();
  plan.feature_version = input.current_version;
  plan.hashing = HashingOf(input.hash_algorithm, input.hash_truncation_length);
  plan.skip_comparison = input.skip_comparison;
  for (const DependencyInput& dependency : input.dependencies) {
    plan.versions.push_back(dependency.feature_version);
    plan.filters.push_back(dependency.filters);
  }
  plan.filters.push_back(input.filters);
  plan.predicates = input.staleness_predicates;
  return plan;
}

ResolveInput PlannedResolve::Input() const {
  ResolveInput input;
  input.current_version = feature_version;
  input.filters = filters.back();
  input.staleness_predicates = predicates;
  for (size_t i = 0; i < versions.size(); ++i)
    input.dependencies.push_back({nullptr, versions[i], filters[i]});
  input.skip_comparison = skip_comparison;
  return input;
}

arrow::Result<std::string> PlannedResolve::Serialise() const {
  ByteWriter writer;
  writer.Text(feature);
  writer.Text(feature_version);
  writer.Text(hashing);
  writer.Number(parts);
  writer.Number(seed);
  writer.Number(static_cast<uint8_t>(skip_comparison ? 1 : 0));
  writer.Number(static_cast<uint64_t>(tables.size()));
  for (const TablePin& pin : tables) WritePin(pin, &writer);
  writer.Texts(versions);
  for (const Conditions& conditions : filters) ARROW_RETURN_NOT_OK(Write(conditions, &writer));
  ARROW_RETURN_NOT_OK(Write(predicates, &writer));
  writer.Number(static_cast<uint8_t>(failures ? 1 : 0));
  if (failures) Write(*failures, &writer);
  return Seal(kPlan, writer.bytes());
}

arrow::Result<PlannedResolve> PlannedResolve::Parse(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view content, Unseal(kPlan, bytes));
  ByteReader reader(content);
  PlannedResolve plan;
  plan.feature = reader.Text();
  plan.feature_version = reader.Text();
  plan.hashing = reader.Text();
  plan.parts = reader.Number<uint64_t>();
  plan.seed = reader.Number<uint64_t>();
  plan.skip_comparison = reader.Number<uint8_t>() != 0;
  plan.tables.resize(reader.Count(5 * sizeof(uint64_t)));
  for (TablePin& pin : plan.tables) pin = ReadPin(&reader);
  plan.versions = reader.Texts();
  for (size_t i = 0; i <= plan.versions.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(plan.filters.emplace_back(), ReadConditions(&reader));
  }
  ARROW_ASSIGN_OR_RAISE(plan.predicates, ReadConditions(&reader));
  if (reader.Number<uint8_t>() != 0) plan.failures = ReadFailures(&reader);
  const bool fits =
      plan.tables.size() == plan.versions.size() || plan.tables.size() == plan.versions.size() + 1;
  if (!reader.complete() || !fits) return NotSealed(kPlan, "they are incomplete");
  return plan;
}

}  // namespace metaxy::internal
