// Detection and repair of tables with unreadable columns.
#include <arrow/array.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/quote.h"
#include "base/utf8.h"
#include "columns/exact_cast.h"
#include "metaxy/errors.h"
#include "store/maintenance/table_maintenance.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/column_names.h"
#include "versioning/scan/read_plan.h"

namespace metaxy::internal {
namespace {

using Rows = std::span<const uint64_t>;

struct Damage {
  TableDamage reported;
  std::string new_name = {};  ///< Empty: the column is removed.
  /// The unreadable rows; if there are any, they are removed, and the column stays.
  std::vector<uint64_t> rows = {};
};

arrow::Result<std::shared_ptr<StoredTable>> OpenExisting(Storage& storage,
                                                         const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(auto opened, storage.OpenTable(table));
  if (opened) return opened;
  return MakeError(ErrorCode::kTableNotFound, fmt::format("there is no table {}", Quote(table)));
}

arrow::Status ReadAll(const TableSnapshot& table, std::vector<ColumnPath> columns,
                      const Interrupt& interrupt) {
  ScanRequest scan{.columns = std::move(columns), .with_row_id = true};
  ReadPlan{}.For(*table.schema()).Apply(&scan);
  ARROW_ASSIGN_OR_RAISE(const auto rows, table.Scan(scan));
  std::shared_ptr<arrow::RecordBatch> batch;
  do {
    ARROW_RETURN_NOT_OK(interrupt.Check("reading a table"));
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
  } while (batch);
  return arrow::Status::OK();
}

// Whether a failed read is caused by the table, and would fail again.
bool IsOfTheTable(const arrow::Status& status) {
  return !status.ok() && !IsRetryable(status) && !IsError(status, ErrorCode::kCancelled) &&
         !IsError(status, ErrorCode::kTimeout) && !IsError(status, ErrorCode::kPermissionDenied) &&
         !IsError(status, ErrorCode::kNetwork);
}

arrow::Result<std::vector<uint64_t>> RowIds(const TableSnapshot& table,
                                            const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, table.Scan({.columns = {}, .with_row_id = true}));
  std::vector<uint64_t> ids;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(interrupt.Check("reading a table"));
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (!batch) return ids;
    const auto& column =
        static_cast<const arrow::UInt64Array&>(*batch->GetColumnByName(kRowIdColumn));
    for (int64_t i = 0; i < column.length(); ++i) ids.push_back(column.Value(i));
  }
}

// Those of the rows whose value of the column cannot be read.
arrow::Status FindUnreadable(const TableSnapshot& table, const std::string& column, Rows rows,
                             const Interrupt& interrupt, std::vector<uint64_t>* found) {
  ARROW_RETURN_NOT_OK(interrupt.Check("reading a table"));
  if (rows.empty()) return arrow::Status::OK();
  const arrow::Status read = table.Take(rows, {column}).status();
  if (read.ok()) return read;
  if (!IsOfTheTable(read)) return read;
  if (rows.size() == 1) {
    found->push_back(rows.front());
    return arrow::Status::OK();
  }
  const size_t half = rows.size() / 2;
  ARROW_RETURN_NOT_OK(FindUnreadable(table, column, rows.first(half), interrupt, found));
  return FindUnreadable(table, column, rows.subspan(half), interrupt, found);
}

// A storable name that no other column has.
std::string StorableName(const std::string& name, const arrow::Schema& schema) {
  std::string storable;
  const bool is_text = IsUtf8(name);
  for (const char c : name) {
    const bool bad = c == '.' || c == '`' || c == '*' || c == '\0' ||
                     (static_cast<unsigned char>(c) >= 0x80 && !is_text);
    storable += bad ? '_' : c;
  }
  if (WhyNotStorable(storable)) storable = storable.empty() ? "unnamed" : "user" + storable;
  std::string free = storable;
  for (int i = 2; schema.GetFieldIndex(free) >= 0; ++i) free = fmt::format("{}_{}", storable, i);
  return free;
}

// The message of a failed read, without its remedy, which is added here.
std::string Cause(const arrow::Status& status) {
  return status.message().substr(0, status.message().find("; `metaxy doctor`"));
}

Damage NameDamage(const std::string& name, std::string_view why, const arrow::Schema& schema) {
  Damage damage{.reported = {.column = name}, .new_name = StorableName(name, schema)};
  damage.reported.text = fmt::format("column {} cannot be read: {}", Quote(name), why);
  damage.reported.remedy = fmt::format("renames it to {}", Quote(damage.new_name));
  return damage;
}

bool HasEmptyStruct(const arrow::DataType& type) {
  if (type.id() == arrow::Type::STRUCT && type.num_fields() == 0) return true;
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return HasEmptyStruct(*field->type()); });
}

// Whether a column of this type cannot hold any value.
bool IsEmpty(const arrow::DataType& type) {
  if (type.id() != arrow::Type::STRUCT && !IsListLike(type)) return false;
  return std::all_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return IsEmpty(*field->type()); });
}

