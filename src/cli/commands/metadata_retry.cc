// metaxy metadata retry
#include <arrow/array.h>
#include <arrow/table.h>
#include <fmt/core.h>

#include "base/counted.h"
#include "cli/commands/commands.h"
#include "cli/commands/failure_selection.h"
#include "cli/context.h"

namespace metaxy::cli {

namespace {

// What a clearing would forget.
arrow::Result<ClearedFailures> Count(MetadataStore& store, const FailureSelection& selection) {
  ARROW_ASSIGN_OR_RAISE(const auto failures, store.failures().Read(selection));
  ClearedFailures counted{.failures = failures->num_rows()};
  ARROW_ASSIGN_OR_RAISE(const auto batch, failures->CombineChunksToBatch());
  const auto& attempts =
      static_cast<const arrow::Int64Array&>(*batch->GetColumnByName(std::string(kFailureAttempts)));
  for (int64_t row = 0; row < attempts.length(); ++row) counted.attempts += attempts.Value(row);
  return counted;
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Project> project, context.LoadProject());
  ARROW_ASSIGN_OR_RAISE(
      const std::shared_ptr<MetadataStore> store,
      context.OpenStore(dry_run ? AccessMode::kRead : AccessMode::kWrite, arguments.Text("store")));
  std::optional<int> refused;
  ARROW_ASSIGN_OR_RAISE(const FailureSelection selection,
                        SelectFailures(context, arguments, *project, *store,
                                       /*all_by_default=*/false, &refused));
  if (refused) return *refused;
  ClearedFailures cleared;
  if (dry_run) {
    ARROW_ASSIGN_OR_RAISE(cleared, Count(*store, selection));
  } else {
    ARROW_ASSIGN_OR_RAISE(cleared, store->failures().Clear(selection));
    context.Committed(internal::Counted(cleared.failures, "failure") + " cleared");
  }
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    context.output().PrintJson(Json::Object{
        {"dry_run", dry_run}, {"failures", cleared.failures}, {"attempts", cleared.attempts}});
  }
  context.output().Note(fmt::format("{} {} ({})", dry_run ? "would clear" : "cleared",
                                    internal::Counted(cleared.failures, "failure"),
                                    internal::Counted(cleared.attempts, "attempt")));
  return kDone;
}

}  // namespace

CommandSpec MetadataRetryCommand() {
  std::vector<OptionSpec> options = FailureSelectionOptions();
  for (OptionSpec option : std::vector<OptionSpec>{
           StoreOption(),
           {"--dry-run", OptionSpec::Kind::kFlag, "only say how many failures there are"},
           MemoryLimitOption(),
           FormatOption()}) {
    options.push_back(std::move(option));
  }
  return {
      "metadata",         "retry", nullptr, "Forget failures, so that their samples are retried",
      std::move(options), Run};
}

}  // namespace metaxy::cli
