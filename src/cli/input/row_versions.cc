#include "cli/input/row_versions.h"

#include <arrow/builder.h>
#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <map>
#include <string>

#include "base/quote.h"
#include "cli/output/column_text.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

arrow::Result<std::shared_ptr<arrow::Array>> RowVersions(const arrow::RecordBatch& rows) {
  std::map<std::string, std::unique_ptr<ColumnText>> columns;
  for (int i = 0; i < rows.num_columns(); ++i) {
    const std::string& name = rows.column_name(i);
    if (IsSystemColumn(name)) continue;
    auto text = ColumnText::Make(*rows.column(i), NotFinite::kName);
    if (!text.ok()) return WithContext(text.status(), "column " + Quote(name));
    columns.emplace(name, std::move(*text));
  }
  arrow::LargeStringBuilder versions;
  ARROW_RETURN_NOT_OK(versions.Reserve(rows.num_rows()));
  TextBuffer text;
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    text.Clear();
    for (const auto& [name, values] : columns) {
      if (values->IsNull(row)) continue;
      // No name has a zero byte, and no JSON has a line break.
      text.Append(name);
      text.Append('\0');
      values->AppendJson(row, &text);
      text.Append('\n');
    }
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    ARROW_RETURN_NOT_OK(
        versions.Append(fmt::format("xxh128:{:016x}{:016x}", hash.high64, hash.low64)));
  }
  return versions.Finish();
}

}  // namespace metaxy::cli
