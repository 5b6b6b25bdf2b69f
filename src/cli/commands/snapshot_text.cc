#include "cli/commands/snapshot_text.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "base/counted.h"
#include "cli/output/timestamp_text.h"

namespace metaxy::cli {

OptionSpec SnapshotArgument(const char* name, const char* help, bool required) {
  return {.name = name,
          .kind = OptionSpec::Kind::kText,
          .help = help,
          .required = required,
          .takes = OptionSpec::Takes::kNamedSnapshot};
}

OptionSpec AtOption() {
  return {.name = "--at",
          .kind = OptionSpec::Kind::kText,
          .help = "the rows and the definitions of this snapshot, instead of those of now",
          .takes = OptionSpec::Takes::kNamedSnapshot};
}

std::string TimeText(const SnapshotInfo& snapshot) {
  return TimestampText(snapshot.created_at.time_since_epoch().count());
}

std::string FeaturesText(const SnapshotInfo& snapshot) {
  int64_t features = 0;
  int64_t missing = 0;
  for (const SnapshotFeature& entry : snapshot.features) {
    if (entry.feature.is_system()) continue;
    ++features;
    missing += entry.table_version ? 0 : 1;
  }
  std::string text = internal::Counted(features, "feature");
  if (missing > 0) text += fmt::format(", {} of them without a table", missing);
  return text;
}

arrow::Result<std::shared_ptr<MetadataStore>> OpenStoreAt(Context& context,
                                                          const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  const std::optional<std::string> snapshot = arguments.Text("at");
  if (!snapshot) return store;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> at,
                        store->snapshots().Open(*snapshot, context.execution()));
  // It is open as long as the store itself.
  const auto both =
      std::make_shared<std::pair<std::shared_ptr<MetadataStore>, std::shared_ptr<MetadataStore>>>(
          std::move(store), std::move(at));
  return std::shared_ptr<MetadataStore>(both, both->second.get());
}

arrow::Result<std::shared_ptr<const FeatureGraph>> GraphAt(Context& context,
                                                           const Arguments& arguments,
                                                           const Project& project,
                                                           std::shared_ptr<MetadataStore>* store) {
  if (!arguments.Has("at")) return project.graph();
  ARROW_ASSIGN_OR_RAISE(*store, OpenStoreAt(context, arguments));
  return (*store)->graph();
}

}  // namespace metaxy::cli
