#include <fmt/format.h>

#include "metaxy/errors.h"
#include "store/store_session.h"

namespace metaxy::internal {

arrow::Result<FoundTable> StoreSession::FindTable(const FeatureKey& feature, bool allow_fallback,
                                                  const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  ARROW_RETURN_NOT_OK(interrupt.Check("looking for the table of '" + feature.ToString() + "'"));
  ARROW_ASSIGN_OR_RAISE(auto table, storage_->OpenTable(feature.table_name()));
  if (table) return FoundTable{std::move(table), self_};
  if (!allow_fallback) return FoundTable{};
  for (const auto& fallback : options_.fallback_stores) {
    // An unreachable store may have the feature, so continuing without it could give a wrong
    // answer.
    const auto ask = [&]() -> arrow::Result<FoundTable> {
      ARROW_RETURN_NOT_OK(Borrow(Of(*fallback), interrupt));
      return Of(*fallback).FindTable(feature, true, interrupt);
    };
    const arrow::Result<FoundTable> found = ask();
    if (!found.ok())
      return WithContext(found.status(), fmt::format("fallback store '{}'", fallback->name()));
    if (!found->table) continue;
    log_.InfoOnce(LogSubject::kFallback,
                  fmt::format("store '{}' has no table of feature '{}'; it is read from '{}'",
                              options_.name, feature.ToString(), found->store->name()),
                  {{"feature", feature.ToString()}, {"store", found->store->name()}});
    return found;
  }
  return FoundTable{};
}

arrow::Result<FoundTable> StoreSession::RequireTable(const FeatureKey& feature, bool allow_fallback,
                                                     const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(FoundTable found, FindTable(feature, allow_fallback, interrupt));
  if (found.table) return found;
  if (is_read_only_) {
    return MakeError(ErrorCode::kFeatureNotFound,
                     fmt::format("feature '{}' had no table when {} was made", feature.ToString(),
                                 storage_->display()));
  }
  const bool chain = allow_fallback && !options_.fallback_stores.empty();
  return MakeError(
      ErrorCode::kFeatureNotFound,
      fmt::format("feature '{}' has no table in store '{}'{}; write it first", feature.ToString(),
                  options_.name, chain ? " nor in its fallback stores" : ""));
}

arrow::Result<Json> StoreSession::StoreMetadata(const FeatureKey& feature, bool check_fallback,
                                                const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const FoundTable found, FindTable(feature, check_fallback, interrupt));
  Json metadata = Json::Object{};
  metadata.Set("name", options_.name);
  metadata.Set("display", storage_->display());
  if (found.store) {
    StoreSession& owner = Of(*found.store);
    Json from = Json::Object{};
    from.Set("name", owner.options_.name);
    from.Set("type", owner.storage_->type_name());
    from.Set("display", owner.storage_->display());
    metadata.Set("resolved_from", std::move(from));
  }
  return metadata;
}

}  // namespace metaxy::internal
