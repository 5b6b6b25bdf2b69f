#include <arrow/array.h>

#include <memory>
#include <utility>

#include "lancedb/bridge.h"
#include "lancedb/bridge_library.h"
#include "lancedb/bridge_status.h"
#include "lancedb/bridge_stream.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

using FragmentList = std::unique_ptr<mxl_fragment_list, decltype(mxl_fragment_list_free)>;
using StringList = std::unique_ptr<mxl_string_list, decltype(mxl_string_list_free)>;

arrow::Result<mxl_fragment> FragmentAt(const FragmentList& list, size_t index) {
  mxl_fragment fragment{};
  fragment.struct_size = sizeof(fragment);
  ARROW_RETURN_NOT_OK(CallBridge(mxl_fragment_list_get, list.get(), index, &fragment));
  return fragment;
}

LanceFragment FromBridge(const mxl_fragment& fragment) {
  const auto known = [](int64_t number) {
    return number < 0 ? std::nullopt : std::optional(number);
  };
  return {.id = fragment.id,
          .physical_rows = known(fragment.physical_rows),
          .deleted_rows = known(fragment.deleted_rows),
          .files = internal::FromBridge(fragment.files),
          .deletions = internal::FromBridge(fragment.deletions),
          .has_addresses = fragment.has_addresses != 0};
}

}  // namespace

arrow::Result<std::optional<LanceFragments>> LanceTable::Fragments(
    const std::vector<std::string>& columns) const {
  const std::vector<mxl_string> paths = ToBridge(columns);
  mxl_string_list* strings = nullptr;
  mxl_fragment_list* fragments = nullptr;
  const arrow::Status status = CallBridge(mxl_table_fragments, handle_.get(), paths.data(),
                                          paths.size(), &strings, &fragments);
  if (IsError(status, ErrorCode::kNotSupported)) return std::nullopt;
  ARROW_RETURN_NOT_OK(status);
  const StringList string_list(strings, mxl_string_list_free);
  const FragmentList fragment_list(fragments, mxl_fragment_list_free);
  LanceFragments result;
  for (size_t i = 0; i < mxl_string_list_count(strings); ++i) {
    mxl_string text{};
    ARROW_RETURN_NOT_OK(CallBridge(mxl_string_list_get, strings, i, &text));
    result.columns.push_back(internal::FromBridge(text));
  }
  const size_t count = mxl_fragment_list_count(fragments);
  result.fragments.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    ARROW_ASSIGN_OR_RAISE(const mxl_fragment fragment, FragmentAt(fragment_list, i));
    result.fragments.push_back(FromBridge(fragment));
  }
  return result;
}

arrow::Result<std::vector<LanceRewrite>> LanceTable::Rewrites(
    const std::vector<std::string>& columns, uint64_t since, uint64_t most) const {
  const InterruptScope scope(Limits());
  const std::vector<mxl_string> paths = ToBridge(columns);
  mxl_fragment_list* fragments = nullptr;
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_rewrites, handle_.get(), paths.data(), paths.size(),
                                 since, most, &fragments));
  const FragmentList list(fragments, mxl_fragment_list_free);
  std::vector<LanceRewrite> rewrites;
  for (size_t i = 0; i < mxl_fragment_list_count(fragments); ++i) {
    ARROW_ASSIGN_OR_RAISE(const mxl_fragment fragment, FragmentAt(list, i));
    rewrites.resize(size_t{fragment.group} + 1);
    LanceRewrite& rewrite = rewrites[fragment.group];
    (fragment.is_new != 0 ? rewrite.after : rewrite.before).push_back(FromBridge(fragment));
  }
  return rewrites;
}

arrow::Result<std::vector<uint64_t>> LanceTable::DeletedRows(
    std::span<const uint64_t> fragments) const {
  const InterruptScope scope(Limits());
  ArrowArrayStream stream{};
  ARROW_RETURN_NOT_OK(CallBridge(mxl_table_deleted_rows, handle_.get(), fragments.data(),
                                 fragments.size(), &stream));
  ARROW_ASSIGN_OR_RAISE(const auto reader, ImportBridgeStream(&stream));
  std::vector<uint64_t> ids;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
    if (!batch) return ids;
    const auto& column = static_cast<const arrow::UInt64Array&>(*batch->column(0));
    ids.insert(ids.end(), column.raw_values(), column.raw_values() + column.length());
  }
}

}  // namespace metaxy::internal
