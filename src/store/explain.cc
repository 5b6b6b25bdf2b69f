// Explanation of a resolve: the increment, the stored rows and the history of the parents, compared
// sample by sample.
#include <arrow/array/array_binary.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "base/quote.h"
#include "columns/value_string.h"
#include "metaxy/errors.h"
#include "metaxy/explanation.h"
#include "metaxy/system_columns.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy::internal {

namespace {

using Id = std::vector<std::pair<std::string, std::string>>;

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

struct Row {
  // Columns as strings. Struct members are named "column.member".
  std::map<std::string, std::optional<std::string>> cells = {};
  // When the row was written, or marked as deleted; microseconds since 1970.
  int64_t updated_at = kNever;
  int64_t deleted_at = kNever;

  bool is_deleted() const { return deleted_at != kNever; }
  int64_t timestamp() const { return is_deleted() ? deleted_at : updated_at; }
};

// Values that have no string form in the reference, such as binaries, are shown as Arrow shows
// them.
arrow::Result<std::vector<std::optional<std::string>>> Strings(
    const std::shared_ptr<arrow::Array>& column) {
  std::vector<std::optional<std::string>> strings(static_cast<size_t>(column->length()));
  const auto converted = ValueStrings(column, StringForm::kVersion);
  for (int64_t row = 0; row < column->length(); ++row) {
    if (column->IsNull(row)) continue;
    if (converted.ok()) {
      strings[static_cast<size_t>(row)] = (*converted)->GetString(row);
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto value, column->GetScalar(row));
      strings[static_cast<size_t>(row)] = value->ToString();
    }
  }
  return strings;
}

arrow::Status AddCells(const std::string& name, const std::shared_ptr<arrow::Array>& column,
                       Row* rows) {
  if (column->type_id() == arrow::Type::STRUCT) {
    const auto& parent = static_cast<const arrow::StructArray&>(*column);
    for (int i = 0; i < parent.num_fields(); ++i) {
      // A member of a null struct is null.
      ARROW_ASSIGN_OR_RAISE(const auto member, parent.GetFlattenedField(i));
      ARROW_RETURN_NOT_OK(
          AddCells(name + "." + parent.struct_type()->field(i)->name(), member, rows));
    }
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto strings, Strings(column));
  for (size_t row = 0; row < strings.size(); ++row) rows[row].cells[name] = std::move(strings[row]);
  return arrow::Status::OK();
}

void AddTimestamps(const arrow::Array& column, int64_t Row::* member, Row* rows) {
  if (column.type_id() != arrow::Type::TIMESTAMP) return;
  const auto& timestamps = static_cast<const arrow::TimestampArray&>(column);
  const int64_t per_second =
      TicksPerSecond(static_cast<const arrow::TimestampType&>(*column.type()).unit());
  constexpr int64_t kMicroseconds = 1000000;
  for (int64_t row = 0; row < column.length(); ++row) {
    if (column.IsNull(row)) continue;
    const int64_t ticks = timestamps.Value(row);
    rows[row].*member = per_second > kMicroseconds ? ticks / (per_second / kMicroseconds)
                                                   : ticks * (kMicroseconds / per_second);
  }
}

// Only these columns of all rows; missing columns are omitted.
arrow::Result<std::vector<Row>> RowsOf(arrow::RecordBatchReader* reader,
                                       const std::set<std::string>& names) {
  std::vector<Row> rows;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return rows;
    const size_t first = rows.size();
    rows.resize(first + static_cast<size_t>(batch->num_rows()));
    for (int i = 0; i < batch->num_columns(); ++i) {
      const std::string& name = batch->schema()->field(i)->name();
      if (name == kUpdatedAt)
        AddTimestamps(*batch->column(i), &Row::updated_at, rows.data() + first);
      if (name == kDeletedAt)
        AddTimestamps(*batch->column(i), &Row::deleted_at, rows.data() + first);
      if (names.count(name) > 0)
        ARROW_RETURN_NOT_OK(AddCells(name, batch->column(i), rows.data() + first));
    }
  }
}

std::optional<std::string> CellOf(const Row& row, const std::string& name) {
  auto it = row.cells.find(name);
  return it == row.cells.end() ? std::nullopt : it->second;
}

Id IdOf(const Row& row, const std::vector<std::string>& columns) {
  Id id;
  for (const std::string& column : columns)
    id.emplace_back(column, CellOf(row, column).value_or("null"));
  return id;
}

