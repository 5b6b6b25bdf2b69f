#include "cli/report/report_data.h"

#include <arrow/array.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/commands/table_statistics.h"
#include "cli/output.h"
#include "cli/output/cell_text.h"
#include "cli/report/table_history.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

constexpr size_t kColumnsShown = 16;
constexpr size_t kCellBytes = 240;
constexpr int64_t kFailuresShown = 5;
// As many files of few rows are worth a line.
constexpr int64_t kManySmallFiles = 16;

// Cut at a character, with an ellipsis.
std::string Shortened(std::string text) {
  if (text.size() <= kCellBytes) return text;
  size_t end = kCellBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

bool IsText(const arrow::DataType& type) {
  return arrow::is_string(type.id()) || type.id() == arrow::Type::STRING_VIEW;
}

// The bytes of a binary value.
std::optional<std::string_view> BytesOf(const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(column).GetView(row);
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(column).GetView(row);
    default:
      return std::nullopt;
  }
}

// A text, or an object with a picture; null for null.
arrow::Result<Json> CellOf(const arrow::Array& column, int64_t row, PictureBox* pictures) {
  if (column.IsNull(row)) return Json();
  std::optional<std::string> picture;
  std::string text;
  if (const auto bytes = BytesOf(column, row)) {
    picture = pictures->FromBytes(*bytes);
    text = fmt::format("{} bytes", bytes->size());
  } else {
    ARROW_ASSIGN_OR_RAISE(text, CellText(column, row));
    if (IsText(*column.type())) picture = pictures->FromPath(text);
    text = Shortened(std::move(text));
  }
  if (!picture) return Json(std::move(text));
  return Json(Json::Object{{"text", std::move(text)}, {"picture", *std::move(picture)}});
}

// The first rows that a read gives, without system columns.
arrow::Result<Json> SamplesOf(MetadataStore& store, const FeatureKey& feature,
                              const ReportOptions& options, PictureBox* pictures) {
  if (options.rows == 0) return Json();
  ReadOptions read{.execution = options.execution};
  read.execution.batch_size = options.rows;
  ARROW_ASSIGN_OR_RAISE(const auto rows, store.Read(feature, read));
  std::shared_ptr<arrow::RecordBatch> batch;
  ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
  if (batch == nullptr) return Json();
  std::vector<int> shown;
  Json::Array names;
  for (int i = 0; i < batch->num_columns() && shown.size() < kColumnsShown; ++i) {
    if (IsSystemColumn(batch->column_name(i))) continue;
    shown.push_back(i);
    names.emplace_back(batch->column_name(i));
  }
  Json::Array list;
  for (int64_t row = 0; row < std::min(options.rows, batch->num_rows()); ++row) {
    Json::Array cells;
    for (const int column : shown) {
      ARROW_ASSIGN_OR_RAISE(cells.emplace_back(), CellOf(*batch->column(column), row, pictures));
    }
    list.emplace_back(std::move(cells));
  }
  return Json(Json::Object{{"columns", std::move(names)}, {"rows", std::move(list)}});
}

// Why samples are new, stale or orphaned.
arrow::Result<Json> WhyOf(MetadataStore& store, const FeatureKey& feature,
                          const ReportOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const Explanation why,
      store.Explain(feature, {.examples = options.examples, .execution = options.execution}));
  Json::Array fields;
  for (const auto& [field, count] : why.stale_fields)
    fields.emplace_back(Json::Object{{"field", field}, {"samples", count}});
  const Json whole = why.ToJson();
  return Json(Json::Object{{"stale_fields", std::move(fields)},
                           {"stored_for_other_versions", why.stored_for_other_versions},
                           {"samples", *whole.Find("samples")}});
}

arrow::Result<Json> FailuresOf(MetadataStore& store, const FeatureKey& feature,
                               const ReportOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto table, store.failures().Read({.features = {feature},
                                                                 .execution = options.execution}));
  if (table->num_rows() == 0) return Json();
  ARROW_ASSIGN_OR_RAISE(const auto rows, table->CombineChunksToBatch());
  Json::Array list;
  // The latest ones are at the end.
  for (int64_t row = rows->num_rows() - 1;
       row >= std::max<int64_t>(0, rows->num_rows() - kFailuresShown); --row) {
    Json::Object entry;
    for (const auto& [name, column] :
         {std::pair("ids", std::string_view("ids")), std::pair("kind", kFailureKind),
          std::pair("message", kFailureMessage), std::pair("attempts", kFailureAttempts),
          std::pair("last", kFailedAt)}) {
      ARROW_ASSIGN_OR_RAISE(std::string text,
                            CellText(*rows->GetColumnByName(std::string(column)), row));
      entry.emplace_back(name, Shortened(std::move(text)));
    }
    list.emplace_back(std::move(entry));
  }
  return Json(Json::Object{{"count", rows->num_rows()}, {"latest", std::move(list)}});
}

