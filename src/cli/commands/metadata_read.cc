// metaxy metadata read
#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "base/counted.h"
#include "base/quote.h"
#include "cli/commands/commands.h"
#include "cli/commands/feature_selection.h"
#include "cli/commands/snapshot_text.h"
#include "cli/context.h"
#include "cli/id_file.h"
#include "cli/output/column_text.h"
#include "cli/output/counting_reader.h"
#include "cli/output/frame_writer.h"
#include "cli/output/row_text.h"
#include "cli/output/sorted_rows.h"
#include "cli/output/text_table.h"
#include "cli/store_text.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

constexpr int64_t kRowsShown = 20;
constexpr size_t kTextAtOnce = size_t{1} << 20;
constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

using Reader = arrow::RecordBatchReader;

arrow::Result<std::vector<std::string>> SplitColumns(const std::string& text) {
  std::vector<std::string> columns;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(',', begin), text.size());
    std::string name = text.substr(begin, end - begin);
    size_t first = name.find_first_not_of(' ');
    if (first == std::string::npos) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("--columns has an empty name: {}", Quote(text)));
    }
    columns.push_back(name.substr(first, name.find_last_not_of(' ') - first + 1));
    begin = end + 1;
  }
  return columns;
}

arrow::Result<ReadOptions> OptionsOf(const Arguments& arguments) {
  ReadOptions options;
  options.feature_version = arguments.Text("feature-version");
  ARROW_ASSIGN_OR_RAISE(options.filters, FiltersOf(arguments, "filter"));
  if (std::optional<std::string> columns = arguments.Text("columns")) {
    ARROW_ASSIGN_OR_RAISE(options.columns, SplitColumns(*columns));
  }
  options.allow_fallback = arguments.Flag("fallback", true);
  options.with_feature_history = arguments.Flag("with-feature-history");
  options.with_sample_history = arguments.Flag("with-sample-history");
  options.include_soft_deleted = arguments.Flag("include-soft-deleted");
  return options;
}

// The user's columns first: they are what people look for.
std::vector<int> ColumnOrder(const arrow::Schema& schema, bool as_given) {
  std::vector<int> order;
  for (bool system : {false, true}) {
    for (int i = 0; i < schema.num_fields(); ++i) {
      bool is_system = !as_given && IsSystemColumn(schema.field(i)->name());
      if (is_system == system) order.push_back(i);
    }
  }
  return order;
}

bool IsNumeric(const arrow::DataType& type) {
  return arrow::is_numeric(type.id()) || arrow::is_decimal(type.id());
}

arrow::Status AddRows(const arrow::RecordBatch& batch, int64_t rows, const std::vector<int>& order,
                      TextTable* table) {
  std::vector<std::unique_ptr<ColumnText>> columns;
  for (int i : order) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                          ColumnText::Make(*batch.column(i), NotFinite::kName));
  }
  TextBuffer text;
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<std::string> texts;
    for (const auto& column : columns) {
      text.Clear();
      column->AppendPlain(row, &text);
      texts.emplace_back(text.view());
    }
    table->AddTexts(texts);
  }
  return arrow::Status::OK();
}

// Prints up to `limit` rows and returns the total number of rows.
arrow::Result<int64_t> PrintTable(Output& output, Reader* reader, int64_t limit, bool as_given) {
  std::vector<int> order = ColumnOrder(*reader->schema(), as_given);
  TextTable table;
  for (int i : order) {
    const arrow::Field& field = *reader->schema()->field(i);
    table.AddColumn(field.name(),
                    IsNumeric(*field.type()) ? TextTable::Align::kRight : TextTable::Align::kLeft);
  }
  int64_t shown = 0;
  bool more = false;
  while (!more) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    const int64_t rows = std::min(batch->num_rows(), limit - shown);
    more = rows < batch->num_rows();
    ARROW_RETURN_NOT_OK(AddRows(*batch, rows, order, &table));
    shown += rows;
  }
  table.Print(&output);
  return more ? -1 : shown;
}