arrow::Result<Id> ParseId(const std::string& text, const std::vector<std::string>& columns) {
  if (columns.size() == 1 && text.rfind(columns[0] + "=", 0) != 0) return Id{{columns[0], text}};
  std::map<std::string, std::string> given;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const size_t equals = part.find('=');
    if (equals != std::string::npos) given[part.substr(0, equals)] = part.substr(equals + 1);
    begin = end + 1;
  }
  Id id;
  for (const std::string& column : columns) {
    auto it = given.find(column);
    if (it == given.end()) {
      std::string form;
      for (const std::string& name : columns) form += (form.empty() ? "" : ",") + name + "=...";
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("the sample {} lacks a value for {}; write it as {}",
                                   Quote(text), column, form));
    }
    id.emplace_back(column, it->second);
  }
  return id;
}

// Rows of a parent over time: for each of its samples its state when a row was written, and its
// current state.
class ParentHistory {
 public:
  static arrow::Result<ParentHistory> Read(StoreSession* store, const FeatureGraph& graph,
                                           const FeatureKey& parent, const FeatureDep& dep,
                                           const std::vector<std::string>& id_columns,
                                           const ExecutionOptions& execution) {
    ParentHistory history;
    std::map<std::string, std::string> renamed;
    if (dep.rename) renamed.insert(dep.rename->begin(), dep.rename->end());
    std::set<std::string> names = {std::string(kFeatureVersion), std::string(kDataVersionByField)};
    ARROW_ASSIGN_OR_RAISE(history.version_, graph.GetFeatureVersion(parent));
    for (const std::string& column : id_columns) {
      names.insert(column);
      auto other = renamed.find(column);
      history.columns_.emplace_back(column, other == renamed.end() ? column : other->second);
    }
    // The inputs of a row may have been written for an earlier version of the parent.
    auto reader = store->Read(parent, {.with_feature_history = true,
                                       .with_sample_history = true,
                                       .include_soft_deleted = true,
                                       .execution = execution});
    if (IsError(reader.status(), ErrorCode::kFeatureNotFound)) return history;
    ARROW_RETURN_NOT_OK(reader.status());
    ARROW_ASSIGN_OR_RAISE(history.rows_, RowsOf(reader->get(), names));
    return history;
  }

  // The rows of the samples that belong to a child's, by their common id columns.
  std::vector<const Row*> RowsFor(const Row& child) const {
    std::vector<const Row*> rows;
    for (const Row& row : rows_) {
      const bool fits = std::all_of(columns_.begin(), columns_.end(), [&](const auto& names) {
        auto theirs = child.cells.find(names.second);
        return theirs == child.cells.end() || theirs->second == CellOf(row, names.first);
      });
      if (fits) rows.push_back(&row);
    }
    return rows;
  }

  void AddCauses(const Row& child, int64_t written, const FQFieldKey& field,
                 std::vector<Cause>* causes) const {
    std::map<std::string, std::pair<const Row*, const Row*>> samples;  // then, now
    for (const Row* row : RowsFor(child)) {
      std::string id;
      for (const auto& [own, theirs] : columns_) id += CellOf(*row, own).value_or("") + "\n";
      auto& [then, now] = samples[id];
      const int64_t timestamp = row->timestamp();
      if (timestamp <= written && (then == nullptr || then->timestamp() <= timestamp)) then = row;
      const bool counts_now = CellOf(*row, std::string(kFeatureVersion)) == version_;
      if (counts_now && (now == nullptr || now->timestamp() <= timestamp)) now = row;
    }
    const std::string column = std::string(kDataVersionByField) + "." + field.field.ToString();
    for (const auto& [id, rows] : samples) {
      auto version = [&](const Row* row) -> std::optional<std::string> {
        if (row == nullptr || row->is_deleted()) return std::nullopt;
        return CellOf(*row, column);
      };
      Cause cause{
          .parent = field, .old_version = version(rows.first), .new_version = version(rows.second)};
      if (cause.old_version != cause.new_version) causes->push_back(std::move(cause));
    }
  }

 private:
  std::string version_;                                       // the parent's current version
  std::vector<std::pair<std::string, std::string>> columns_;  // the parent's name, the child's
  std::vector<Row> rows_;
};

class Explainer {
 public:
  Explainer(StoreSession* store, const FeatureGraph& graph, const FeaturePlan& plan,
            const ExecutionOptions& execution, Explanation* result)
      : store_(store),
        graph_(graph),
        plan_(plan),
        execution_(execution),
        result_(result),
        id_columns_(plan.feature().id_columns) {}

