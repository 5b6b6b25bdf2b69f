#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "base/quote.h"
#include "base/random_id.h"
#include "base/utf8.h"
#include "columns/key_columns.h"
#include "columns/stored_types.h"
#include "columns/value_string.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/clock.h"
#include "store/failures/failure_table.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/lossy_value.h"
#include "store/write/table_writer.h"
#include "store/write/valid_strings.h"
#include "versioning/hash/provenance.h"
#include "versioning/resolve/dependency_columns.h"
#include "versioning/resolve/failed_samples.h"

namespace metaxy::internal {
namespace {

// Rows of what has failed, as the table of failures has them: one per sample and provenance.
class FailureRows {
 public:
  FailureRows(const FeatureSpec& spec, std::vector<std::string> join_columns,
              std::string feature_version, RowHasher hasher, const RecordFailuresOptions& options)
      : spec_(spec),
        join_columns_(std::move(join_columns)),
        feature_version_(std::move(feature_version)),
        hasher_(std::move(hasher)),
        options_(options),
        what_("failures of feature '" + spec.key.ToString() + "'") {}

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Make(
      const std::shared_ptr<arrow::RecordBatch>& rows) {
    ARROW_ASSIGN_OR_RAISE(const auto used, UsedColumns(*rows));
    ARROW_RETURN_NOT_OK(CheckStrings(*used, join_columns_));
    ARROW_ASSIGN_OR_RAISE(const auto ids, SampleIds(*used, join_columns_));
    ARROW_ASSIGN_OR_RAISE(const auto samples,
                          KeyColumns::HashesOf(ids, join_columns_, KeyHasher::Stable()));
    ARROW_ASSIGN_OR_RAISE(const auto provenance, Provenance(*used));
    ARROW_ASSIGN_OR_RAISE(const auto kinds, Texts(*used, kFailureKind, options_.kind));
    ARROW_ASSIGN_OR_RAISE(const auto messages, Texts(*used, kFailureMessage, options_.message));
    ARROW_ASSIGN_OR_RAISE(const auto attempts, Attempts(*used));
    ARROW_ASSIGN_OR_RAISE(const auto times, Times(*used));
    const std::string key = spec_.key.ToString();
    const uint64_t feature_hash = FeatureHash(key, feature_version_);
    std::vector<KeyHash> tried;
    for (int64_t row = 0; row < used->num_rows(); ++row) {
      tried.push_back(TriedHash(samples[static_cast<size_t>(row)],
                                KeyHasher::Stable().Digest(provenance->GetView(row)),
                                feature_hash));
    }
    ARROW_ASSIGN_OR_RAISE(arrow::ArrayVector id_texts, IdsAsText(ids, join_columns_));
    ARROW_ASSIGN_OR_RAISE(const auto event_ids, EventIds(used->num_rows()));
    arrow::ArrayVector columns;
    ARROW_RETURN_NOT_OK(AddConstant(key, used->num_rows(), &columns));
    ARROW_RETURN_NOT_OK(AddConstant(feature_version_, used->num_rows(), &columns));
    columns.insert(columns.end(), id_texts.begin(), id_texts.end());
    columns.insert(columns.end(), {provenance, kinds, messages, attempts, times});
    ARROW_RETURN_NOT_OK(AddConstant(options_.materialization_id, used->num_rows(), &columns));
    columns.push_back(event_ids);
    ARROW_RETURN_NOT_OK(AddHashes(samples, &columns));
    ARROW_RETURN_NOT_OK(AddHashes(tried, &columns));
    ARROW_ASSIGN_OR_RAISE(
        columns.emplace_back(),
        arrow::MakeArrayFromScalar(arrow::UInt64Scalar(feature_hash), used->num_rows()));
    return Distinct(arrow::RecordBatch::Make(FailureSchema(), used->num_rows(), columns), tried);
  }

