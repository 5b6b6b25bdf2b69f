#include <fmt/format.h>

#include "base/place_text.h"
#include "metaxy/errors.h"
#include "store/store_session.h"
#include "store/verbs.h"

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
  return NoTable(feature, allow_fallback);
}

arrow::Status StoreSession::NoTable(const FeatureKey& feature, bool allow_fallback) const {
  if (is_read_only_) {
    return MakeError(ErrorCode::kFeatureNotFound,
                     fmt::format("feature '{}' had no table when {} was made", feature.ToString(),
                                 PlaceText(storage_->display())));
  }
  const bool chain = allow_fallback && !options_.fallback_stores.empty();
  return MakeError(
      ErrorCode::kFeatureNotFound,
      fmt::format("feature '{}' has no table in store '{}'{}; write it first", feature.ToString(),
                  options_.name, chain ? " nor in its fallback stores" : ""));
}

arrow::Status StoreSession::AddLayers(const FeatureKey& feature, const Interrupt& interrupt,
                                      std::vector<OverlayLayer>* layers) {
  if (!is_overlay()) {
    ARROW_ASSIGN_OR_RAISE(const FoundTable found, FindTable(feature, true, interrupt));
    if (found.table)
      layers->push_back({found.table, found.store->name(), Of(*found.store).storage_->place()});
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const FoundTable own, FindTable(feature, false, interrupt));
  if (own.table) layers->push_back({own.table, options_.name, storage_->place()});
  for (const auto& fallback : options_.fallback_stores) {
    // An unreachable store may have samples, so continuing without it could give a wrong answer.
    arrow::Status added = Borrow(Of(*fallback), interrupt);
    if (added.ok()) added = Of(*fallback).AddLayers(feature, interrupt, layers);
    if (!added.ok())
      return WithContext(added, fmt::format("fallback store '{}'", fallback->name()));
  }
  return arrow::Status::OK();
}

arrow::Result<FoundRows> StoreSession::FindRows(const FeatureGraph& graph,
                                                const FeatureKey& feature,
                                                const std::optional<std::string>& feature_version,
                                                bool allow_fallback, const Interrupt& interrupt) {
  if (!allow_fallback || !is_overlay() || feature.is_system()) {
    ARROW_ASSIGN_OR_RAISE(const FoundTable found, FindTable(feature, allow_fallback, interrupt));
    StoreSession& owner = found.store != nullptr ? Of(*found.store) : *this;
    return FoundRows{found.table, owner.storage_->place()};
  }
  std::vector<OverlayLayer> layers;
  ARROW_RETURN_NOT_OK(AddLayers(feature, interrupt, &layers));
  if (layers.empty()) return FoundRows{};
  if (layers.size() == 1) return FoundRows{layers.front().table, layers.front().place};
  // The rows of an overlay are in several places, in this order.
  std::string place = "overlay";
  for (const OverlayLayer& layer : layers)
    place += fmt::format(" {}:{}", layer.place.size(), layer.place);
  ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition, graph.GetFeatureDefinition(feature));
  auto overlay = OverlayTable::Make(std::move(layers), definition->spec.id_columns, feature_version,
                                    interrupt);
  if (overlay.ok()) return FoundRows{*std::move(overlay), std::move(place)};
  return WithContext(overlay.status(), fmt::format("feature '{}'", feature.ToString()));
}

arrow::Result<FoundRows> StoreSession::RequireRows(
    const FeatureGraph& graph, const FeatureKey& feature,
    const std::optional<std::string>& feature_version, bool allow_fallback,
    const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(auto rows,
                        FindRows(graph, feature, feature_version, allow_fallback, interrupt));
  if (rows.table) return rows;
  return NoTable(feature, allow_fallback);
}

arrow::Result<Json> StoreMetadata(StoreSession& session, const FeatureKey& feature,
                                  bool check_fallback, const Interrupt& interrupt) {
  ARROW_ASSIGN_OR_RAISE(const FoundTable found,
                        session.FindTable(feature, check_fallback, interrupt));
  Json metadata = Json::Object{};
  metadata.Set("name", session.options().name);
  metadata.Set("display", session.storage().display());
  if (found.store) {
    StoreSession& owner = StoreSession::Of(*found.store);
    Json from = Json::Object{};
    from.Set("name", owner.options().name);
    from.Set("type", owner.storage().type_name());
    from.Set("display", owner.storage().display());
    metadata.Set("resolved_from", std::move(from));
  }
  return metadata;
}

}  // namespace metaxy::internal
