// metaxy store promote
#include <fmt/core.h>

#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

using Promoted = std::vector<PromotedFeature>;

void PrintPlain(Output& output, const Promoted& features) {
  TextTable table;
  table.AddColumn("Feature");
  for (const char* title : {"Added", "Replaced", "Deleted", "Unchanged", "Conflicts"})
    table.AddColumn(title, TextTable::Align::kRight);
  for (const PromotedFeature& each : features) {
    table.AddRow({{each.feature.ToString(), Style::kCyan},
                  {std::to_string(each.added)},
                  {std::to_string(each.replaced)},
                  {std::to_string(each.deleted)},
                  {std::to_string(each.unchanged)},
                  {std::to_string(each.conflicts)}});
  }
  table.Print(&output);
}

PromoteConflicts ConflictsOf(const Arguments& arguments) {
  const std::string how = arguments.Text("conflicts").value_or("refuse");
  if (how == "keep") return PromoteConflicts::kKeep;
  return how == "overwrite" ? PromoteConflicts::kOverwrite : PromoteConflicts::kRefuse;
}

// A look at what would be done, and whether it is wanted. `std::nullopt` if the command may
// continue.
std::optional<int> Refused(Context& context, const Arguments& arguments, const std::string& to) {
  if (arguments.Flag("yes")) return std::nullopt;
  const std::optional<bool> agreed =
      context.output().Ask(fmt::format("Write these rows to store '{}'?", to));
  if (!agreed || *agreed) return std::nullopt;
  context.output().Note("nothing was written");
  return kCheckFailed;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project, context.LoadProject());
  const std::string from_name = *arguments.Text("FROM");
  const std::string to_name = *arguments.Text("TO");
  PromoteOptions options{.conflicts = ConflictsOf(arguments), .execution = context.execution()};
  if (arguments.Has("feature")) {
    options.features.emplace();
    for (const std::string& name : arguments.Texts("feature")) {
      ARROW_ASSIGN_OR_RAISE(options.features->emplace_back(), FeatureKey::Make(name));
    }
  }
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> from,
                        context.OpenStore(AccessMode::kRead, from_name));
  ARROW_ASSIGN_OR_RAISE(
      const std::shared_ptr<MetadataStore> to,
      context.OpenStore(dry_run ? AccessMode::kRead : AccessMode::kWrite, to_name));
  options.dry_run = true;
  ARROW_ASSIGN_OR_RAISE(Promoted features, to->administration().Promote(*from, options));
  if (!arguments.json()) PrintPlain(context.output(), features);
  if (!dry_run) {
    if (const std::optional<int> refused = Refused(context, arguments, to_name)) return *refused;
    options.dry_run = false;
    ARROW_ASSIGN_OR_RAISE(features, to->administration().Promote(*from, options));
    context.Committed("rows of " + from_name);
  }
  ARROW_RETURN_NOT_OK(to->Close(context.execution()));
  ARROW_RETURN_NOT_OK(from->Close(context.execution()));
  context.output().Note(
      fmt::format("{} from {} to {}", dry_run ? "would promote" : "promoted", from_name, to_name));
  if (arguments.json()) {
    Json::Array list;
    for (const PromotedFeature& each : features) list.push_back(each.ToJson());
    context.output().PrintJson(Json::Object{
        {"dry_run", dry_run}, {"from", from_name}, {"to", to_name}, {"features", std::move(list)}});
  }
  return kDone;
}

}  // namespace

CommandSpec StorePromoteCommand() {
  using Kind = OptionSpec::Kind;
  using Takes = OptionSpec::Takes;
  return {
      "store",
      "promote",
      nullptr,
      "Copy what a branch has made into another store, after a look at it",
      {{.name = "FROM",
        .kind = Kind::kText,
        .help = "the store of the branch",
        .required = true,
        .takes = Takes::kStore},
       {.name = "TO",
        .kind = Kind::kText,
        .help = "the store to write",
        .required = true,
        .takes = Takes::kStore},
       {.name = "--feature",
        .kind = Kind::kTexts,
        .help = "only this feature",
        .takes = Takes::kFeature},
       {.name = "--conflicts",
        .kind = Kind::kChoice,
        .help =
            "samples of which TO has a later row: refuse to do anything (the default), keep those "
            "rows, or overwrite them",
        .choices = {"refuse", "keep", "overwrite"}},
       {"--yes", Kind::kFlag, "do not ask before rows are written"},
       {"--dry-run", Kind::kFlag, "only say what would be written"},
       MemoryLimitOption(),
       FormatOption()},
      Run};
}

}  // namespace metaxy::cli