arrow::Status PrintJsonRows(Output& output, Reader* reader, int64_t limit) {
  int64_t printed = 0;
  TextBuffer text;
  output.Print("[");
  while (printed < limit) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_ASSIGN_OR_RAISE(const JsonRows rows, JsonRows::Make(*batch));
    for (int64_t row = 0; row < batch->num_rows() && printed < limit; ++row, ++printed) {
      text.Append(printed > 0 ? ",\n " : "\n ");
      rows.Append(row, &text);
      if (text.size() < kTextAtOnce) continue;
      output.Print(text.view());
      text.Clear();
    }
  }
  output.Print(text.view());
  output.PrintLine(printed > 0 ? "\n]" : "]");
  return arrow::Status::OK();
}

arrow::Status Show(Context& context, MetadataStore* store, const FeatureKey& feature,
                   const ReadOptions& options, const std::shared_ptr<Reader>& reader,
                   const Arguments& arguments) {
  Output& output = context.output();
  if (arguments.json())
    return PrintJsonRows(output, reader.get(), arguments.Number("limit").value_or(kNoLimit));
  int64_t limit = arguments.Number("limit").value_or(kRowsShown);
  ARROW_ASSIGN_OR_RAISE(int64_t shown,
                        PrintTable(output, reader.get(), limit, !options.columns.empty()));
  if (shown >= 0) {
    output.PrintLine(output.Styled(Style::kDim, internal::Counted(shown, "row")));
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(int64_t total, store->CountRows(feature, options));
  output.PrintLine(output.Styled(
      Style::kDim, fmt::format("{} of {} rows; {} more (--limit N, or --to FILE for all)", limit,
                               total, total - limit)));
  return arrow::Status::OK();
}

// The destination file; standard output for `--to -` and a file format, `std::nullopt` if rows are
// printed as a table or as JSON.
arrow::Result<std::optional<std::string>> PathOf(const Arguments& arguments) {
  std::optional<std::string> path = arguments.Text("to");
  const std::optional<std::string> format = arguments.Text("format");
  const bool is_printed = format && !FormatNamed(*format);
  if (!path) {
    if (format && !is_printed) path = kStandardOutput;
    return path;
  }
  if (!is_printed) return path;
  if (*path == kStandardOutput) return std::optional<std::string>();
  return MakeError(
      ErrorCode::kInvalidInput,
      fmt::format(
          "--format {} applies only to printed output; files are parquet, arrow, csv or ndjson",
          *format));
}

arrow::Status Save(Context& context, const FeatureKey& feature, std::shared_ptr<Reader> reader,
                   std::optional<int64_t> total, const std::string& path,
                   const Arguments& arguments) {
  const std::optional<std::string> format = arguments.Text("format");
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<FrameWriter> writer,
      FrameWriter::Make(path, reader->schema(), format ? FormatNamed(*format) : std::nullopt));
  {
    CountingReader counted(std::move(reader), &context.output(), "read", total);
    ARROW_RETURN_NOT_OK(
        WriteAll(&counted, arguments.Number("limit").value_or(kNoLimit), writer.get()));
  }
  ARROW_RETURN_NOT_OK(writer->Commit());
  if (path == kStandardOutput) return arrow::Status::OK();
  context.output().Note(fmt::format("{}: {} in {}", feature.ToString(),
                                    internal::Counted(writer->rows(), "row"), path));
  return arrow::Status::OK();
}

// In a chain it is not obvious whose rows these are.
arrow::Status NoteAnswering(Context& context, MetadataStore* store, const FeatureKey& feature,
                            const ReadOptions& options) {
  if (store->fallback_stores().empty() || !options.allow_fallback) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(
      MetadataStore * owner,
      store->FindStoreForFeature(feature, /*check_fallback=*/true, options.execution));
  if (owner == nullptr || owner == store) return arrow::Status::OK();
  context.output().Note(
      fmt::format("{}: read from fallback store {}", feature.ToString(), StoreText(*owner)));
  return arrow::Status::OK();
}