// Statistics of the table, and what could be done about them.
arrow::Result<Json> TableOf(MetadataStore& store, const FeatureKey& feature,
                            const ReportOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const TableStatistics statistics,
                        store.administration().GetTableStatistics(
                            feature.table_name(), int64_t{1} << 20, options.execution));
  Json table = StatisticsToJson(statistics);
  Json::Array advice;
  if (statistics.small_fragments.value_or(0) >= kManySmallFiles) {
    advice.emplace_back(
        fmt::format("{} small fragments: `metaxy metadata compact {}` makes reads faster",
                    *statistics.small_fragments, feature.ToString()));
  }
  const int64_t kept = statistics.bytes.value_or(0);
  const int64_t on_disk = statistics.disk_bytes.value_or(0);
  constexpr int64_t kOverhead = 4;
  constexpr int64_t kWorthwhile = 64 << 20;
  if (on_disk > kWorthwhile && on_disk > kOverhead * kept) {
    advice.emplace_back(
        fmt::format("{} of {} belong to old versions; `metaxy metadata compact {}` prunes those "
                    "older than a week",
                    SizeText(on_disk - kept), SizeText(on_disk), feature.ToString()));
  }
  table.Set("advice", std::move(advice));
  return table;
}

bool EndsReport(const arrow::Status& status) {
  return IsError(status, ErrorCode::kCancelled) || IsError(status, ErrorCode::kTimeout);
}

// Parts of a report, each of which may fail by itself.
class Parts {
 public:
  arrow::Status Add(const char* name, const arrow::Result<Json>& part) {
    if (EndsReport(part.status())) return part.status();
    json_.Set(name, part.ok() ? *part : Json());
    const bool nothing = IsError(part.status(), ErrorCode::kFeatureNotFound) ||
                         IsError(part.status(), ErrorCode::kTableNotFound) ||
                         IsError(part.status(), ErrorCode::kNotSupported);
    if (!part.ok() && !nothing) problems_.emplace_back(OneLine(part.status().message()));
    return arrow::Status::OK();
  }

  Json Finish() {
    json_.Set("problems", std::move(problems_));
    return std::move(json_);
  }

 private:
  Json json_ = Json::Object{};
  Json::Array problems_;
};

}  // namespace

render::NodeCounts CountsOf(const FeatureStatus& status) {
  // In a new project nothing is wrong with a feature whose parents have no rows yet.
  const bool waits = !status.waits_for.empty();
  return {.stored = status.rows,
          .new_samples = status.is_root ? 0 : status.counts.new_samples,
          .stale = status.counts.stale,
          .orphaned = status.counts.orphaned,
          .failed = status.counts.failed,
          .is_root = status.is_root,
          .exists = status.exists,
          .waits_for = status.waits_for,
          .error = waits || status.error.ok() ? "" : status.error.message()};
}

arrow::Result<Json> ReportOn(MetadataStore& store, render::GraphNode* node,
                             const ReportOptions& options, PictureBox* pictures) {
  const FeatureKey& feature = node->key;
  const FeatureStatus status =
      GetFeatureStatus(&store, feature, {.execution = options.execution, .progress = true});
  if (EndsReport(status.error)) return status.error;
  node->counts = CountsOf(status);
  Parts parts;
  ARROW_RETURN_NOT_OK(parts.Add("progress", status.progress ? Json(*status.progress) : Json()));
  ARROW_RETURN_NOT_OK(parts.Add("history", HistoryOf(store, feature, options.execution)));
  const bool pending = status.error.ok() && !status.is_root && !status.counts.empty();
  ARROW_RETURN_NOT_OK(parts.Add("why", pending ? WhyOf(store, feature, options) : Json()));
  ARROW_RETURN_NOT_OK(parts.Add("failures", FailuresOf(store, feature, options)));
  ARROW_RETURN_NOT_OK(parts.Add("table", TableOf(store, feature, options)));
  ARROW_RETURN_NOT_OK(parts.Add("samples", SamplesOf(store, feature, options, pictures)));
  return parts.Finish();
}

}  // namespace metaxy::cli
