// metaxy doctor
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/doctor_checks.h"
#include "cli/context.h"

namespace metaxy::cli {

namespace {

struct Examined {
  const DoctorCheck* check;
  CheckReport report;
};

std::string_view LevelName(Finding::Level level) {
  return level == Finding::Level::kHint ? "hint" : "problem";
}

// "problem" if there is one, else "hint" or "ok".
std::string_view Verdict(const CheckReport& report) {
  std::string_view verdict = "ok";
  for (const Finding& finding : report.findings) {
    if (finding.level == Finding::Level::kProblem) return LevelName(finding.level);
    verdict = LevelName(finding.level);
  }
  return verdict;
}

Json ToJson(const Examined& examined) {
  Json::Array findings;
  for (const Finding& finding : examined.report.findings) {
    findings.emplace_back(Json::Object{{"level", std::string(LevelName(finding.level))},
                                       {"subject", finding.subject},
                                       {"text", finding.text},
                                       {"remedy", finding.remedy}});
  }
  Json json = Json::Object{{"check", examined.check->name},
                           {"verdict", std::string(Verdict(examined.report))},
                           {"findings", std::move(findings)}};
  for (const auto& [key, value] : examined.report.details.as_object()) json.Set(key, value);
  return json;
}

void PrintPlain(Output& output, const std::vector<Examined>& all) {
  for (const Examined& examined : all) {
    output.PrintLine(output.Styled(Style::kBold, examined.check->title));
    output.Print(examined.report.text);
    for (const Finding& finding : examined.report.findings) {
      const bool problem = finding.level == Finding::Level::kProblem;
      output.PrintLine(fmt::format(
          "{} {}: {}; {}",
          output.Styled(problem ? Style::kRed : Style::kYellow, LevelName(finding.level)),
          finding.subject, finding.text, finding.remedy));
    }
    if (examined.report.findings.empty())
      output.PrintLine(output.Styled(Style::kGreen, "no problems found"));
  }
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project, context.LoadProject());
  const std::optional<std::string> by_place = arguments.Text("STORE");
  if (by_place && arguments.Has("store")) {
    return MakeError(ErrorCode::kInvalidInput,
                     "the store is named twice; leave out STORE or --store");
  }
  const std::string name =
      by_place ? *by_place : arguments.Text("store").value_or(project->config().store);
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store, project->GetStore(name));
  DoctorContext doctor{
      context, *project, name, *store, arguments.Flag("write"), arguments.Flag("repair")};
  std::vector<Examined> all;
  int code = kDone;
  for (const DoctorCheck& check : DoctorChecks()) {
    ARROW_RETURN_NOT_OK(context.execution().stop_token.Poll());
    arrow::Result<CheckReport> report = check.run(doctor);
    if (!report.ok()) {
      ARROW_RETURN_NOT_OK(store->Close(context.execution()));
      return WithContext(report.status(),
                         fmt::format("check '{}' of store '{}'", check.name, name));
    }
    all.push_back({&check, *std::move(report)});
    if (Verdict(all.back().report) == "problem") {
      code = check.problem;
      break;
    }
  }
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (!arguments.json()) {
    PrintPlain(context.output(), all);
    return code;
  }
  Json::Array checks;
  for (const Examined& examined : all) checks.push_back(ToJson(examined));
  context.output().PrintJson(
      Json::Object{{"store", name}, {"healthy", code == kDone}, {"checks", std::move(checks)}});
  return code;
}

}  // namespace

CommandSpec DoctorCommand() {
  using Kind = OptionSpec::Kind;
  return {nullptr,
          "doctor",
          nullptr,
          "Check a store step by step, check its tables, and suggest remedies",
          {{.name = "STORE",
            .kind = Kind::kText,
            .help = "the same as --store STORE",
            .takes = OptionSpec::Takes::kStore},
           StoreOption(),
           {"--write", Kind::kFlag,
            "also test conditional writes, with an empty file that is deleted again"},
           {"--repair", Kind::kFlag,
            "repair unreadable tables: rename columns that cannot be addressed, remove columns "
            "without values, and remove rows with unreadable values"},
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
