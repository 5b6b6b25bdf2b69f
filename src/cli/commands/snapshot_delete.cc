// metaxy snapshot delete, metaxy snapshot gc
#include <fmt/core.h>

#include "base/age.h"
#include "base/counted.h"
#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/commands/snapshot_text.h"
#include "cli/context.h"

namespace metaxy::cli {

namespace {

// Asks before the rows of a snapshot become prunable. `std::nullopt` if the command may continue.
std::optional<int> Refused(Context& context, const Arguments& arguments, const std::string& name) {
  if (arguments.Flag("yes") || arguments.Flag("dry-run")) return std::nullopt;
  const std::optional<bool> agreed = context.output().Ask(
      fmt::format("Delete snapshot {}, so that its rows can be removed?", Quote(name)));
  if (agreed && *agreed) return std::nullopt;
  if (agreed) {
    context.output().Note("nothing was deleted");
    return kCheckFailed;
  }
  return context.Refuse(arguments.json(), "MISSING_CONFIRMATION",
                        fmt::format("a snapshot that is deleted cannot be brought back; confirm "
                                    "the deletion of {} with --yes",
                                    Quote(name)));
}

arrow::Result<int> Delete(Context& context, const Arguments& arguments) {
  const std::string name = *arguments.Text("NAME");
  const bool dry_run = arguments.Flag("dry-run");
  ARROW_ASSIGN_OR_RAISE(
      const std::shared_ptr<MetadataStore> store,
      context.OpenStore(dry_run ? AccessMode::kRead : AccessMode::kWrite, arguments.Text("store")));
  // One that is not there needs no confirmation.
  ARROW_ASSIGN_OR_RAISE(const SnapshotInfo snapshot,
                        store->snapshots().Get(name, context.execution()));
  if (const std::optional<int> refused = Refused(context, arguments, name)) return *refused;
  if (!dry_run) {
    ARROW_RETURN_NOT_OK(store->snapshots().Delete(name, context.execution()));
    context.Committed("snapshot " + name + " deleted");
  }
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  context.output().Note(fmt::format(
      "{} snapshot {} of {} UTC", dry_run ? "would delete" : "deleted", name, TimeText(snapshot)));
  if (arguments.json())
    context.output().PrintJson(Json::Object{{"dry_run", dry_run}, {"deleted", name}});
  return kDone;
}

arrow::Result<int> CollectGarbage(Context& context, const Arguments& arguments) {
  RemoveLeftoversOptions options{.dry_run = arguments.Flag("dry-run"),
                                 .execution = context.execution()};
  if (const std::optional<std::string> age = arguments.Text("older-than")) {
    const auto parsed = internal::ParseAge(*age);
    if (!parsed.ok()) return WithContext(parsed.status(), "--older-than");
    options.older_than = *parsed;
  }
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<MetadataStore> store,
                        context.OpenStore(options.dry_run ? AccessMode::kRead : AccessMode::kWrite,
                                          arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(const auto removed, store->snapshots().RemoveLeftovers(options));
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  Json::Array list;
  for (const SnapshotFinding& finding : removed) {
    list.emplace_back(Json::Object{{"snapshot", finding.snapshot},
                                   {"table", finding.table},
                                   {"tag", finding.tag},
                                   {"age_seconds", finding.age.count()}});
  }
  context.output().Note(fmt::format("{} {} without a snapshot",
                                    options.dry_run ? "would remove" : "removed",
                                    internal::Counted(removed.size(), "tag")));
  if (arguments.json()) {
    context.output().PrintJson(
        Json::Object{{"dry_run", options.dry_run}, {"removed", std::move(list)}});
  }
  return kDone;
}

}  // namespace

CommandSpec SnapshotDeleteCommand() {
  using Kind = OptionSpec::Kind;
  return {"snapshot",
          "delete",
          nullptr,
          "Delete a snapshot; its rows stay until they are pruned",
          {SnapshotArgument(),
           StoreOption(),
           {"--yes", Kind::kFlag, "do not ask before it is deleted"},
           {"--dry-run", Kind::kFlag, "only say what would be deleted"},
           FormatOption()},
          Delete};
}

CommandSpec SnapshotGcCommand() {
  using Kind = OptionSpec::Kind;
  return {"snapshot",
          "gc",
          nullptr,
          "Remove what is left of snapshots whose creation or deletion was killed",
          {StoreOption(),
           {"--older-than", Kind::kText,
            "only leftovers older than this, such as 12h (default: 1d); younger ones may belong to "
            "a snapshot that is being made"},
           {"--dry-run", Kind::kFlag, "only say what would be removed"},
           FormatOption()},
          CollectGarbage};
}

}  // namespace metaxy::cli