arrow::Result<int> Run(Context& context, const Arguments& arguments) {
  ARROW_ASSIGN_OR_RAISE(ReadOptions options, OptionsOf(arguments));
  ARROW_ASSIGN_OR_RAISE(const std::optional<std::string> path, PathOf(arguments));
  options.execution = context.execution();
  std::vector<SortColumn> sort;
  if (const std::optional<std::string> text = arguments.Text("sort")) {
    ARROW_ASSIGN_OR_RAISE(sort, ParseSort(*text));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Project> project,
                        context.LoadProjectFor(arguments.Text("store")));
  std::shared_ptr<MetadataStore> store;
  ARROW_ASSIGN_OR_RAISE(const auto graph, GraphAt(context, arguments, *project, &store));
  ARROW_ASSIGN_OR_RAISE(FeatureKey feature, FeatureOf(arguments, *graph));
  if (!store) {
    ARROW_ASSIGN_OR_RAISE(store, OpenStoreAt(context, arguments));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Reader> reader, store->Read(feature, options));
  if (!sort.empty()) {
    ARROW_ASSIGN_OR_RAISE(reader, SortRows(reader.get(), sort));
  }
  if (path) {
    // A count costs a separate scan, which is worthwhile only if somebody is watching.
    std::optional<int64_t> total;
    if (context.output().shows_progress() && !arguments.Has("limit")) {
      ARROW_ASSIGN_OR_RAISE(total, store->CountRows(feature, options));
    }
    ARROW_RETURN_NOT_OK(Save(context, feature, std::move(reader), total, *path, arguments));
  } else {
    ARROW_RETURN_NOT_OK(Show(context, store.get(), feature, options, reader, arguments));
  }
  ARROW_RETURN_NOT_OK(NoteAnswering(context, store.get(), feature, options));
  ARROW_RETURN_NOT_OK(store->Close(options.execution));
  return kDone;
}

}  // namespace

CommandSpec MetadataReadCommand() {
  using Kind = OptionSpec::Kind;
  return {"metadata",
          "read",
          nullptr,
          "Show the rows of a feature, or save them to a file",
          {FeatureArgument(),
           {.name = "--to",
            .kind = Kind::kText,
            .help = "a file to write: .parquet, .arrow, .ipc, .csv, .ndjson or .jsonl; - is "
                    "standard output",
            .takes = OptionSpec::Takes::kFile},
           StoreOption(),
           AtOption(),
           {"--filter", Kind::kTexts, "a filter on the rows, such as \"n > 3\""},
           {.name = "--columns",
            .kind = Kind::kText,
            .help = "only these columns: a,b,c",
            .takes = OptionSpec::Takes::kColumns},
           {.name = "--sort",
            .kind = Kind::kText,
            .help = "sort by these columns: a,-b sorts by a, then by b descending; all rows are "
                    "held in memory",
            .takes = OptionSpec::Takes::kColumns},
           {"--limit", Kind::kNumber,
            "at most this many rows (default: all; 20 if they are shown as a table)"},
           {.name = "--feature-version",
            .kind = Kind::kText,
            .help = "rows of this version; needs --with-feature-history",
            .takes = OptionSpec::Takes::kFeatureVersion},
           {"--with-feature-history", Kind::kFlag, "also rows of other versions of the feature"},
           {"--with-sample-history", Kind::kFlag, "also superseded rows"},
           {"--include-soft-deleted", Kind::kFlag, "also rows that are marked as deleted"},
           FallbackOption(),
           MemoryLimitOption(),
           FormatOption({"plain", "json", "parquet", "arrow", "csv", "ndjson"})},
          Run};
}

}  // namespace metaxy::cli