  arrow::Status Run(const std::optional<std::string>& sample, int64_t examples) {
    if (sample) {
      ARROW_ASSIGN_OR_RAISE(wanted_, ParseId(*sample, id_columns_));
    }
    examples_ = examples;
    ARROW_ASSIGN_OR_RAISE(
        std::unique_ptr<LazyIncrement> increment,
        store_->ResolveUpdate(result_->feature, {.execution = execution_}, /*reads_all=*/false));
    result_->counts = increment->counts();
    result_->report = increment->report();
    ARROW_RETURN_NOT_OK(ExplainNew(*increment));
    ARROW_RETURN_NOT_OK(ExplainStale(*increment));
    ARROW_ASSIGN_OR_RAISE(std::vector<Row> orphaned, Part(increment->orphaned()));
    for (const Row& row : orphaned) {
      if (IsWanted(row, "orphaned")) Add(row, "orphaned");
    }
    if (wanted_ && result_->samples.empty()) return SayWhyNot(*sample);
    return arrow::Status::OK();
  }

 private:
  std::set<std::string> Names() const {
    std::set<std::string> names(id_columns_.begin(), id_columns_.end());
    for (std::string_view column : {kProvenanceByField, kFeatureVersion}) names.emplace(column);
    // The columns on which parents are joined.
    for (const FeatureDep& dep : plan_.feature().deps) {
      for (const std::string& column : plan_.InputIdColumns(dep)) names.insert(column);
    }
    return names;
  }

  arrow::Result<std::vector<Row>> Part(
      arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> reader) const {
    ARROW_RETURN_NOT_OK(reader.status());
    return RowsOf(reader->get(), Names());
  }

  bool IsWanted(const Row& row, const std::string& state) const {
    if (wanted_) return IdOf(row, id_columns_) == *wanted_;
    const auto shown =
        std::count_if(result_->samples.begin(), result_->samples.end(),
                      [&](const SampleReason& sample) { return sample.state == state; });
    return shown < examples_;
  }

  SampleReason* Add(const Row& row, const char* state) {
    result_->samples.push_back({.id = IdOf(row, id_columns_), .state = state});
    return &result_->samples.back();
  }

  // The stored rows by id.
  arrow::Result<std::map<Id, Row>> Stored(bool all_versions) const {
    std::map<Id, Row> stored;
    auto reader = store_->Read(result_->feature, {.allow_fallback = store_->is_overlay(),
                                                  .with_feature_history = all_versions,
                                                  .execution = execution_});
    if (IsError(reader.status(), ErrorCode::kFeatureNotFound)) return stored;
    ARROW_RETURN_NOT_OK(reader.status());
    ARROW_ASSIGN_OR_RAISE(std::vector<Row> rows, RowsOf(reader->get(), Names()));
    for (Row& row : rows) stored.insert_or_assign(IdOf(row, id_columns_), std::move(row));
    return stored;
  }

