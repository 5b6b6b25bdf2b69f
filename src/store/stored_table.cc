#include "store/stored_table.h"

#include <fmt/format.h>

#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

arrow::Status NoFragments(const std::string& table) {
  return MakeError(
      ErrorCode::kNotSupported,
      fmt::format("table '{}' cannot be appended to in two steps; use Write()", table));
}

}  // namespace

arrow::Result<std::string> StoredTable::WriteFragments(std::shared_ptr<arrow::RecordBatchReader>) {
  return NoFragments(name());
}

arrow::Result<uint64_t> StoredTable::CommitFragments(std::span<const std::string>,
                                                     const WriteMark&) {
  return NoFragments(name());
}

arrow::Status StoredTable::CheckFragments(std::string_view) const { return NoFragments(name()); }

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> StoredTable::ScanFragments(
    std::string_view, uint64_t, const std::vector<std::string>&) const {
  return NoFragments(name());
}

}  // namespace metaxy::internal
