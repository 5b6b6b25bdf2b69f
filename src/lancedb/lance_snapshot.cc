#include "lancedb/lance_snapshot.h"

#include <arrow/extension/json.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/processors.h"
#include "filter/evaluate.h"
#include "filter/lance_sql.h"
#include "lancedb/removed_version.h"

namespace metaxy::internal {
namespace {

// Lance leaves so many processors to reading.
constexpr int kReservedProcessors = 2;

// Lance splits paths at dots; a part that has one stands in backticks.
std::string QuotePart(const std::string& part) {
  if (part.find_first_of(".`") == std::string::npos) return part;
  std::string quoted = "`";
  for (char c : part) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + "`";
}

std::string QuotePath(const ColumnPath& path) {
  return path.member.empty() ? QuotePart(path.column)
                             : QuotePart(path.column) + "." + QuotePart(path.member);
}

std::vector<std::string> QuotePaths(const std::vector<ColumnPath>& paths) {
  std::vector<std::string> quoted;
  for (const ColumnPath& path : paths) quoted.push_back(QuotePath(path));
  return quoted;
}

std::vector<FragmentState> StatesOf(const std::vector<LanceFragment>& fragments) {
  std::vector<FragmentState> states;
  for (const LanceFragment& fragment : fragments) {
    FragmentState& state = states.emplace_back();
    state.id = fragment.id;
    // Where the rows of a fragment are null in all columns in question, only their number counts.
    state.files =
        HashContent(std::to_string(fragment.physical_rows.value_or(-1)) + "|" + fragment.files);
    if (fragment.has_addresses) state.rows = fragment.physical_rows.value_or(-1);
    if (!fragment.deletions.empty()) state.deletions = HashContent(fragment.deletions);
  }
  return states;
}

// A column of type arrow.json is stored as binary (lance.json), and read and written as arrow.json.
std::shared_ptr<arrow::Field> AsRead(const std::shared_ptr<arrow::Field>& field) {
  if (field->type()->id() == arrow::Type::STRUCT) {
    arrow::FieldVector members = field->type()->fields();
    for (auto& member : members) member = AsRead(member);
    return field->WithType(arrow::struct_(std::move(members)));
  }
  const auto& metadata = field->metadata();
  const auto name = metadata == nullptr ? arrow::Result<std::string>(arrow::Status::KeyError(""))
                                        : metadata->Get("ARROW:extension:name");
  if (!name.ok() || *name != "lance.json") return field;
  return arrow::field(field->name(), arrow::extension::json(arrow::utf8()), field->nullable());
}

std::shared_ptr<arrow::Schema> AsRead(const arrow::Schema& schema) {
  arrow::FieldVector fields = schema.fields();
  for (auto& field : fields) field = AsRead(field);
  return arrow::schema(std::move(fields));
}

// As many as memory allows, but not more than there are processors to decode them.
int BatchesAhead(int allowed) {
  return allowed > 0 ? std::min(allowed, std::max(Processors() - kReservedProcessors, 1)) : 0;
}

// Keeps the rows for which all filters are true, and of their columns the given ones.
class ResidualReader final : public arrow::RecordBatchReader {
 public:
  ResidualReader(std::shared_ptr<arrow::RecordBatchReader> input, std::vector<BoundFilter> filters,
                 std::vector<int> columns)
      : input_(std::move(input)), filters_(std::move(filters)), columns_(std::move(columns)) {
    arrow::FieldVector fields;
    for (int column : columns_) fields.push_back(input_->schema()->field(column));
    schema_ = arrow::schema(std::move(fields));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    while (true) {
      ARROW_RETURN_NOT_OK(input_->ReadNext(batch));
      if (!*batch) return arrow::Status::OK();
      for (const BoundFilter& filter : filters_) {
        ARROW_ASSIGN_OR_RAISE(*batch, filter.Apply(*batch));
      }
      if ((*batch)->num_rows() == 0) continue;
      ARROW_ASSIGN_OR_RAISE(*batch, (*batch)->SelectColumns(columns_));
      return arrow::Status::OK();
    }
  }

