#include <memory>
#include <utility>

#include "lancedb/bridge.h"
#include "lancedb/bridge_library.h"
#include "lancedb/bridge_status.h"
#include "lancedb/bridge_stream.h"

namespace metaxy::internal {

arrow::Result<std::string> LanceTable::WriteFragments(
    std::shared_ptr<arrow::RecordBatchReader> rows, const LanceWriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(ExportedReader exported, ExportedReader::Make(std::move(rows)));
  ARROW_ASSIGN_OR_RAISE(mxl_write_options bridge_options, ToBridge(options));
  mxl_string_list* list = nullptr;
  const arrow::Status written = CallBridge(mxl_table_write_fragments, handle_.get(),
                                           exported.stream(), &bridge_options, &list);
  const std::unique_ptr<mxl_string_list, decltype(mxl_string_list_free)> owner(
      list, mxl_string_list_free);
  ARROW_RETURN_NOT_OK(exported.Outcome(written, "cannot write fragments of table '" + name_ + "'"));
  mxl_string text{};
  ARROW_RETURN_NOT_OK(CallBridge(mxl_string_list_get, list, size_t{0}, &text));
  return internal::FromBridge(text);
}

arrow::Result<uint64_t> LanceTable::CommitFragments(std::span<const std::string> fragments,
                                                    const LanceWriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(mxl_write_options bridge_options, ToBridge(options));
  std::vector<mxl_string> texts;
  texts.reserve(fragments.size());
  for (const std::string& text : fragments) texts.push_back(ToBridge(std::string_view(text)));
  uint64_t version = 0;
  ARROW_RETURN_NOT_OK(ChangeByBridge(mxl_table_commit_fragments, handle_.get(), texts.data(),
                                     texts.size(), &bridge_options, &version));
  return version;
}

arrow::Status LanceTable::CheckFragments(std::string_view fragments) const {
  return CallBridge(mxl_table_check_fragments, handle_.get(), ToBridge(fragments));
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> LanceTable::ScanFragments(
    std::string_view fragments, uint64_t version, const std::vector<std::string>& columns) const {
  const InterruptScope scope(Limits());
  const std::vector<mxl_string> names = ToBridge(columns);
  ArrowArrayStream stream{};
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_scan_fragments, handle_.get(), ToBridge(fragments),
                                 version, names.empty() ? nullptr : names.data(), names.size(),
                                 &stream));
  return ImportBridgeStream(&stream);
}

}  // namespace metaxy::internal
