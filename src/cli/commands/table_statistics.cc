#include "cli/commands/table_statistics.h"

#include "base/byte_size.h"

namespace metaxy::cli {

namespace {

Json NumberOrNull(const std::optional<int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace

Json StatisticsToJson(const TableStatistics& statistics) {
  return Json::Object{
      {"table", statistics.table},
      {"rows", NumberOrNull(statistics.rows)},
      {"deleted_rows", NumberOrNull(statistics.deleted_rows)},
      {"fragments", NumberOrNull(statistics.fragments)},
      {"small_fragments", NumberOrNull(statistics.small_fragments)},
      {"data_files", NumberOrNull(statistics.data_files)},
      {"deletion_files", NumberOrNull(statistics.deletion_files)},
      {"bytes", NumberOrNull(statistics.bytes)},
      {"versions", NumberOrNull(statistics.versions)},
      {"disk_files", NumberOrNull(statistics.disk_files)},
      {"disk_bytes", NumberOrNull(statistics.disk_bytes)},
      {"layout", statistics.layout.empty() ? Json(nullptr) : Json(statistics.layout)},
  };
}

std::string NumberText(const std::optional<int64_t>& number) {
  return number ? std::to_string(*number) : "-";
}

std::string SizeText(const std::optional<int64_t>& bytes) {
  return bytes ? internal::FormatBytes(*bytes) : "-";
}

std::optional<int64_t> FilesOf(const TableStatistics& statistics) {
  return statistics.disk_files ? statistics.disk_files : statistics.data_files;
}

std::optional<int64_t> BytesOf(const TableStatistics& statistics) {
  return statistics.disk_bytes ? statistics.disk_bytes : statistics.bytes;
}

}  // namespace metaxy::cli
