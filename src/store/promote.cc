// Promotion: what a branch has made, copied into the store that it branched off.
#include <arrow/builder.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/place_text.h"
#include "metaxy/errors.h"
#include "store/mark_deleted.h"
#include "store/sample_digests.h"
#include "store/store_session.h"
#include "store/verbs.h"
#include "store/write/blob_columns.h"
#include "store/write/table_writer.h"

namespace metaxy::internal {
namespace {

// What becomes of a row of the branch.
enum class Fate { kAdd, kReplace, kDelete, kNothing, kConflict };

struct BranchRow {
  SampleDigest sample;
  Fate fate = Fate::kAdd;
};

// One feature: the rows of the branch, and what would be done with them.
class FeaturePromotion {
 public:
  FeaturePromotion(StoreSession& from, StoreSession& to, FeatureKey feature,
                   std::shared_ptr<const FeatureGraph> graph, const PromoteOptions& options)
      : from_(from), to_(to), graph_(std::move(graph)), options_(options) {
    result_.feature = std::move(feature);
  }

  const PromotedFeature& result() const { return result_; }

  arrow::Status Look() {
    const Interrupt interrupt(options_.execution);
    ARROW_ASSIGN_OR_RAISE(const FoundTable own,
                          from_.FindTable(result_.feature, /*allow_fallback=*/false, interrupt));
    if (!own.table) return arrow::Status::OK();
    table_ = own.table;
    ARROW_RETURN_NOT_OK(CheckNoBlobs(result_.feature.table_name(), *table_->schema(), "promoted"));
    ARROW_RETURN_NOT_OK(
        ReadSampleDigests(from_, *graph_, table_, result_.feature, Options(), hasher_,
                          [&](const SampleDigest& sample) { rows_[sample.key] = {sample}; }));
    ARROW_ASSIGN_OR_RAISE(const FoundTable theirs,
                          to_.FindTable(result_.feature, /*allow_fallback=*/false, interrupt));
    for (auto& [key, row] : rows_) row.fate = row.sample.deleted ? Fate::kNothing : Fate::kAdd;
    if (theirs.table) {
      ARROW_RETURN_NOT_OK(ReadSampleDigests(to_, *graph_, theirs.table, result_.feature, Options(),
                                            hasher_, [&](const SampleDigest& sample) {
                                              const auto found = rows_.find(sample.key);
                                              if (found != rows_.end())
                                                found->second.fate =
                                                    FateOf(found->second.sample, sample);
                                            }));
    }
    for (const auto& [key, row] : rows_) {
      result_.added += row.fate == Fate::kAdd ? 1 : 0;
      result_.replaced += row.fate == Fate::kReplace ? 1 : 0;
      result_.deleted += row.fate == Fate::kDelete ? 1 : 0;
      result_.unchanged += row.fate == Fate::kNothing ? 1 : 0;
      result_.conflicts += row.fate == Fate::kConflict ? 1 : 0;
    }
    return arrow::Status::OK();
  }

  arrow::Status Copy() {
    const bool overwrite = options_.conflicts == PromoteConflicts::kOverwrite;
    const bool copies = result_.added + result_.replaced > 0;
    if (copies || (overwrite && result_.conflicts > 0)) {
      ARROW_RETURN_NOT_OK(Append(RowTimes::kWritten, [&](const BranchRow& row) {
        return row.fate == Fate::kAdd || row.fate == Fate::kReplace ||
               (overwrite && row.fate == Fate::kConflict && !row.sample.deleted);
      }));
    }
    if (result_.deleted > 0 || (overwrite && result_.conflicts > 0)) {
      ARROW_RETURN_NOT_OK(Append(RowTimes::kDeleted, [&](const BranchRow& row) {
        return row.fate == Fate::kDelete ||
               (overwrite && row.fate == Fate::kConflict && row.sample.deleted);
      }));
    }
    return arrow::Status::OK();
  }

 private:
  // The latest row of each sample, of the current version, also one that marks a deletion.
  ReadOptions Options() const {
    ReadOptions options{.allow_fallback = false, .include_soft_deleted = true};
    options.execution = options_.execution;
    return options;
  }

  static Fate FateOf(const SampleDigest& ours, const SampleDigest& theirs) {
    if (ours.deleted && theirs.deleted) return Fate::kNothing;
    const bool same = ours.data_version == theirs.data_version && ours.deleted == theirs.deleted;
    if (theirs.time >= ours.time) return same ? Fate::kNothing : Fate::kConflict;
    return ours.deleted ? Fate::kDelete : Fate::kReplace;
  }

