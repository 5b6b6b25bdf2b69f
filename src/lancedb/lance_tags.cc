#include "lancedb/lance_tags.h"

#include <fmt/format.h>

#include "base/quote.h"
#include "lancedb/lance_stored_table.h"
#include "metaxy/errors.h"

namespace metaxy::internal {

arrow::Result<std::unique_ptr<LanceTable>> LanceTags::Find(const std::string& table) const {
  if (!connection_) return nullptr;
  auto opened = connection_->OpenTable(table);
  if (IsError(opened.status(), ErrorCode::kTableNotFound)) return nullptr;
  if (!opened.ok()) return failures_->Redact(opened.status());
  return opened;
}

arrow::Status LanceTags::Create(const std::string& table, const std::string& tag,
                                uint64_t version) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Find(table));
  if (!opened) {
    return MakeError(ErrorCode::kTableNotFound,
                     fmt::format("there is no table {} to tag", Quote(table)));
  }
  return failures_->Redact(opened->CreateTag(tag, version));
}

arrow::Status LanceTags::Delete(const std::string& table, const std::string& tag) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Find(table));
  if (!opened) return arrow::Status::OK();
  const arrow::Status deleted = failures_->Redact(opened->DeleteTag(tag));
  // There is no such tag.
  return IsError(deleted, ErrorCode::kInvalidInput) ? arrow::Status::OK() : deleted;
}

arrow::Result<std::map<std::string, uint64_t>> LanceTags::List(const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, Find(table));
  if (!opened) return std::map<std::string, uint64_t>();
  return failures_->Redact(opened->Tags());
}

arrow::Result<std::shared_ptr<StoredTable>> LanceTags::Open(const std::string& table,
                                                            uint64_t version) {
  ARROW_ASSIGN_OR_RAISE(auto opened, Find(table));
  if (!opened) return nullptr;
  const arrow::Status moved = failures_->Redact(opened->Checkout(version));
  // There is no such version.
  if (IsError(moved, ErrorCode::kInvalidInput)) return nullptr;
  ARROW_RETURN_NOT_OK(moved);
  return LanceStoredTable::Make(std::move(opened), failures_);
}

}  // namespace metaxy::internal