 private:
  // Whatever else the rows have, wide or not storable, is not looked at.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> UsedColumns(
      const arrow::RecordBatch& rows) const {
    std::vector<std::string> names = join_columns_;
    for (const std::string_view name : {kProvenance, kProvenanceByField, kFailureKind,
                                        kFailureMessage, kFailureAttempts, kFailedAt}) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
    }
    std::vector<int> columns;
    for (const std::string& name : names) {
      const std::vector<int> found = rows.schema()->GetAllFieldIndices(name);
      if (found.size() > 1) {
        return MakeError(ErrorCode::kMetadataSchema,
                         fmt::format("{} have {} columns '{}'; rename or drop all but one", what_,
                                     found.size(), name));
      }
      if (!found.empty()) columns.push_back(found.front());
    }
    ARROW_ASSIGN_OR_RAISE(auto selected, rows.SelectColumns(columns));
    for (const std::string& name : join_columns_) {
      if (selected->GetColumnByName(name)) continue;
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("{} lack the id column '{}'; they have: {}", what_, name,
                                   fmt::join(rows.schema()->field_names(), ", ")));
    }
    return selected;
  }

  arrow::Result<std::shared_ptr<arrow::LargeStringArray>> Provenance(
      const arrow::RecordBatch& rows) const {
    std::shared_ptr<arrow::LargeStringArray> provenance;
    if (rows.GetColumnByName(std::string(kProvenance))) {
      ARROW_ASSIGN_OR_RAISE(provenance, Texts(rows, kProvenance, std::nullopt));
    } else if (const auto by_field = rows.GetColumnByName(std::string(kProvenanceByField))) {
      ARROW_ASSIGN_OR_RAISE(provenance, HashByField(spec_, by_field, kProvenanceByField, hasher_));
    } else {
      return MakeError(
          ErrorCode::kMetadataSchema,
          fmt::format("{} lack the column '{}', the provenance that was tried; record rows of the "
                      "increment, which have it",
                      what_, kProvenance));
    }
    for (int64_t row = 0; provenance->null_count() > 0 && row < rows.num_rows(); ++row) {
      if (provenance->IsValid(row)) continue;
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("'{}' is null in row {}{}; a failure belongs to the provenance "
                                   "that was tried",
                                   kProvenance, row, NameOfRow(rows, join_columns_, row)));
    }
    return provenance;
  }

  // A column of strings; with `otherwise` where it is missing or null.
  arrow::Result<std::shared_ptr<arrow::LargeStringArray>> Texts(
      const arrow::RecordBatch& rows, std::string_view name,
      const std::optional<std::string>& otherwise) const {
    std::shared_ptr<arrow::Array> column = rows.GetColumnByName(std::string(name));
    const arrow::LargeStringScalar constant(otherwise.value_or(""));
    if (!column || column->type_id() == arrow::Type::NA) {
      if (otherwise) {
        ARROW_ASSIGN_OR_RAISE(column, arrow::MakeArrayFromScalar(constant, rows.num_rows()));
      } else {
        ARROW_ASSIGN_OR_RAISE(column, arrow::MakeArrayOfNull(arrow::large_utf8(), rows.num_rows()));
      }
      return std::static_pointer_cast<arrow::LargeStringArray>(column);
    }
    const arrow::DataType& type = *column->type();
    const bool is_dictionary = type.id() == arrow::Type::DICTIONARY;
    if (!IsString(is_dictionary ? *static_cast<const arrow::DictionaryType&>(type).value_type()
                                : type)) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("column '{}' of {} has type {}; it must be a string", name,
                                   what_, type.ToString()));
    }
    ARROW_ASSIGN_OR_RAISE(column, CastColumn(column, arrow::large_utf8(), std::string(name)));
    if (otherwise && column->null_count() > 0) {
      ARROW_ASSIGN_OR_RAISE(
          const arrow::Datum filled,
          arrow::compute::CallFunction("coalesce", {column, arrow::Datum(constant)}));
      column = filled.make_array();
    }
    return std::static_pointer_cast<arrow::LargeStringArray>(column);
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Attempts(const arrow::RecordBatch& rows) const {
    const std::shared_ptr<arrow::Array> column =
        rows.GetColumnByName(std::string(kFailureAttempts));
    if (!column || column->type_id() == arrow::Type::NA)
      return arrow::MakeArrayFromScalar(arrow::Int64Scalar(1), rows.num_rows());
    if (!arrow::is_integer(column->type_id())) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("column '{}' of {} has type {}; it must be an integer",
                                   kFailureAttempts, what_, column->type()->ToString()));
    }
    ARROW_ASSIGN_OR_RAISE(const auto counts,
                          CastColumn(column, arrow::int64(), std::string(kFailureAttempts)));
    const auto& numbers = static_cast<const arrow::Int64Array&>(*counts);
    for (int64_t row = 0; row < numbers.length(); ++row) {
      if (numbers.IsNull(row) || numbers.Value(row) >= 1) continue;
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("'{}' is {} in row {}{}; use 1 or more", kFailureAttempts,
                                   numbers.Value(row), row, NameOfRow(rows, join_columns_, row)));
    }
    ARROW_ASSIGN_OR_RAISE(
        const arrow::Datum filled,
        arrow::compute::CallFunction("coalesce", {counts, arrow::Datum(arrow::Int64Scalar(1))}));
    return filled.make_array();
  }

  arrow::Result<std::shared_ptr<arrow::Array>> Times(const arrow::RecordBatch& rows) const {
    const auto type = TimestampColumnType();
    const arrow::TimestampScalar now(NowMicros(), type);
    const std::shared_ptr<arrow::Array> column = rows.GetColumnByName(std::string(kFailedAt));
    if (!column || column->type_id() == arrow::Type::NA)
      return arrow::MakeArrayFromScalar(now, rows.num_rows());
    const bool is_text = IsString(*column->type());
    if (!is_text && column->type_id() != arrow::Type::TIMESTAMP) {
      return MakeError(ErrorCode::kMetadataSchema,
                       fmt::format("column '{}' of {} has type {}; it must be a timestamp",
                                   kFailedAt, what_, column->type()->ToString()));
    }
    const arrow::Result<arrow::Datum> cast =
        arrow::compute::Cast(column, type, arrow::compute::CastOptions::Unsafe());
    if (!cast.ok()) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("column '{}' of {} has a value that is not a time, such as "
                                   "2026-11-30T14:02:03Z: {}",
                                   kFailedAt, what_, cast.status().message()));
    }
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum filled,
                          arrow::compute::CallFunction("coalesce", {*cast, arrow::Datum(now)}));
    return filled.make_array();
  }

  static arrow::Result<std::shared_ptr<arrow::Array>> EventIds(int64_t rows) {
    const std::string head = RandomId();
    arrow::LargeStringBuilder builder;
    for (int64_t row = 0; row < rows; ++row)
      ARROW_RETURN_NOT_OK(builder.Append(fmt::format("{}-{}", head, row)));
    return builder.Finish();
  }

  static arrow::Status AddConstant(const std::optional<std::string>& text, int64_t rows,
                                   arrow::ArrayVector* columns) {
    if (!text)
      return arrow::MakeArrayOfNull(arrow::large_utf8(), rows).Value(&columns->emplace_back());
    return arrow::MakeArrayFromScalar(arrow::LargeStringScalar(*text), rows)
        .Value(&columns->emplace_back());
  }

  static arrow::Status AddHashes(const std::vector<KeyHash>& hashes, arrow::ArrayVector* columns) {
    arrow::FixedSizeBinaryBuilder builder(arrow::fixed_size_binary(sizeof(KeyHash)));
    ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(hashes.size())));
    for (const KeyHash& hash : hashes)
      builder.UnsafeAppend(reinterpret_cast<const uint8_t*>(&hash));
    return builder.Finish().Value(&columns->emplace_back());
  }

  // A sample that an aggregation took many rows for has failed once: the last row of it counts.
  static arrow::Result<std::shared_ptr<arrow::RecordBatch>> Distinct(
      std::shared_ptr<arrow::RecordBatch> rows, const std::vector<KeyHash>& tried) {
    std::unordered_map<KeyHash, int64_t, HashOfKey> last;
    last.reserve(tried.size());
    for (size_t row = 0; row < tried.size(); ++row) last[tried[row]] = static_cast<int64_t>(row);
    if (last.size() == tried.size()) return rows;
    arrow::Int64Builder kept;
    for (size_t row = 0; row < tried.size(); ++row) {
      if (last.at(tried[row]) == static_cast<int64_t>(row))
        ARROW_RETURN_NOT_OK(kept.Append(static_cast<int64_t>(row)));
    }
    ARROW_ASSIGN_OR_RAISE(const auto positions, kept.Finish());
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum distinct, arrow::compute::Take(rows, positions));
    return distinct.record_batch();
  }

  const FeatureSpec& spec_;
  std::vector<std::string> join_columns_;
  std::string feature_version_;
  RowHasher hasher_;
  const RecordFailuresOptions& options_;
  std::string what_;
};

