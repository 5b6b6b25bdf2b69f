// metaxy metadata resolve
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <limits>
#include <optional>

#include "base/quote.h"
#include "base/temporary_file.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/context.h"
#include "cli/frame_reader.h"
#include "cli/input/stored_columns.h"
#include "cli/output/counting_reader.h"
#include "cli/output/frame_writer.h"
#include "metaxy/filter.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

// "feature/key:SQL" -> the filters by feature.
arrow::Result<FeatureFilters> ReadFeatureFilters(const std::vector<std::string>& texts,
                                                 const Project& project) {
  FeatureFilters filters;
  for (const std::string& text : texts) {
    size_t colon = text.find(':');
    if (colon == std::string::npos) {
      return MakeError(
          ErrorCode::kFilterParse,
          fmt::format("--filter {} names no feature; write it as \"feature/key:condition\", or use "
                      "--target-filter or --global-filter",
                      Quote(text)));
    }
    ARROW_ASSIGN_OR_RAISE(FeatureKey key, FeatureKey::Make(text.substr(0, colon)));
    ARROW_RETURN_NOT_OK(
        WithContext(project.graph()->GetFeatureDefinition(key).status(), "--filter"));
    ARROW_ASSIGN_OR_RAISE(arrow::compute::Expression condition,
                          ParseFilter(text.substr(colon + 1)));
    filters.emplace_back(std::move(key), std::vector{std::move(condition)});
  }
  return filters;
}

arrow::Result<ResolveUpdateOptions> OptionsOf(Context& context, const Arguments& arguments,
                                              const Project& project) {
  ResolveUpdateOptions options{.execution = context.execution()};
  ARROW_ASSIGN_OR_RAISE(options.filters, ReadFeatureFilters(arguments.Texts("filter"), project));
  ARROW_ASSIGN_OR_RAISE(options.global_filters, ParseFilters(arguments.Texts("global-filter")));
  ARROW_ASSIGN_OR_RAISE(options.target_filters, ParseFilters(arguments.Texts("target-filter")));
  ARROW_ASSIGN_OR_RAISE(options.staleness_predicates, ParseFilters(arguments.Texts("stale-if")));
  options.skip_comparison = arguments.Flag("skip-comparison");
  if (const std::optional<std::string> delta = arguments.Text("delta")) {
    ARROW_ASSIGN_OR_RAISE(options.delta, ParseDeltaMode(*delta));
  }
  return options;
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadSamples(MetadataStore& store,
                                                         const FeaturePlan& plan,
                                                         FrameSource* source) {
  if (source->is_empty_text()) return NoSamples(store, plan);
  ARROW_RETURN_NOT_OK(UseStoredColumns(store, plan.feature().key, source));
  ARROW_ASSIGN_OR_RAISE(const auto rows, source->Read());
  return rows->ToTable();
}

// A new directory is removed again if the command fails.
arrow::Result<std::optional<internal::TemporaryPath>> MakeDirectory(const fs::path& path) {
  std::error_code code;
  std::optional<internal::TemporaryPath> created;
  if (fs::create_directories(path, code)) created.emplace(path);
  if (!code && fs::is_directory(path, code)) return created;
  const std::string reason = code ? code.message() : "something else exists there";
  const ErrorCode kind =
      code == std::errc::permission_denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo;
  return MakeError(kind, fmt::format("cannot create the directory {}: {}", path.string(), reason));
}

arrow::Status Save(Context& context, const LazyIncrement& increment, const fs::path& path) {
  ARROW_ASSIGN_OR_RAISE(const std::optional<internal::TemporaryPath> created, MakeDirectory(path));
  using Part = arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> (LazyIncrement::*)() const;
  constexpr std::array<std::pair<const char*, Part>, 3> kParts = {
      {{"new", &LazyIncrement::new_samples},
       {"stale", &LazyIncrement::stale},
       {"orphaned", &LazyIncrement::orphaned}}};
  // All three are complete before the first one is renamed.
  std::vector<std::unique_ptr<FrameWriter>> writers;
  for (const auto& [name, part] : kParts) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, (increment.*part)());
    ARROW_ASSIGN_OR_RAISE(
        std::unique_ptr<FrameWriter> writer,
        FrameWriter::Make(path / fmt::format("{}.parquet", name), rows->schema()));
    CountingReader counted(std::move(rows), &context.output(), name);
    ARROW_RETURN_NOT_OK(WriteAll(&counted, std::numeric_limits<int64_t>::max(), writer.get()));
    writers.push_back(std::move(writer));
  }
  for (const auto& writer : writers) ARROW_RETURN_NOT_OK(writer->Commit());
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  std::optional<std::string> to = arguments.Text("to");
  if (to && arguments.Flag("count"))
    return MakeError(ErrorCode::kInvalidInput,
                     "--count fetches no rows; leave out --count or --to");
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *project));
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, project->graph()->GetFeaturePlan(feature));
  if (plan.is_root() && !arguments.Has("samples")) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("{} has no dependencies, so its samples must be given: --samples "
                                 "FILE, rows with {} and metaxy_provenance_by_field",
                                 feature.ToString(), fmt::join(plan.feature().id_columns, ", ")));
  }
  ARROW_ASSIGN_OR_RAISE(ResolveUpdateOptions options, OptionsOf(context, arguments, *project));
  std::shared_ptr<FrameSource> samples;
  if (arguments.Has("samples")) {
    ARROW_ASSIGN_OR_RAISE(
        samples, OpenFrames(arguments, "samples", plan.feature(), context.execution().stop_token));
  } else if (arguments.Has("provenance")) {
    return MakeError(ErrorCode::kInvalidInput,
                     "--provenance describes the columns of --samples, which is missing");
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<MetadataStore> store,
                        context.OpenStore(AccessMode::kRead, arguments.Text("store")));
  if (samples != nullptr) {
    ARROW_ASSIGN_OR_RAISE(options.samples, ReadSamples(*store, plan, samples.get()));
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<LazyIncrement> increment,
                        store->ResolveUpdateLazy(feature, options));
  if (to) ARROW_RETURN_NOT_OK(Save(context, *increment, *to));
  const IncrementCounts counts = increment->counts();
  const ResolveReport report = increment->report();
  increment.reset();
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    context.output().PrintLine(Json(Json::Object{{"feature", feature.ToString()},
                                                 {"new", counts.new_samples},
                                                 {"stale", counts.stale},
                                                 {"orphaned", counts.orphaned},
                                                 {"delta", report.ToJson()}})
                                   .DumpPython());
  } else {
    context.output().PrintLine(fmt::format("{}: {} new, {} stale, {} orphaned", feature.ToString(),
                                           counts.new_samples, counts.stale, counts.orphaned));
  }
  return kDone;
}

}  // namespace

