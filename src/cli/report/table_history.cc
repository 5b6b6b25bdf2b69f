#include "cli/report/table_history.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "metaxy/row_type.h"
#include "metaxy/system_columns.h"

namespace metaxy::cli {

namespace {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

constexpr int64_t kPerSecond = 1'000'000;
constexpr int64_t kMinute = 60;

struct StoredRow {
  std::optional<Time> updated_at;
  std::optional<Time> deleted_at;
  std::optional<std::string> version;
};

struct Version {
  int64_t rows = 0;
  int64_t first = std::numeric_limits<int64_t>::max();
  int64_t last = std::numeric_limits<int64_t>::min();
};

int64_t FloorDivide(int64_t number, int64_t by) { return number / by - (number % by < 0 ? 1 : 0); }

int64_t MicrosecondsOf(const Time& time) { return time.time_since_epoch().count(); }

Json ToJson(const std::map<std::string, Version>& versions) {
  std::vector<std::pair<std::string, Version>> sorted(versions.begin(), versions.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.last > b.second.last; });
  Json::Array list;
  for (const auto& [name, version] : sorted) {
    list.emplace_back(Json::Object{{"version", name},
                                   {"rows", version.rows},
                                   {"first", FloorDivide(version.first, kPerSecond)},
                                   {"last", FloorDivide(version.last, kPerSecond)}});
  }
  return list;
}

}  // namespace

void RowsOverTime::Add(int64_t microseconds) {
  ++minutes_[FloorDivide(microseconds, kPerSecond * kMinute)];
}

Json RowsOverTime::ToJson(int64_t most) const {
  if (minutes_.empty()) return nullptr;
  constexpr int64_t kHour = 60;
  constexpr int64_t kDay = 24 * kHour;
  constexpr std::array<int64_t, 9> kSteps = {1,        10,        kHour,     6 * kHour, kDay,
                                             7 * kDay, 28 * kDay, 91 * kDay, 364 * kDay};
  const int64_t first = minutes_.begin()->first;
  const int64_t last = minutes_.rbegin()->first;
  int64_t step = kSteps.back();
  for (const int64_t candidate : kSteps) {
    if (FloorDivide(last, candidate) - FloorDivide(first, candidate) >= most) continue;
    step = candidate;
    break;
  }
  while (FloorDivide(last, step) - FloorDivide(first, step) >= most) step *= 2;
  const int64_t begin = FloorDivide(first, step);
  std::vector<int64_t> counts(static_cast<size_t>(FloorDivide(last, step) - begin + 1));
  for (const auto& [minute, rows] : minutes_)
    counts[static_cast<size_t>(FloorDivide(minute, step) - begin)] += rows;
  return Json::Object{{"start", begin * step * kMinute},
                      {"step", step * kMinute},
                      {"counts", Json::Array(counts.begin(), counts.end())}};
}

arrow::Result<Json> HistoryOf(MetadataStore& store, const FeatureKey& feature,
                              const ExecutionOptions& execution) {
  ARROW_ASSIGN_OR_RAISE(const bool exists,
                        store.HasFeature(feature, /*check_fallback=*/false, execution));
  if (!exists) return Json();
  const ReadOptions read{
      .columns = {std::string(kUpdatedAt), std::string(kDeletedAt), std::string(kFeatureVersion)},
      .allow_fallback = false,
      .with_feature_history = true,
      .with_sample_history = true,
      .include_soft_deleted = true,
      .execution = execution};
  ARROW_ASSIGN_OR_RAISE(const auto rows, store.Read(feature, read));
  const auto type = RowType<StoredRow>()
                        .Column(std::string(kUpdatedAt), &StoredRow::updated_at)
                        .Column(std::string(kDeletedAt), &StoredRow::deleted_at)
                        .Column(std::string(kFeatureVersion), &StoredRow::version);
  RowsOverTime over_time;
  std::map<std::string, Version> versions;
  int64_t count = 0;
  int64_t deletions = 0;
  ARROW_RETURN_NOT_OK(type.ForEach(*rows, [&](const StoredRow& row) {
    ++count;
    if (row.deleted_at) ++deletions;
    const std::optional<Time>& time = row.deleted_at ? row.deleted_at : row.updated_at;
    if (!time) return;
    over_time.Add(MicrosecondsOf(*time));
    Version& version = versions[row.version.value_or("")];
    ++version.rows;
    version.first = std::min(version.first, MicrosecondsOf(*time));
    version.last = std::max(version.last, MicrosecondsOf(*time));
  }));
  constexpr int64_t kBars = 60;
  return Json(Json::Object{{"rows", count},
                           {"deletions", deletions},
                           {"over_time", over_time.ToJson(kBars)},
                           {"versions", ToJson(versions)}});
}

}  // namespace metaxy::cli
