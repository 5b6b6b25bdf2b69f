// The tables of a store: their size, and suggestions.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_size.h"
#include "base/quote.h"
#include "cli/commands/doctor_checks.h"
#include "cli/commands/table_statistics.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

// Fewer are not a problem.
constexpr int64_t kManySmallFragments = 32;
constexpr int64_t kManyVersions = 1000;
// Old versions that take more than this many times the space of the latest one are reported ...
constexpr int64_t kBulkyHistory = 3;
// ... unless the total is small.
constexpr int64_t kLittle = int64_t{1} << 20;

std::map<std::string, std::string> FeaturesByTable(const Project& project) {
  std::map<std::string, std::string> features;
  for (const FeatureKey& key : project.graph()->ListFeatures())
    features.emplace(key.table_name(), key.ToString());
  return features;
}

Finding Hint(const std::string& table, std::string text, std::string remedy) {
  return {Finding::Level::kHint, table, std::move(text), std::move(remedy)};
}

void FindHints(const TableStatistics& table, const std::string& compact,
               std::vector<Finding>* findings) {
  const int64_t small = table.small_fragments.value_or(0);
  if (small >= kManySmallFragments) {
    findings->push_back(
        Hint(table.table,
             fmt::format("{} of its {} fragments are small", small, NumberText(table.fragments)),
             fmt::format("`{}` compacts them", compact)));
  }
  const int64_t removed = table.deleted_rows.value_or(0);
  if (removed > 0 && removed >= table.rows.value_or(0)) {
    findings->push_back(Hint(table.table,
                             fmt::format("{} removed rows still take up space", removed),
                             fmt::format("`{}` drops them", compact)));
  }
  const int64_t bytes = table.bytes.value_or(0);
  const int64_t on_disk = table.disk_bytes.value_or(0);
  const bool bulky = on_disk > kLittle && on_disk > kBulkyHistory * std::max<int64_t>(bytes, 1);
  if (bulky || table.versions.value_or(0) > kManyVersions) {
    findings->push_back(Hint(
        table.table,
        fmt::format("it keeps {} versions{}", NumberText(table.versions),
                    bulky ? fmt::format(", which take {} in addition to the {} of the latest one",
                                        internal::FormatBytes(on_disk - bytes),
                                        internal::FormatBytes(bytes))
                          : ""),
        fmt::format("`{} --older-than 1d` prunes those older than a day", compact)));
  }
}

// A directory without a version: left behind by a first write that was killed or ran out of disk
// space. None of it was ever visible, and the next write creates the table.
Finding FirstWriteCutOff(const std::string& table) {
  return Hint(table, "no write to it has completed: its directory has files but no version",
              "the next write creates the table; if it had rows before, restore its directory");
}

// Reads the table; unreadable columns are repaired, if requested, or reported.
arrow::Status FindDamage(DoctorContext& doctor, const std::string& table,
                         std::vector<Finding>* findings) {
  if (doctor.repair) {
    const ExecutionOptions execution = doctor.context.execution();
    ARROW_RETURN_NOT_OK(doctor.store.Open(AccessMode::kWrite, execution));
    ARROW_ASSIGN_OR_RAISE(const auto repaired,
                          doctor.store.administration().RepairTable(table, execution));
    if (!repaired.empty()) doctor.context.Committed(table + " repaired");
    for (const TableDamage& damage : repaired)
      findings->push_back(Hint(table, OneLine(damage.text), "repaired: " + damage.remedy));
  }
  ARROW_ASSIGN_OR_RAISE(const auto damages, doctor.store.administration().CheckTable(
                                                table, doctor.context.execution()));
  for (const TableDamage& damage : damages) {
    findings->push_back(
        {Finding::Level::kProblem, table, OneLine(damage.text),
         damage.remedy.empty()
             ? "restore the table's directory, or drop the column with lancedb"
             : fmt::format("`metaxy doctor {} --repair` {}", doctor.store_name, damage.remedy)});
  }
  return arrow::Status::OK();
}

std::string Line(const TableStatistics& table, size_t width) {
  return fmt::format("{:<{}}  {:>10}  {:>9}  {:>6}  {:>8}  {:>10}  {}\n", table.table, width,
                     NumberText(table.rows), NumberText(table.fragments),
                     NumberText(FilesOf(table)), NumberText(table.versions),
                     SizeText(BytesOf(table)), table.layout.empty() ? "-" : table.layout);
}

}  // namespace

arrow::Result<CheckReport> CheckTables(DoctorContext& doctor) {
  CheckReport report;
  ARROW_ASSIGN_OR_RAISE(const auto names,
                        doctor.store.administration().ListTables(doctor.context.execution()));
  const auto features = FeaturesByTable(doctor.project);
  Json::Array tables;
  size_t width = std::string_view("Table").size();
  for (const std::string& name : names) width = std::max(width, name.size());
  if (!names.empty()) {
    report.text = fmt::format("{:<{}}  {:>10}  {:>9}  {:>6}  {:>8}  {:>10}  {}\n", "Table", width,
                              "Rows", "Fragments", "Files", "Versions", "Size", "Layout");
  }
  for (const std::string& name : names) {
    doctor.context.output().Progress(name);
    const auto feature = features.find(name);
    const arrow::Result<TableStatistics> statistics =
        doctor.store.administration().GetTableStatistics(name, CompactOptions().target_rows,
                                                         doctor.context.execution());
    if (IsError(statistics.status(), ErrorCode::kCancelled)) return statistics.status();
    if (IsError(statistics.status(), ErrorCode::kTableNotFound)) {
      report.findings.push_back(FirstWriteCutOff(name));
      continue;
    }
    if (!statistics.ok()) {
      report.findings.push_back({Finding::Level::kProblem, name,
                                 OneLine(statistics.status().message()),
                                 "the other tables are not affected"});
      continue;
    }
    const std::string compact = fmt::format(
        "metaxy metadata compact {} --store {}",
        feature != features.end() ? feature->second : "--all-features", doctor.store_name);
    FindHints(*statistics, compact, &report.findings);
    const arrow::Status read = FindDamage(doctor, name, &report.findings);
    if (IsError(read, ErrorCode::kCancelled)) return read;
    if (!read.ok()) {
      report.findings.push_back({Finding::Level::kProblem, name, OneLine(read.message()),
                                 "the other tables are not affected"});
    }
    report.text += Line(*statistics, width);
    Json entry = StatisticsToJson(*statistics);
    entry.Set("feature", feature != features.end() ? Json(feature->second) : Json(nullptr));
    tables.push_back(std::move(entry));
  }
  doctor.context.output().Progress("");
  if (names.empty()) report.text = "There are no tables; the first write creates one.\n";
  report.details = Json::Object{{"tables", std::move(tables)}};
  return report;
}

}  // namespace metaxy::cli