  using Choice = std::function<bool(const BranchRow&)>;

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Chosen(const Choice& choice) const {
    ARROW_ASSIGN_OR_RAISE(auto rows, from_.ReadTable(*graph_, table_, result_.feature, Options()));
    const auto schema = rows->schema();
    return MapBatches(
        std::move(rows), schema,
        [this, choice](const std::shared_ptr<arrow::RecordBatch>& batch)
            -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
          const auto& ids = graph_->Find(result_.feature)->spec.id_columns;
          ARROW_ASSIGN_OR_RAISE(const auto hashes, HashIds(*batch, ids, hasher_));
          arrow::BooleanBuilder mask;
          for (const KeyHash& key : hashes) {
            const auto found = rows_.find(key);
            ARROW_RETURN_NOT_OK(mask.Append(found != rows_.end() && choice(found->second)));
          }
          ARROW_ASSIGN_OR_RAISE(const auto kept, mask.Finish());
          ARROW_ASSIGN_OR_RAISE(const arrow::Datum filtered,
                                arrow::compute::Filter(arrow::Datum(batch), arrow::Datum(kept)));
          return filtered.record_batch();
        });
  }

  // In one commit. The rows get the time of this write, so that they are the latest ones there.
  arrow::Status Append(RowTimes times, const Choice& choice) {
    ARROW_ASSIGN_OR_RAISE(
        const auto columns,
        to_.ColumnsFor(*graph_, result_.feature, {.preserve_feature_version = true}, times));
    const arrow::Result<WriteResult> written = to_.Append(
        *graph_, result_.feature,
        RowSource([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
          ARROW_ASSIGN_OR_RAISE(auto rows, Chosen(choice));
          if (times == RowTimes::kDeleted) {
            ARROW_ASSIGN_OR_RAISE(rows, MarkDeleted(std::move(rows), columns->time()->first()));
          }
          return WithSystemColumns(columns, std::move(rows));
        }),
        columns->time(), Interrupt(options_.execution));
    return WithContext(written.status(), "promoting '" + result_.feature.ToString() + "'");
  }

  StoreSession& from_;
  StoreSession& to_;
  std::shared_ptr<const FeatureGraph> graph_;
  const PromoteOptions& options_;
  const KeyHasher hasher_ = KeyHasher::Random();
  std::shared_ptr<const TableSnapshot> table_;
  std::unordered_map<KeyHash, BranchRow, HashOfKey> rows_;
  PromotedFeature result_;
};

}  // namespace

arrow::Result<std::vector<PromotedFeature>> Promote(StoreSession& session, StoreSession& from,
                                                    const PromoteOptions& options) {
  ARROW_RETURN_NOT_OK(options.dry_run ? session.CheckOpen() : session.CheckWritable());
  ARROW_RETURN_NOT_OK(from.CheckOpen());
  const bool same = session.storage().target() != StoreTarget::kServer &&
                    from.storage().display() == session.storage().display();
  if (&from.storage() == &session.storage() || same) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("'{}' and '{}' are one store ({}); name another one to promote to",
                                 from.options().name, session.options().name,
                                 PlaceText(session.storage().display())));
  }
  ARROW_ASSIGN_OR_RAISE(const auto graph, from.GraphAfterSync(options.execution));
  const std::optional<std::string> project =
      session.options().project.empty() ? std::nullopt
                                        : std::optional<std::string>(session.options().project);
  std::vector<FeatureKey> features =
      options.features ? *options.features : graph->ListFeatures(project);
  for (const FeatureKey& feature : features)
    ARROW_RETURN_NOT_OK(graph->GetFeatureDefinition(feature).status());
  // Children first, so that no reader sees a parent that is newer than what was computed from it.
  ARROW_ASSIGN_OR_RAISE(const std::vector<FeatureKey> sorted,
                        graph->TopologicalSort(std::nullopt, /*descending=*/true));
  std::vector<std::unique_ptr<FeaturePromotion>> promotions;
  std::string conflicts;
  for (const FeatureKey& feature : sorted) {
    if (std::find(features.begin(), features.end(), feature) == features.end()) continue;
    promotions.push_back(
        std::make_unique<FeaturePromotion>(from, session, feature, graph, options));
    ARROW_RETURN_NOT_OK(promotions.back()->Look());
    const int64_t count = promotions.back()->result().conflicts;
    if (count == 0) continue;
    conflicts +=
        fmt::format("{}{} of '{}'", conflicts.empty() ? "" : ", ", count, feature.ToString());
  }
  if (!options.dry_run) {
    if (!conflicts.empty() && options.conflicts == PromoteConflicts::kRefuse) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("store '{}' has later rows than '{}' for some samples ({}); nothing was "
                      "written: keep them, or overwrite them with those of '{}'",
                      session.options().name, from.options().name, conflicts, from.options().name));
    }
    for (const auto& promotion : promotions) ARROW_RETURN_NOT_OK(promotion->Copy());
  }
  std::vector<PromotedFeature> results;
  for (auto each = promotions.rbegin(); each != promotions.rend(); ++each)
    results.push_back((*each)->result());
  return results;
}

}  // namespace metaxy::internal

namespace metaxy {

Json PromotedFeature::ToJson() const {
  return Json::Object{{"feature", feature.ToString()}, {"added", added},
                      {"replaced", replaced},          {"deleted", deleted},
                      {"unchanged", unchanged},        {"conflicts", conflicts}};
}

}  // namespace metaxy
