// Whether a store can be reached and used, step by step.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/counted.h"
#include "cli/commands/doctor_checks.h"
#include "cli/output.h"
#include "lancedb/store_errors.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

// Timestamps of rows come from the machine that writes them, and of two rows of a sample the later
// one counts; object stores refuse requests that are more than a quarter of an hour off.
constexpr std::chrono::seconds kClockWorthAWord{30};
constexpr std::chrono::minutes kClockWrong{5};

constexpr std::string_view kNotNeeded = "not needed: the store is a directory";

/// The result of a step; empty remedy if there is nothing to do.
struct Outcome {
  std::string text = "ok";
  std::optional<Finding> finding = std::nullopt;

  bool failed() const { return finding && finding->level == Finding::Level::kProblem; }
};

/// What the steps know about the store: the response to the first request, which lists the tables,
/// determines the results of the earlier steps.
struct Probe {
  DoctorContext& doctor;
  arrow::Result<std::vector<std::string>> tables;
};

struct Step {
  const char* name;
  Outcome (*run)(const Step& step, Probe& probe);
  /// Whether this is the step at which the first request failed. The steps before it have passed.
  bool (*blamed)(const arrow::Status& first);
};

bool Says(const arrow::Status& status, std::string_view text) {
  return status.message().find(text) != std::string::npos;
}

Outcome Found(const Step& step, Finding::Level level, std::string text, std::string remedy) {
  return {level == Finding::Level::kProblem ? "failed" : "see below",
          Finding{level, step.name, std::move(text), std::move(remedy)}};
}

// Messages about stores end with the remedy.
Outcome Failed(const Step& step, const arrow::Status& status) {
  const std::string message = OneLine(status.message());
  const size_t remedy = message.rfind("; ");
  if (remedy == std::string::npos)
    return Found(step, Finding::Level::kProblem, message, "see docs/storage-targets.md");
  return Found(step, Finding::Level::kProblem, message.substr(0, remedy),
               message.substr(remedy + 2));
}

// ---- the steps
Outcome BeforeTheFirstAnswer(const Step& step, Probe& probe) {
  if (!probe.tables.ok()) return Failed(step, probe.tables.status());
  if (probe.doctor.store.administration().target() == StoreTarget::kDirectory)
    return {std::string(kNotNeeded)};
  return {};
}

Outcome List(const Step& step, Probe& probe) {
  if (!probe.tables.ok()) return Failed(step, probe.tables.status());
  return {fmt::format("ok: {}", internal::Counted(probe.tables->size(), "table"))};
}

Outcome Read(const Step& step, Probe& probe) {
  for (const std::string& table : *probe.tables) {
    const arrow::Status status = probe.doctor.store.administration()
                                     .GetTableStatistics(table, CompactOptions().target_rows,
                                                         probe.doctor.context.execution())
                                     .status();
    // A missing or damaged table is not a problem of the store; the tables are checked next.
    if (IsError(status, ErrorCode::kTableNotFound)) continue;
    if (status.ok() || IsError(status, ErrorCode::kCorruptTable)) return {};
    return Failed(step, status);
  }
  return {"skipped: there are no tables"};
}

Outcome ConditionalWrite(const Step& step, Probe& probe) {
  const StoreTarget target = probe.doctor.store.administration().target();
  if (target == StoreTarget::kServer) return {"not needed: the server orders writes itself"};
  if (!probe.doctor.write) return {"skipped: --write tests it, with an empty file"};
  const arrow::Result<std::optional<bool>> refuses =
      probe.doctor.store.administration().SupportsConditionalWrites(
          probe.doctor.context.execution());
  if (!refuses.ok()) return Failed(step, refuses.status());
  if (!*refuses) return {"skipped: the first write creates the directory"};
  if (**refuses) return {};
  return Found(step, Finding::Level::kProblem,
               "the store does not support conditional writes (If-None-Match), so that concurrent "
               "writers could lose rows",
               "use a store with conditional writes, or have one writer at a time");
}

