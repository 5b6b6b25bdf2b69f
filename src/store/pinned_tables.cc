#include "store/pinned_tables.h"

#include <fmt/format.h>

#include "metaxy/errors.h"
#include "store/snapshots/table_tags.h"

namespace metaxy::internal {
namespace {

arrow::Status Gone(const std::string& table, std::string_view why) {
  return MakeError(
      ErrorCode::kTableNotFound,
      fmt::format("table '{}' {} since the feature was resolved; resolve it again", table, why));
}

// The store of the chain that has this place; null if none has.
arrow::Result<StoreSession*> FindPlace(StoreSession& store, const ContentHash& place,
                                       const Interrupt& interrupt) {
  if (HashContent(store.storage().place()) == place) return &store;
  for (const auto& fallback : store.options().fallback_stores) {
    StoreSession& next = StoreSession::Of(*fallback);
    ARROW_RETURN_NOT_OK(store.Borrow(next, interrupt));
    ARROW_ASSIGN_OR_RAISE(StoreSession* const found, FindPlace(next, place, interrupt));
    if (found != nullptr) return found;
  }
  return nullptr;
}

}  // namespace

arrow::Result<std::shared_ptr<StoredTable>> OpenPinned(StoreSession& store,
                                                       const std::string& table,
                                                       const TablePin& pin,
                                                       const std::vector<std::string>& id_columns,
                                                       const Interrupt& interrupt) {
  ARROW_RETURN_NOT_OK(interrupt.Check("opening table '" + table + "'"));
  ARROW_ASSIGN_OR_RAISE(StoreSession* const owner, FindPlace(store, pin.place, interrupt));
  if (owner == nullptr) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("table '{}' was resolved in a store that is neither '{}' nor one "
                                 "of its fallback stores; use the store that was resolved",
                                 table, store.options().name));
  }
  Storage& storage = owner->storage();
  ARROW_ASSIGN_OR_RAISE(auto opened, storage.OpenTable(table));
  if (!opened) return Gone(table, "was dropped");
  if (opened->version() != pin.version) {
    if (storage.tags() != nullptr) {
      ARROW_ASSIGN_OR_RAISE(opened, storage.tags()->Open(table, pin.version));
    }
    if (!opened || opened->version() != pin.version)
      return Gone(table, fmt::format("has lost its version {}, or was dropped,", pin.version));
  }
  ARROW_ASSIGN_OR_RAISE(const auto found, PinOf(*opened, storage.place(), id_columns));
  if (found != pin) return Gone(table, "was dropped and created again");
  return opened;
}

arrow::Status CheckResolved(const StoreSession& store, const FeatureGraph& graph,
                            const FeatureKey& feature, const std::string& version,
                            const std::string& hashing) {
  ARROW_ASSIGN_OR_RAISE(const std::string known, graph.GetFeatureVersion(feature));
  if (known != version) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("feature '{}' was resolved in version {}, and is {} here; use the "
                                 "same definitions in all processes",
                                 feature.ToString(), version, known));
  }
  const std::string here =
      HashingOf(store.options().hash_algorithm, graph.hash_truncation_length());
  if (here == hashing) return arrow::Status::OK();
  return MakeError(ErrorCode::kInvalidInput,
                   fmt::format("feature '{}' was resolved with {}, and this store has {}; use the "
                               "same options in all processes",
                               feature.ToString(), hashing, here));
}

}  // namespace metaxy::internal