Damage TypeDamage(const arrow::Field& field) {
  Damage damage{.reported = {.column = field.name()}};
  const bool is_empty = IsEmpty(*field.type());
  damage.reported.text = fmt::format(
      "column {} has a struct without members, {}, and its files cannot be read or compacted{}",
      Quote(field.name()), field.type()->ToString(),
      is_empty ? "" : "; drop that member with lancedb (table.drop_columns)");
  if (is_empty) damage.reported.remedy = "removes the column, which cannot hold values";
  return damage;
}

arrow::Result<Damage> ValueDamage(const TableSnapshot& table, const arrow::Field& field,
                                  const arrow::Status& why, const Interrupt& interrupt) {
  Damage damage{.reported = {.column = field.name()}};
  damage.reported.text =
      fmt::format("column {} cannot be read: {}", Quote(field.name()), Cause(why));
  ARROW_ASSIGN_OR_RAISE(const auto ids, RowIds(table, interrupt));
  ARROW_RETURN_NOT_OK(FindUnreadable(table, field.name(), ids, interrupt, &damage.rows));
  // If no row can be read, the rows are not the cause.
  if (damage.rows.size() == ids.size() && ids.size() > 1) damage.rows.clear();
  damage.new_name = field.name();
  if (!damage.rows.empty()) {
    damage.reported.text =
        fmt::format("column {} cannot be read in {} of {} rows: {}", Quote(field.name()),
                    damage.rows.size(), ids.size(), Cause(why));
    damage.reported.remedy = "removes these rows";
  }
  return damage;
}

arrow::Result<std::vector<Damage>> FindDamages(const TableSnapshot& table,
                                               const Interrupt& interrupt) {
  const arrow::Schema& schema = *table.schema();
  std::vector<Damage> damages;
  std::vector<ColumnPath> columns;
  for (const auto& field : schema.fields()) {
    if (const auto why = WhyNotStorable(field->name())) {
      damages.push_back(NameDamage(field->name(), *why, schema));
    } else if (HasEmptyStruct(*field->type())) {
      damages.push_back(TypeDamage(*field));
    } else {
      columns.push_back({field->name()});
    }
  }
  // Such columns can make all others unreadable.
  if (!damages.empty()) return damages;
  const arrow::Status whole = ReadAll(table, columns, interrupt);
  if (whole.ok()) return damages;
  if (!IsOfTheTable(whole)) return whole;
  for (const ColumnPath& column : columns) {
    const arrow::Status read = ReadAll(table, {column}, interrupt);
    if (read.ok()) continue;
    if (!IsOfTheTable(read)) return read;
    ARROW_ASSIGN_OR_RAISE(
        auto damage, ValueDamage(table, *schema.GetFieldByName(column.column), read, interrupt));
    damages.push_back(std::move(damage));
  }
  if (damages.empty()) return whole;
  return damages;
}

}  // namespace

arrow::Result<std::vector<TableDamage>> CheckTable(StoreSession& session, const std::string& table,
                                                   const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckOpen());
  ARROW_ASSIGN_OR_RAISE(const auto snapshot, OpenExisting(session.storage(), table));
  ARROW_ASSIGN_OR_RAISE(const auto damages, FindDamages(*snapshot, interrupt));
  std::vector<TableDamage> reported;
  for (const Damage& damage : damages) reported.push_back(damage.reported);
  return reported;
}

arrow::Result<std::vector<TableDamage>> RepairTable(StoreSession& session, const std::string& table,
                                                    const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  ARROW_RETURN_NOT_OK(interrupt.Check("repairing a table"));
  ARROW_ASSIGN_OR_RAISE(TableMaintenance * tables, MaintenanceOf(session));
  std::vector<TableDamage> repaired;
  // Invalid values are detected once all columns can be requested.
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto snapshot, OpenExisting(session.storage(), table));
    ARROW_ASSIGN_OR_RAISE(const auto damages, FindDamages(*snapshot, interrupt));
    const size_t before = repaired.size();
    std::vector<uint64_t> unreadable;
    for (const Damage& damage : damages) {
      if (damage.reported.remedy.empty()) continue;
      ARROW_RETURN_NOT_OK(interrupt.Check("repairing a table"));
      unreadable.insert(unreadable.end(), damage.rows.begin(), damage.rows.end());
      if (damage.rows.empty()) {
        ARROW_RETURN_NOT_OK(tables->RenameColumn(table, damage.reported.column, damage.new_name));
      }
      repaired.push_back(damage.reported);
      // The next name depends on this one.
      if (damage.rows.empty()) break;
    }
    // Of all columns at once: rows that are removed leave the version that was looked at.
    std::sort(unreadable.begin(), unreadable.end());
    unreadable.erase(std::unique(unreadable.begin(), unreadable.end()), unreadable.end());
    ARROW_RETURN_NOT_OK(snapshot->DeleteRows(unreadable));
    if (repaired.size() == before) return repaired;
  }
}

}  // namespace metaxy::internal