CommandSpec MetadataResolveCommand() {
  using Kind = OptionSpec::Kind;
  return {
      "metadata",
      "resolve",
      nullptr,
      "Find the samples that are new, stale or orphaned",
      {FeatureArgument(),
       {.name = "--to",
        .kind = Kind::kText,
        .help =
            "a directory for new.parquet, stale.parquet and orphaned.parquet; without it, only the "
            "counts are printed",
        .takes = OptionSpec::Takes::kDirectory},
       {"--count", Kind::kFlag, "only print the counts; no rows are fetched"},
       {.name = "--samples",
        .kind = Kind::kText,
        .help = "a file with the samples of a root feature; - for standard input",
        .takes = OptionSpec::Takes::kFile},
       ProvenanceOption(),
       StoreOption(),
       {"--filter", Kind::kTexts, "a filter on the rows of one feature, as \"feature/key:n > 3\""},
       {"--global-filter", Kind::kTexts, "a filter on the rows of the parents and of the feature"},
       {"--target-filter", Kind::kTexts, "a filter on the rows of the feature alone"},
       {"--stale-if", Kind::kTexts, "stored rows that match this are always stale"},
       MemoryLimitOption(),
       {"--skip-comparison", Kind::kFlag, "treat everything as new, without comparing"},
       {"--delta",
        Kind::kChoice,
        "whether to use what an earlier resolve has found",
        false,
        {"auto", "off", "verify"}},
       FormatOption()},
      Run};
}

}  // namespace metaxy::cli
