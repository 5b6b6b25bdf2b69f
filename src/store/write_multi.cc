#include <arrow/table.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "metaxy/errors.h"
#include "store/store_session.h"
#include "store/verbs.h"

namespace metaxy::internal {

arrow::Result<FeatureWriteResults> WriteMulti(StoreSession& session, const FeatureTables& tables,
                                              const WriteMultiOptions& options) {
  ARROW_RETURN_NOT_OK(session.CheckWritable());
  const WriteOptions write{.materialization_id = options.materialization_id,
                           .execution = options.execution};
  const std::shared_ptr<const FeatureGraph> graph = session.shared_graph();
  std::unordered_map<FeatureKey, std::shared_ptr<arrow::Table>> by_feature;
  std::vector<FeatureKey> keys;
  for (const auto& [feature, rows] : tables) {
    if (!by_feature.emplace(feature, rows).second) {
      return MakeError(ErrorCode::kInvalidInput,
                       fmt::format("rows of feature '{}' are given twice; put them into one table",
                                   feature.ToString()));
    }
    keys.push_back(feature);
    // What can be wrong with the rows is found out while nothing is written yet.
    ARROW_RETURN_NOT_OK(Interrupt(options.execution).Check("looking at the rows to write"));
    ARROW_RETURN_NOT_OK(WithContext(
        session.CheckWrite(*graph, feature, std::make_shared<arrow::TableBatchReader>(rows), write),
        fmt::format("writing feature '{}'", feature.ToString())));
  }
  ARROW_ASSIGN_OR_RAISE(keys, graph->TopologicalSort(keys, /*descending=*/true));
  std::vector<std::string> written;
  std::unordered_map<FeatureKey, WriteResult> results;
  for (const FeatureKey& feature : keys) {
    const arrow::Result<WriteResult> result =
        session.Write(*graph, feature, by_feature.at(feature), write);
    if (!result.ok()) {
      return WithContext(
          result.status(),
          fmt::format("writing feature '{}' (written before it: {})", feature.ToString(),
                      written.empty() ? "nothing" : fmt::format("{}", fmt::join(written, ", "))));
    }
    written.push_back(feature.ToString());
    results.emplace(feature, *result);
  }
  FeatureWriteResults in_order;
  for (const auto& [feature, rows] : tables) in_order.emplace_back(feature, results.at(feature));
  return in_order;
}

}  // namespace metaxy::internal
