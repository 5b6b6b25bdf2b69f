#include "cli/commands/table_figures.h"

#include "base/byte_size.h"

namespace metaxy::cli {

namespace {

Json NumberOrNull(const std::optional<int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace

Json FiguresToJson(const TableStatistics& figures) {
  return Json::Object{
      {"table", figures.table},
      {"rows", NumberOrNull(figures.rows)},
      {"deleted_rows", NumberOrNull(figures.deleted_rows)},
      {"fragments", NumberOrNull(figures.fragments)},
      {"small_fragments", NumberOrNull(figures.small_fragments)},
      {"data_files", NumberOrNull(figures.data_files)},
      {"deletion_files", NumberOrNull(figures.deletion_files)},
      {"bytes", NumberOrNull(figures.bytes)},
      {"versions", NumberOrNull(figures.versions)},
      {"disk_files", NumberOrNull(figures.disk_files)},
      {"disk_bytes", NumberOrNull(figures.disk_bytes)},
      {"layout", figures.layout.empty() ? Json(nullptr) : Json(figures.layout)},
  };
}

std::string NumberText(const std::optional<int64_t>& number) {
  return number ? std::to_string(*number) : "-";
}

std::string SizeText(const std::optional<int64_t>& bytes) {
  return bytes ? internal::FormatBytes(*bytes) : "-";
}

std::optional<int64_t> FilesOf(const TableStatistics& figures) {
  return figures.disk_files ? figures.disk_files : figures.data_files;
}

std::optional<int64_t> BytesOf(const TableStatistics& figures) {
  return figures.disk_bytes ? figures.disk_bytes : figures.bytes;
}

}  // namespace metaxy::cli