// Ids of another type name no sample, so that what is recorded for them would never count.
arrow::Status CheckFailedIds(StoreSession& session, const FeaturePlan& plan,
                             const arrow::Schema& rows, const Interrupt& interrupt) {
  const std::vector<std::string> names = plan.join_columns();
  std::vector<std::shared_ptr<arrow::DataType>> types(names.size());
  ARROW_ASSIGN_OR_RAISE(const FoundTable own,
                        session.FindTable(plan.feature().key, /*allow_fallback=*/true, interrupt));
  if (own.table) {
    for (size_t i = 0; i < names.size(); ++i) {
      const auto field = own.table->schema()->GetFieldByName(names[i]);
      if (field) types[i] = field->type();
    }
  } else if (!plan.is_root()) {
    const FeatureDep& dep = plan.feature().deps.front();
    ARROW_ASSIGN_OR_RAISE(const FoundTable parent,
                          session.FindTable(dep.feature, /*allow_fallback=*/true, interrupt));
    if (!parent.table) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const DependencyColumns columns,
                          DependencyColumns::Make(plan, dep, parent.table->schema()));
    for (size_t i = 0; i < names.size(); ++i) {
      const auto stored = columns.StoredName(names[i]);
      if (stored.ok()) types[i] = parent.table->schema()->GetFieldByName(*stored)->type();
    }
  }
  for (size_t i = 0; i < names.size(); ++i) {
    const auto given = rows.GetFieldByName(names[i]);
    if (!types[i] || !given) continue;
    const arrow::Status comparable =
        KeyColumns::CheckComparable(*given->type(), *types[i], names[i]);
    if (comparable.ok()) continue;
    return MakeError(
        ErrorCode::kMetadataSchema,
        fmt::format("the id column '{}' of failures of feature '{}' has type {}, that of its "
                    "samples is {}; nothing was recorded: take the ids from the increment",
                    names[i], plan.feature().key.ToString(), given->type()->ToString(),
                    types[i]->ToString()));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<int64_t> RecordFailures(StoreSession& session, const FeatureKey& feature,
                                      const std::shared_ptr<arrow::Table>& rows,
                                      const RecordFailuresOptions& given) {
  ARROW_RETURN_NOT_OK(given.dry_run ? session.CheckOpen() : session.CheckWritable());
  if (feature.is_system()) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("'{}' is a system table of metaxy, which has no failures", feature.ToString()));
  }
  const Interrupt interrupt(given.execution);
  RecordFailuresOptions options = given;
  if (!options.materialization_id)
    options.materialization_id = session.options().materialization_id;
  for (const auto& text : {options.kind, options.message, options.materialization_id}) {
    if (text && !IsUtf8(*text)) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("{} is not valid UTF-8; nothing was recorded", Quote(*text)));
    }
  }
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph->GetFeaturePlan(feature));
  ARROW_ASSIGN_OR_RAISE(const std::string version, graph->GetFeatureVersion(feature));
  ARROW_ASSIGN_OR_RAISE(RowHasher hasher, RowHasher::Make(session.options().hash_algorithm,
                                                          graph->hash_truncation_length()));
  FailureRows failures(plan.feature(), plan.join_columns(), version, std::move(hasher), options);
  ARROW_ASSIGN_OR_RAISE(const auto whole, rows->CombineChunksToBatch());
  ARROW_ASSIGN_OR_RAISE(const auto made, failures.Make(whole));
  ARROW_RETURN_NOT_OK(CheckFailedIds(session, plan, *rows->schema(), interrupt));
  if (made->num_rows() == 0 || options.dry_run) return made->num_rows();
  const std::string table = FailuresTable();
  ARROW_ASSIGN_OR_RAISE(
      const AppendResult appended,
      AppendToTable(session.storage(), table,
                    RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
                      ARROW_RETURN_NOT_OK(interrupt.Check("recording failures"));
                      return arrow::RecordBatchReader::Make({made}, made->schema());
                    }),
                    {.interrupt = interrupt, .log = session.log()}));
  session.AfterAppend(table, appended, interrupt);
  return appended.rows;
}

}  // namespace metaxy::internal
