// metaxy explain
#include <fmt/core.h>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/commands/snapshot_text.h"
#include "cli/context.h"
#include "metaxy/explanation.h"

namespace metaxy::cli {

namespace {

constexpr int64_t kExamples = 3;

std::string IdText(const SampleReason& sample) {
  std::string text;
  for (const auto& [column, value] : sample.id)
    text += (text.empty() ? "" : ", ") + fmt::format("{} = {}", column, value);
  return text;
}

std::string Transition(const std::optional<std::string>& from,
                       const std::optional<std::string>& to) {
  return fmt::format("{} -> {}", from.value_or("nothing"), to.value_or("nothing"));
}

void PrintField(Output& output, const FieldReason& reason) {
  output.PrintLine(fmt::format("    field {} (code version {}): {}", reason.field,
                               reason.code_version, Transition(reason.stored, reason.expected)));
  for (const Cause& cause : reason.causes) {
    output.PrintLine("      because " + output.Styled(Style::kCyan, cause.parent.ToString()) +
                     " changed: " + Transition(cause.old_version, cause.new_version));
  }
  if (reason.causes.empty()) {
    output.PrintLine(
        "      no parent row has been written since then; the stored provenance came from "
        "elsewhere");
  }
}

void PrintSample(Output& output, const SampleReason& sample) {
  output.PrintLine(
      fmt::format("  {}: {}", output.Styled(Style::kBold, IdText(sample)), sample.state));
  if (sample.state == "new") {
    output.PrintLine(sample.other_feature_version
                         ? fmt::format("    stored for the feature version {} only: the definition "
                                       "has changed since",
                                       *sample.other_feature_version)
                         : "    never stored");
  }
  if (sample.state == "orphaned")
    output.PrintLine("    stored, but no parent row produces it any more");
  if (sample.state == "stale" && sample.fields.empty())
    output.PrintLine("    its stored provenance is null");
  for (const FieldReason& reason : sample.fields) PrintField(output, reason);
}

std::string HowCounted(const ResolveReport& report) {
  if (!report.delta)
    return fmt::format("counted by reading {} rows: {}", report.rows_read, report.reason);
  if (report.rows_read == 0) return "counted by an earlier resolve: no row has changed since";
  return fmt::format("counted by an earlier resolve, and by reading {} rows of {} keys",
                     report.rows_read, report.keys);
}

void PrintPlain(Output& output, const Explanation& explanation) {
  output.PrintLine(output.Styled(Style::kBold, explanation.feature.ToString()) + "  " +
                   output.Styled(Style::kDim, "version " + explanation.feature_version));
  if (explanation.is_root) {
    output.PrintLine(
        "  a root feature: its samples and their provenance come from outside, in the rows that "
        "are written;");
    output.PrintLine(
        "  `metaxy metadata resolve --samples FILE` compares them with the stored rows");
    return;
  }
  const IncrementCounts& counts = explanation.counts;
  output.PrintLine(fmt::format("  {} new, {} stale, {} orphaned", counts.new_samples, counts.stale,
                               counts.orphaned));
  if (explanation.stored_for_other_versions > 0) {
    output.PrintLine(fmt::format("  {} of the new ones {} stored for other versions of the feature",
                                 explanation.stored_for_other_versions,
                                 explanation.stored_for_other_versions == 1 ? "is" : "are"));
  }
  for (const auto& [field, count] : explanation.stale_fields)
    output.PrintLine(
        fmt::format("  field {} differs in {}", field, internal::Counted(count, "sample")));
  if (!explanation.samples.empty()) output.PrintLine();
  for (const SampleReason& sample : explanation.samples) PrintSample(output, sample);
  output.PrintLine();
  output.PrintLine(output.Styled(Style::kDim, HowCounted(explanation.report)));
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  std::shared_ptr<MetadataStore> store;
  ARROW_ASSIGN_OR_RAISE(const auto graph, GraphAt(context, arguments, *project, &store));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *graph));
  if (!store) {
    ARROW_ASSIGN_OR_RAISE(store, OpenStoreAt(context, arguments));
  }
  ARROW_ASSIGN_OR_RAISE(
      Explanation explanation,
      store->Explain(feature, {.sample = arguments.Text("sample"),
                               .examples = arguments.Number("limit").value_or(kExamples),
                               .execution = context.execution()}));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    context.output().PrintJson(explanation.ToJson());
  } else {
    PrintPlain(context.output(), explanation);
  }
  return kDone;
}

}  // namespace

CommandSpec ExplainCommand() {
  using Kind = OptionSpec::Kind;
  return {nullptr,
          "explain",
          nullptr,
          "Explain why samples of a feature are new, stale or orphaned",
          {FeatureArgument(),
           {"--sample", Kind::kText,
            "one sample by its id; with several id columns as column=value,column=value"},
           {"--limit", Kind::kNumber, "the number of examples of each kind (default: 3)"},
           StoreOption(),
           AtOption(),
           FormatOption()},
          Run};
}

}  // namespace metaxy::cli