  arrow::Status ExplainNew(const LazyIncrement& increment) {
    if (increment.counts().new_samples == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(std::vector<Row> rows, Part(increment.new_samples()));
    ARROW_ASSIGN_OR_RAISE(const auto stored, Stored(true));
    for (const Row& row : rows) {
      auto other = stored.find(IdOf(row, id_columns_));
      result_->stored_for_other_versions += other != stored.end() ? 1 : 0;
      if (!IsWanted(row, "new")) continue;
      SampleReason* reason = Add(row, "new");
      if (other != stored.end())
        reason->other_feature_version = CellOf(other->second, std::string(kFeatureVersion));
    }
    return arrow::Status::OK();
  }

  arrow::Status ExplainStale(const LazyIncrement& increment) {
    if (increment.counts().stale == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(std::vector<Row> rows, Part(increment.stale()));
    ARROW_ASSIGN_OR_RAISE(const auto stored, Stored(false));
    std::map<FeatureKey, ParentHistory> parents;
    for (const FeatureSpec& parent : plan_.parents()) {
      ARROW_ASSIGN_OR_RAISE(
          parents[parent.key],
          ParentHistory::Read(store_, graph_, parent.key, *plan_.FindDep(parent.key),
                              parent.id_columns, execution_));
    }
    for (const FieldSpec& field : plan_.feature().fields) {
      int64_t count = 0;
      for (const Row& row : rows) count += Differs(row, stored, field.key) ? 1 : 0;
      if (count > 0) result_->stale_fields.emplace_back(field.key.ToString(), count);
    }
    for (const Row& row : rows) {
      if (!IsWanted(row, "stale")) continue;
      SampleReason* reason = Add(row, "stale");
      for (const FieldSpec& field : plan_.feature().fields) {
        if (Differs(row, stored, field.key))
          ARROW_RETURN_NOT_OK(ExplainField(row, stored, field, parents, reason));
      }
    }
    return arrow::Status::OK();
  }

  static std::string ProvenanceOf(const FieldKey& field) {
    return std::string(kProvenanceByField) + "." + field.ToString();
  }

  bool Differs(const Row& row, const std::map<Id, Row>& stored, const FieldKey& field) const {
    auto own = stored.find(IdOf(row, id_columns_));
    return own != stored.end() &&
           CellOf(row, ProvenanceOf(field)) != CellOf(own->second, ProvenanceOf(field));
  }

  arrow::Status ExplainField(const Row& row, const std::map<Id, Row>& stored,
                             const FieldSpec& field,
                             const std::map<FeatureKey, ParentHistory>& parents,
                             SampleReason* sample) const {
    const Row& own = stored.at(IdOf(row, id_columns_));
    FieldReason reason{.field = field.key.ToString(),
                       .code_version = field.code_version,
                       .stored = CellOf(own, ProvenanceOf(field.key)),
                       .expected = CellOf(row, ProvenanceOf(field.key))};
    ARROW_ASSIGN_OR_RAISE(const std::vector<FQFieldKey> above, plan_.ParentFields(field.key));
    for (const FQFieldKey& parent : above) {
      auto history = parents.find(parent.feature);
      if (history != parents.end())
        history->second.AddCauses(row, own.updated_at, parent, &reason.causes);
    }
    sample->fields.push_back(std::move(reason));
    return arrow::Status::OK();
  }

  // A sample that is in no part of the increment is up to date, or does not exist.
  arrow::Status SayWhyNot(const std::string& sample) {
    ARROW_ASSIGN_OR_RAISE(const auto stored, Stored(false));
    if (stored.count(*wanted_) > 0) {
      result_->samples.push_back({.id = *wanted_, .state = "up to date"});
      return arrow::Status::OK();
    }
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("there is no sample {} of {}: it is not stored, and its parents "
                                 "do not have it",
                                 Quote(sample), result_->feature.ToString()));
  }

  StoreSession* store_;
  const FeatureGraph& graph_;
  const FeaturePlan& plan_;
  const ExecutionOptions& execution_;
  Explanation* result_;
  std::vector<std::string> id_columns_;
  std::optional<Id> wanted_;
  int64_t examples_ = 0;
};

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json ToJson(const FieldReason& reason) {
  Json::Array causes;
  for (const Cause& cause : reason.causes) {
    causes.emplace_back(Json::Object{{"feature", cause.parent.feature.ToString()},
                                     {"field", cause.parent.field.ToString()},
                                     {"old_version", OrNull(cause.old_version)},
                                     {"new_version", OrNull(cause.new_version)}});
  }
  return Json::Object{{"field", reason.field},
                      {"code_version", reason.code_version},
                      {"old_version", OrNull(reason.stored)},
                      {"new_version", OrNull(reason.expected)},
                      {"causes", std::move(causes)}};
}

}  // namespace

arrow::Result<Explanation> Explain(StoreSession& session, const FeatureKey& feature,
                                   const ExplainOptions& options) {
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  ARROW_ASSIGN_OR_RAISE(const FeaturePlan plan, graph->GetFeaturePlan(feature));
  Explanation result{.feature = feature, .is_root = plan.is_root()};
  ARROW_ASSIGN_OR_RAISE(result.feature_version, graph->GetFeatureVersion(feature));
  if (!result.is_root) {
    Explainer explainer(&session, *graph, plan, options.execution, &result);
    ARROW_RETURN_NOT_OK(explainer.Run(options.sample, options.examples));
  }
  return result;
}

}  // namespace metaxy::internal

namespace metaxy {

Json Explanation::ToJson() const {
  Json::Array list;
  for (const SampleReason& sample : samples) {
    Json id = Json::Object{};
    for (const auto& [column, value] : sample.id) id.Set(column, value);
    Json::Array fields;
    for (const FieldReason& reason : sample.fields) fields.push_back(internal::ToJson(reason));
    list.emplace_back(
        Json::Object{{"id", std::move(id)},
                     {"state", sample.state},
                     {"other_feature_version", internal::OrNull(sample.other_feature_version)},
                     {"fields", std::move(fields)}});
  }
  return Json::Object{
      {"feature", feature.ToString()}, {"version", feature_version}, {"is_root", is_root},
      {"new", counts.new_samples},     {"stale", counts.stale},      {"orphaned", counts.orphaned},
      {"delta", report.ToJson()},      {"samples", std::move(list)}};
}

}  // namespace metaxy