Outcome Clock(const Step& step, Probe& probe) {
  if (!probe.tables.ok()) return Failed(step, probe.tables.status());
  if (probe.doctor.store.administration().target() == StoreTarget::kDirectory)
    return {std::string(kNotNeeded)};
  const auto skew = probe.doctor.store.administration().ClockSkew(probe.doctor.context.execution());
  // The store answers, so this says nothing about the store.
  if (!skew.ok() || !*skew) return {"unknown: the store's host does not report its time"};
  const std::chrono::milliseconds ahead = **skew;
  const auto apart = std::chrono::abs(ahead);
  if (apart < kClockWorthAWord) return {};
  return Found(step, apart < kClockWrong ? Finding::Level::kHint : Finding::Level::kProblem,
               fmt::format("this machine's clock is {} s {} the store's",
                           std::chrono::duration_cast<std::chrono::seconds>(apart).count(),
                           ahead.count() > 0 ? "ahead of" : "behind"),
               "set it, for example with NTP");
}

bool NotAtAll(const arrow::Status&) { return false; }

constexpr auto kSteps = std::to_array<Step>({
    {"name", BeforeTheFirstAnswer,
     [](const arrow::Status& first) { return Says(first, internal::kNoAddress); }},
    {"network", BeforeTheFirstAnswer,
     [](const arrow::Status& first) {
       return IsError(first, ErrorCode::kNetwork) || IsError(first, ErrorCode::kTimeout);
     }},
    {"credentials", BeforeTheFirstAnswer,
     [](const arrow::Status& first) {
       return IsError(first, ErrorCode::kPermissionDenied) && !Says(first, internal::kForbidden) &&
              !Says(first, internal::kClockDiffers);
     }},
    {"list", List,
     [](const arrow::Status& first) { return !Says(first, internal::kClockDiffers); }},
    {"read", Read, NotAtAll},
    {"conditional write", ConditionalWrite, NotAtAll},
    {"clock", Clock, [](const arrow::Status&) { return true; }},
});

// Name and network.
constexpr size_t kReachedByAnyAnswer = 2;

// ---- from steps to a report
arrow::Result<std::vector<std::string>> OpenAndList(MetadataStore& store,
                                                    const ExecutionOptions& execution) {
  ARROW_RETURN_NOT_OK(store.Open(AccessMode::kRead, execution));
  return store.administration().ListTables(execution);
}

// Whether a failure is external, rather than a mistake of the user.
bool OfTheOutside(const arrow::Status& status) {
  switch (GetErrorCode(status)) {
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kTimeout:
    case ErrorCode::kNetwork:
    case ErrorCode::kIo:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kInternal:
      return true;
    default:
      return false;
  }
}

CheckReport Report(const std::array<Outcome, kSteps.size()>& outcomes) {
  CheckReport report;
  Json::Array steps;
  for (size_t i = 0; i < kSteps.size(); ++i) {
    report.text += fmt::format("{:<18}  {}\n", kSteps[i].name, outcomes[i].text);
    steps.emplace_back(Json::Object{{"step", kSteps[i].name}, {"outcome", outcomes[i].text}});
    if (outcomes[i].finding) report.findings.push_back(*outcomes[i].finding);
  }
  report.details = Json::Object{{"steps", std::move(steps)}};
  return report;
}

}  // namespace

arrow::Result<CheckReport> CheckConnection(DoctorContext& doctor) {
  // A store that does not answer is retried as often as configured.
  doctor.context.output().Progress("waiting for the store's answer");
  Probe probe{doctor, OpenAndList(doctor.store, doctor.context.execution())};
  doctor.context.output().Progress("");
  const arrow::Status& first = probe.tables.status();
  if (!first.ok() && !OfTheOutside(first)) return first;
  std::array<Outcome, kSteps.size()> outcomes;
  outcomes.fill({"not reached"});
  if (!first.ok()) {
    size_t blamed = 0;
    while (!kSteps[blamed].blamed(first)) ++blamed;
    // A request that is refused because of clock skew has reached the store; nothing more is known.
    const size_t passed = kSteps[blamed].run == Clock ? kReachedByAnyAnswer : blamed;
    std::fill_n(outcomes.begin(), passed, Outcome{});
    outcomes[blamed] = kSteps[blamed].run(kSteps[blamed], probe);
    return Report(outcomes);
  }
  for (size_t i = 0; i < kSteps.size(); ++i) {
    doctor.context.output().Progress(kSteps[i].name);
    outcomes[i] = kSteps[i].run(kSteps[i], probe);
    if (outcomes[i].failed()) break;
  }
  doctor.context.output().Progress("");
  return Report(outcomes);
}

}  // namespace metaxy::cli