  arrow::Status Close() override { return input_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> input_;
  std::vector<BoundFilter> filters_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<std::shared_ptr<const LanceSnapshot>> LanceSnapshot::Make(
    std::unique_ptr<LanceTable> table, bool on_server) {
  ARROW_ASSIGN_OR_RAISE(auto schema, table->Schema());
  ARROW_ASSIGN_OR_RAISE(const uint64_t version, table->Version());
  return std::shared_ptr<const LanceSnapshot>(
      new LanceSnapshot(std::move(table), AsRead(*schema), version, on_server));
}

arrow::Result<int64_t> LanceSnapshot::NumRows() const {
  arrow::Result<int64_t> count = table_->CountRows();
  ARROW_RETURN_NOT_OK(ExplainRemovedVersion(*table_, version_, count.status()));
  return count;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> LanceSnapshot::Scan(
    const ScanRequest& request) const {
  LanceScanOptions options;
  options.with_row_id = request.with_row_id;
  options.batch_size = static_cast<int>(request.batch_size);
  options.eager = request.eager;
  options.io_buffer_bytes = request.read_ahead_bytes;
  options.batch_bytes = request.batch_bytes;
  options.batch_readahead = BatchesAhead(request.batches_ahead);
  options.fragments = request.fragments;
  std::vector<arrow::compute::Expression> residual;
  // Where all columns are read in any case, Lance would copy the rows that pass, which are most.
  if (request.eager && !on_server_) {
    residual = request.filters;
  } else if (!request.filters.empty()) {
    SplitFilters split = SplitPushdown(request.filters, *schema_);
    options.filter = std::move(split.sql);
    residual = std::move(split.residual);
  }
  options.columns.emplace();
  std::vector<std::string> names;  // top-level columns of the result
  const auto add = [&](const ColumnPath& path) {
    options.columns->push_back(QuotePath(path));
    if (std::find(names.begin(), names.end(), path.column) == names.end())
      names.push_back(path.column);
  };
  for (const ColumnPath& path : request.columns) add(path);
  const std::vector<std::string> wanted = names;
  for (const auto& filter : residual) {
    for (const std::string& name : ReferencedColumns(filter)) {
      if (schema_->GetFieldIndex(name) >= 0 &&
          std::find(names.begin(), names.end(), name) == names.end())
        add({name});
    }
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> scan = table_->Scan(options);
  ARROW_RETURN_NOT_OK(ExplainRemovedVersion(*table_, version_, scan.status()));
  auto reader = ExplainRemovedVersion(table_, version_, *std::move(scan));
  if (residual.empty()) return reader;
  std::vector<BoundFilter> bound;
  for (const auto& filter : residual) {
    ARROW_ASSIGN_OR_RAISE(BoundFilter ready, BoundFilter::Make(filter, reader->schema()));
    bound.push_back(std::move(ready));
  }
  std::vector<int> columns;
  for (const std::string& name : wanted) columns.push_back(reader->schema()->GetFieldIndex(name));
  if (request.with_row_id) columns.push_back(reader->schema()->GetFieldIndex(kRowIdColumn));
  return std::make_shared<ResidualReader>(std::move(reader), std::move(bound), std::move(columns));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> LanceSnapshot::Take(
    std::span<const uint64_t> row_ids, const std::vector<std::string>& columns) const {
  LanceTakeOptions options;
  options.columns.emplace();
  arrow::FieldVector fields;
  for (const std::string& name : columns) {
    options.columns->push_back(QuotePart(name));
    fields.push_back(schema_->GetFieldByName(name));
  }
  if (row_ids.empty()) return arrow::RecordBatch::MakeEmpty(arrow::schema(std::move(fields)));
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> taken = table_->Take(row_ids, options);
  ARROW_RETURN_NOT_OK(ExplainRemovedVersion(*table_, version_, taken.status()));
  const auto reader = ExplainRemovedVersion(table_, version_, *std::move(taken));
  ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
  return table->CombineChunksToBatch();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> LanceSnapshot::TakeMembers(
    std::span<const uint64_t> row_ids, const std::vector<ColumnPath>& columns) const {
  LanceTakeOptions options;
  options.columns = QuotePaths(columns);
  options.with_row_id = true;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> taken = table_->Take(row_ids, options);
  ARROW_RETURN_NOT_OK(ExplainRemovedVersion(*table_, version_, taken.status()));
  const auto reader = ExplainRemovedVersion(table_, version_, *std::move(taken));
  ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
  return table->CombineChunksToBatch();
}

arrow::Result<std::optional<TableState>> LanceSnapshot::State(
    const std::vector<ColumnPath>& columns) const {
  ARROW_ASSIGN_OR_RAISE(const auto stored, table_->Fragments(QuotePaths(columns)));
  if (!stored) return std::nullopt;
  TableState state{.version = version_};
  for (size_t i = 0; i < columns.size(); ++i)
    state.columns.push_back({columns[i], stored->columns[i]});
  state.fragments = StatesOf(stored->fragments);
  return state;
}

arrow::Result<std::vector<Rewrite>> LanceSnapshot::Rewrites(const std::vector<ColumnPath>& columns,
                                                            uint64_t since, uint64_t most) const {
  ARROW_ASSIGN_OR_RAISE(const auto found, table_->Rewrites(QuotePaths(columns), since, most));
  std::vector<Rewrite> rewrites;
  for (const LanceRewrite& rewrite : found)
    rewrites.push_back({StatesOf(rewrite.before), StatesOf(rewrite.after)});
  return rewrites;
}

arrow::Result<std::optional<LatestTime>> LanceSnapshot::FindLatestTime(
    const std::vector<std::string>& columns) const {
  ARROW_ASSIGN_OR_RAISE(const std::optional<LanceGreatest> greatest, table_->Greatest(columns));
  if (!greatest) return std::nullopt;
  return LatestTime{greatest->value, greatest->version, greatest->fragment};
}

}  // namespace metaxy::internal
