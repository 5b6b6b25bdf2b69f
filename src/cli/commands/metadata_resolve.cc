// metaxy metadata resolve
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>

#include "base/quote.h"
#include "base/temporary_file.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/commands/snapshot_text.h"
#include "cli/context.h"
#include "cli/frame_reader.h"
#include "cli/id_file.h"
#include "cli/input/stored_columns.h"
#include "cli/output/counting_reader.h"
#include "cli/output/frame_writer.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

// "feature/key:condition" -> the feature and its filter.
arrow::Status AddFeatureFilter(const std::string& text, const FeatureGraph& graph,
                               FeatureFilters* filters) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    return MakeError(
        ErrorCode::kFilterParse,
        fmt::format(
            "--feature-filter {} names no feature; write it as \"feature/key:condition\", or "
            "use --filter or --global-filter",
            Quote(text)));
  }
  ARROW_ASSIGN_OR_RAISE(FeatureKey key, FeatureKey::Make(text.substr(0, colon)));
  ARROW_RETURN_NOT_OK(WithContext(graph.GetFeatureDefinition(key).status(), "--feature-filter"));
  ARROW_ASSIGN_OR_RAISE(arrow::compute::Expression condition, FilterOf(text.substr(colon + 1)));
  filters->emplace_back(std::move(key), std::vector{std::move(condition)});
  return arrow::Status::OK();
}

// Whether it is "feature/key:condition", as --filter took it once. Outside of quotes, no condition
// has a colon.
bool NamesFeature(const std::string& text) {
  return text.find(':') < text.find_first_of(" '\"=<>!(");
}

// --filter, --feature-filter and --global-filter.
arrow::Status AddFilters(const Arguments& arguments, const FeatureGraph& graph,
                         ResolveUpdateOptions* options) {
  for (const std::string& text : arguments.Texts("feature-filter"))
    ARROW_RETURN_NOT_OK(AddFeatureFilter(text, graph, &options->filters));
  for (const std::string& text : arguments.Texts("filter")) {
    if (NamesFeature(text)) {
      ARROW_RETURN_NOT_OK(AddFeatureFilter(text, graph, &options->filters));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(arrow::compute::Expression filter, FilterOf(text));
    options->target_filters.emplace_back(std::move(filter));
  }
  ARROW_ASSIGN_OR_RAISE(options->global_filters, FiltersOf(arguments, "global-filter"));
  return arrow::Status::OK();
}

// `--failures` and the options that say when `retry` tries a sample again.
arrow::Result<FailurePolicy> FailurePolicyOf(const Arguments& arguments) {
  const std::string mode = arguments.Text("failures").value_or("include");
  for (const char* option : {"max-attempts", "first-wait", "max-wait", "never-retry"}) {
    if (mode == "retry" || !arguments.Has(option)) continue;
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("--{} says when failed samples are retried; use it with "
                                 "--failures retry",
                                 option));
  }
  if (mode == "include") return FailurePolicy::Include();
  if (mode == "skip") return FailurePolicy::Skip();
  RetryPolicy retry{.never_retry = arguments.Texts("never-retry")};
  if (const auto attempts = arguments.Number("max-attempts")) retry.max_attempts = *attempts;
  if (const auto wait = arguments.Number("first-wait"))
    retry.first_wait = std::chrono::seconds(*wait);
  if (const auto wait = arguments.Number("max-wait")) retry.max_wait = std::chrono::seconds(*wait);
  return FailurePolicy::Retry(std::move(retry));
}

arrow::Result<ResolveUpdateOptions> OptionsOf(Context& context, const Arguments& arguments,
                                              const FeatureGraph& graph) {
  ResolveUpdateOptions options{.execution = context.execution()};
  ARROW_RETURN_NOT_OK(AddFilters(arguments, graph, &options));
  ARROW_ASSIGN_OR_RAISE(options.staleness_predicates, FiltersOf(arguments, "stale-if"));
  options.skip_comparison = arguments.Flag("skip-comparison");
  ARROW_ASSIGN_OR_RAISE(options.failures, FailurePolicyOf(arguments));
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

arrow::Status Save(Context& context, const LazyIncrement& increment, bool with_failed,
                   const fs::path& path, const std::string& format) {
  ARROW_ASSIGN_OR_RAISE(const std::optional<internal::TemporaryPath> created, MakeDirectory(path));
  using Part = arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> (LazyIncrement::*)() const;
  std::vector<std::pair<const char*, Part>> parts = {{"new", &LazyIncrement::new_samples},
                                                     {"stale", &LazyIncrement::stale},
                                                     {"orphaned", &LazyIncrement::orphaned}};
  if (with_failed) parts.emplace_back("failed", &LazyIncrement::failed);
  // All of them are complete before the first one is renamed.
  std::vector<std::unique_ptr<FrameWriter>> writers;
  for (const auto& [name, part] : parts) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, (increment.*part)());
    ARROW_ASSIGN_OR_RAISE(
        std::unique_ptr<FrameWriter> writer,
        FrameWriter::Make(path / fmt::format("{}.{}", name, format), rows->schema()));
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
  std::shared_ptr<MetadataStore> store;
  ARROW_ASSIGN_OR_RAISE(const auto graph, GraphAt(context, arguments, *project, &store));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *graph));
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph->GetFeaturePlan(feature));
  if (plan.is_root() && !arguments.Has("samples")) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("{} has no dependencies, so its samples must be given: --samples "
                                 "FILE, rows with {} and metaxy_provenance_by_field",
                                 feature.ToString(), fmt::join(plan.feature().id_columns, ", ")));
  }
  ARROW_ASSIGN_OR_RAISE(ResolveUpdateOptions options, OptionsOf(context, arguments, *graph));
  std::shared_ptr<FrameSource> samples;
  if (arguments.Has("samples")) {
    ARROW_ASSIGN_OR_RAISE(
        samples, OpenFrames(arguments, "samples", plan.feature(), context.execution().stop_token));
  } else if (arguments.Has("provenance")) {
    return MakeError(ErrorCode::kInvalidInput,
                     "--provenance describes the columns of --samples, which is missing");
  }
  if (!store) {
    ARROW_ASSIGN_OR_RAISE(store, OpenStoreAt(context, arguments));
  }
  if (samples != nullptr) {
    ARROW_ASSIGN_OR_RAISE(options.samples, ReadSamples(*store, plan, samples.get()));
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<LazyIncrement> increment,
                        store->ResolveUpdateLazy(feature, options));
  const bool with_failed = options.failures.mode() != FailurePolicy::Mode::kInclude;
  if (to)
    ARROW_RETURN_NOT_OK(Save(context, *increment, with_failed, *to,
                             arguments.Text("file-format").value_or("parquet")));
  const IncrementCounts counts = increment->counts();
  const ResolveReport report = increment->report();
  increment.reset();
  ARROW_RETURN_NOT_OK(store->Close(context.execution()));
  if (arguments.json()) {
    Json result = Json::Object{{"feature", feature.ToString()},
                               {"new", counts.new_samples},
                               {"stale", counts.stale},
                               {"orphaned", counts.orphaned},
                               {"delta", report.ToJson()}};
    if (with_failed) result.Set("failed", counts.failed);
    context.output().PrintLine(result.DumpPython());
  } else {
    context.output().PrintLine(fmt::format(
        "{}: {} new, {} stale, {} orphaned{}", feature.ToString(), counts.new_samples, counts.stale,
        counts.orphaned, with_failed ? fmt::format(", {} failed", counts.failed) : ""));
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
        .help = "a directory for new.parquet, stale.parquet and orphaned.parquet, with --failures "
                "also failed.parquet; without it, only the counts are printed",
        .takes = OptionSpec::Takes::kDirectory},
       {.name = "--file-format",
        .kind = Kind::kChoice,
        .help = "the format of the files in that directory, and their extension (default: parquet)",
        .choices = {"parquet", "arrow", "csv", "ndjson"}},
       {"--count", Kind::kFlag, "only print the counts; no rows are fetched"},
       {.name = "--samples",
        .kind = Kind::kText,
        .help = "a file with the samples of a root feature; - for standard input",
        .takes = OptionSpec::Takes::kFile},
       ProvenanceOption(),
       StoreOption(),
       AtOption(),
       {.name = "--filter",
        .kind = Kind::kTexts,
        .help = "a filter on the rows of the feature itself",
        .hidden = "--target-filter"},
       {"--feature-filter", Kind::kTexts,
        "a filter on the rows of one feature, which it names: \"video/raw:height > 100\""},
       {"--global-filter", Kind::kTexts, "a filter on the rows of the parents and of the feature"},
       {"--stale-if", Kind::kTexts, "stored rows that match this are always stale"},
       MemoryLimitOption(),
       {"--skip-comparison", Kind::kFlag, "treat everything as new, without comparing"},
       {.name = "--failures",
        .kind = Kind::kChoice,
        .help = "samples that have failed are new or stale like all others (include, the default), "
                "left out (skip), or left out until they may be retried (retry)",
        .choices = {"include", "skip", "retry"}},
       {"--max-attempts", Kind::kNumber, "with retry: give a sample up after so many (default: 3)"},
       {"--first-wait", Kind::kNumber,
        "with retry: seconds after the first failed attempt, twice as many after each further one "
        "(default: 0)"},
       {"--max-wait", Kind::kNumber, "with retry: the longest pause, in seconds (default: a day)"},
       {"--never-retry", Kind::kTexts, "with retry: a kind of failure that is never retried"},
       {.name = "--delta",
        .kind = Kind::kChoice,
        .help = "whether to use what an earlier resolve has found",
        .choices = {"auto", "off", "verify"}},
       FormatOption()},
      Run};
}

}  // namespace metaxy::cli
