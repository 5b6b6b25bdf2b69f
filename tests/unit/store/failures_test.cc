// Failures as data: recorded, read, skipped, retried and cleared.
#include "metaxy/failures.h"

#include <gmock/gmock.h>

#include <thread>

#include "backends.h"
#include "metaxy/errors.h"
#include "metaxy/system_columns.h"
#include "store/clock.h"

namespace metaxy::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kShown = {"id", "metaxy_failure_kind", "metaxy_failure_message",
                                         "metaxy_failure_attempts"};

class FailuresTest : public BackendTest {
 protected:
  /// Three videos, none of which is cropped yet.
  std::shared_ptr<MetadataStore> WithVideos() {
    auto store = Open(VideoGraph());
    EXPECT_THAT(store->Write("video", Videos(R"([
      {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a1", "frames": "f1"}},
      {"id": "b", "size": 2, "metaxy_provenance_by_field": {"audio": "a2", "frames": "f2"}},
      {"id": "c", "size": 3, "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])")),
                IsOk());
    return store;
  }

  static std::shared_ptr<arrow::Table> Only(const std::shared_ptr<arrow::Table>& rows,
                                            const std::vector<std::string>& ids) {
    arrow::RecordBatchVector kept;
    const auto whole = Get(rows->CombineChunksToBatch());
    for (int64_t row = 0; row < whole->num_rows(); ++row) {
      const std::string id = Get(whole->GetColumnByName("id")->GetScalar(row))->ToString();
      if (std::find(ids.begin(), ids.end(), id) != ids.end()) kept.push_back(whole->Slice(row, 1));
    }
    return Get(arrow::Table::FromRecordBatches(whole->schema(), kept));
  }

  /// What an update of the crops asks for, of these videos.
  static std::shared_ptr<arrow::Table> ToDo(MetadataStore& store,
                                            const std::vector<std::string>& ids) {
    const Increment increment = Get(store.ResolveUpdate("video/crop"));
    return Only(increment.new_samples->num_rows() > 0 ? increment.new_samples : increment.stale,
                ids);
  }

  static void Fail(MetadataStore& store, const std::vector<std::string>& ids,
                   const std::string& kind = "Broken", const std::string& message = "no frames") {
    EXPECT_THAT(
        store.failures().Record("video/crop", ToDo(store, ids), {.kind = kind, .message = message}),
        IsOk());
  }

  static std::vector<std::string> Failures(MetadataStore& store,
                                           const FailureSelection& selection = {
                                               .features = {"video/crop"}}) {
    const auto failures = Get(store.failures().Read(selection));
    return failures->num_rows() == 0 ? std::vector<std::string>{} : Rows(*failures, kShown);
  }

  static std::vector<std::string> Ids(const std::shared_ptr<arrow::Table>& rows) {
    return Rows(*rows, {"id"});
  }

  static Increment Resolve(MetadataStore& store, FailurePolicy policy) {
    return Get(store.ResolveUpdate("video/crop", {.failures = std::move(policy)}));
  }
};

TEST_P(FailuresTest, AreReadAsTheyWereRecorded) {
  auto store = WithVideos();
  EXPECT_THAT(Failures(*store), IsEmpty());
  Fail(*store, {"a", "b"});
  Fail(*store, {"b"}, "Memory", "out of it");
  EXPECT_THAT(Failures(*store), ElementsAre("a|Broken|no frames|1", "b|Memory|out of it|2"));
  const auto failures = Get(store->failures().Read());
  EXPECT_THAT(Rows(*failures, {"feature_key", "ids", "metaxy_materialization_id"}),
              ElementsAre(R"(video/crop|{"id": "a"}|null)", R"(video/crop|{"id": "b"}|null)"));
  EXPECT_EQ(failures->GetColumnByName("id"), nullptr) << "of all features there are no ids";
}

TEST_P(FailuresTest, AreAFourthPartOfTheIncrement) {
  auto store = WithVideos();
  const auto before = Resolve(*store, FailurePolicy::Skip());
  EXPECT_THAT(Ids(before.new_samples), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Ids(before.failed), IsEmpty());
  Fail(*store, {"b"});
  const auto skipped = Resolve(*store, FailurePolicy::Skip());
  EXPECT_THAT(Ids(skipped.new_samples), ElementsAre("a", "c"));
  EXPECT_THAT(Ids(skipped.failed), ElementsAre("b"));
  EXPECT_TRUE(skipped.failed->schema()->Equals(*skipped.new_samples->schema()));
  const auto included = Resolve(*store, FailurePolicy::Include());
  EXPECT_THAT(Ids(included.new_samples), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Ids(included.failed), IsEmpty());
  const IncrementCounts counts = Counts(*store, "video/crop", {.failures = FailurePolicy::Skip()});
  EXPECT_EQ(counts, (IncrementCounts{.new_samples = 2, .failed = 1}));
}

TEST_P(FailuresTest, StaleSamplesFailToo) {
  auto store = WithVideos();
  Update(*store, "video/crop");
  ASSERT_THAT(store->Write("video", Videos(R"([
      {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a9", "frames": "f1"}},
      {"id": "b", "size": 2, "metaxy_provenance_by_field": {"audio": "b9", "frames": "f2"}}])")),
              IsOk());
  Fail(*store, {"a"});
  const IncrementCounts counts = Counts(*store, "video/crop", {.failures = FailurePolicy::Skip()});
  EXPECT_EQ(counts, (IncrementCounts{.stale = 1, .failed = 1, .failed_stale = 1}));
  const auto increment =
      Get(store->ResolveUpdateLazy("video/crop", {.failures = FailurePolicy::Skip()}));
  EXPECT_EQ(increment->input_progress(), 100.0);
}

TEST_P(FailuresTest, BelongToTheInputsThatWereTried) {
  auto store = WithVideos();
  Fail(*store, {"a", "b"});
  ASSERT_THAT(store->Write("video", Videos(R"([
      {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a9", "frames": "f1"}}])")),
              IsOk());
  const auto skipped = Resolve(*store, FailurePolicy::Skip());
  EXPECT_THAT(Ids(skipped.new_samples), ElementsAre("a", "c"));
  EXPECT_THAT(Ids(skipped.failed), ElementsAre("b"));
}

TEST_P(FailuresTest, BelongToTheCodeThatWasTried) {
  Fail(*WithVideos(), {"a"});
  auto store = Open(VideoGraph("2"));
  EXPECT_THAT(Ids(Resolve(*store, FailurePolicy::Skip()).failed), IsEmpty());
}

// The provenance of a root feature is that of its data alone: the version of the feature tells.
TEST_P(FailuresTest, OfRootFeatures) {
  auto store = Open(VideoGraph());
  const auto samples = TwoVideos();
  const ResolveUpdateOptions options{.samples = samples, .failures = FailurePolicy::Skip()};
  EXPECT_EQ(Counts(*store, "video", options).new_samples, 2);
  ASSERT_THAT(store->failures().Record("video", Only(samples, {"a"}), {.kind = "Missing"}), IsOk());
  EXPECT_EQ(Counts(*store, "video", options), (IncrementCounts{.new_samples = 1, .failed = 1}));
  EXPECT_THAT(Failures(*store, {.features = {"video"}}), ElementsAre("a|Missing|null|1"));
  ASSERT_THAT(store->Write("video", samples), IsOk());
  EXPECT_THAT(Failures(*store, {.features = {"video"}}), IsEmpty());
}

TEST_P(FailuresTest, ASuccessClears) {
  auto store = WithVideos();
  Fail(*store, {"a", "b"});
  Fail(*store, {"a"});
  ASSERT_THAT(store->Write("video/crop", ToDo(*store, {"a"})), IsOk());
  EXPECT_THAT(Failures(*store), ElementsAre("b|Broken|no frames|1"));
  // Of the sample, whatever was tried: the store may be older than the inputs are.
  ASSERT_THAT(store->Write("video", Videos(R"([
      {"id": "b", "size": 1, "metaxy_provenance_by_field": {"audio": "a9", "frames": "f1"}}])")),
              IsOk());
  const auto rows = std::make_shared<arrow::TableBatchReader>(ToDo(*store, {"b", "c"}));
  ASSERT_THAT(store->Write("video/crop", rows), IsOk());
  EXPECT_THAT(Failures(*store), IsEmpty());
}

TEST_P(FailuresTest, AWriteOfAnotherFeatureOrADeletionDoesNotClear) {
  auto store = WithVideos();
  Fail(*store, {"a"});
  ASSERT_THAT(store->Write("video", TwoVideos()), IsOk());
  ASSERT_THAT(store->Write("video/crop", ToDo(*store, {"b"})), IsOk());
  ASSERT_THAT(store->Delete("video/crop"), IsOk());
  EXPECT_THAT(Failures(*store), ElementsAre("a|Broken|no frames|1"));
}

TEST_P(FailuresTest, AreTriedAgainAsThePolicySays) {
  auto store = WithVideos();
  const auto failed_of = [&](const RetryPolicy& policy) {
    return Ids(Resolve(*store, FailurePolicy::Retry(policy)).failed);
  };
  Fail(*store, {"a", "b"});
  Fail(*store, {"b"}, "Hopeless");
  EXPECT_THAT(failed_of({}), IsEmpty());
  EXPECT_THAT(failed_of({.max_attempts = 2}), ElementsAre("b"));
  EXPECT_THAT(failed_of({.max_attempts = 1}), ElementsAre("a", "b"));
  EXPECT_THAT(failed_of({.never_retry = {"Hopeless"}}), ElementsAre("b"));
  EXPECT_THAT(failed_of({.never_retry = {"Broken"}}), ElementsAre("a", "b"))
      << "also if it was not the last one";
}

TEST_P(FailuresTest, PausesGrow) {
  auto store = WithVideos();
  Fail(*store, {"a", "b"});
  Fail(*store, {"b"});
  const RetryPolicy policy{.max_attempts = 9, .first_wait = hours(1), .backoff = 3};
  const RetryPolicy bounded{
      .max_attempts = 9, .first_wait = hours(1), .backoff = 3, .max_wait = hours(1)};
  const auto failed_after = [&](seconds time, const RetryPolicy& how) {
    const internal::PretendedClock clock(time);
    return Ids(Resolve(*store, FailurePolicy::Retry(how)).failed);
  };
  EXPECT_THAT(failed_after(seconds(0), policy), ElementsAre("a", "b"));
  EXPECT_THAT(failed_after(hours(2), policy), ElementsAre("b"));
  EXPECT_THAT(failed_after(hours(4), policy), IsEmpty());
  EXPECT_THAT(failed_after(hours(2), bounded), IsEmpty());
}

TEST_P(FailuresTest, AreClearedBySelection) {
  auto store = WithVideos();
  Fail(*store, {"a", "b"});
  Fail(*store, {"b", "c"}, "Memory");
  EXPECT_THAT(Failures(*store, {.features = {"video/crop"}, .filters = {"id = 'b'"}}),
              ElementsAre("b|Memory|no frames|2"));
  EXPECT_THAT(Failures(*store, {.features = {"video/crop"}, .kinds = {"Broken"}}),
              ElementsAre("a|Broken|no frames|1"));
  const ClearedFailures none = Get(store->failures().Clear({.features = {"video"}}));
  EXPECT_EQ(none.failures, 0);
  const ClearedFailures some = Get(store->failures().Clear({.kinds = {"Memory"}}));
  EXPECT_EQ(some.failures, 2);
  EXPECT_EQ(some.attempts, 3);
  EXPECT_THAT(Failures(*store), ElementsAre("a|Broken|no frames|1"));
  EXPECT_EQ(Get(store->failures().Clear({.filters = {"metaxy_failure_attempts > 1"}})).failures, 0);
  EXPECT_EQ(Get(store->failures().Clear()).failures, 1);
  EXPECT_THAT(Failures(*store), IsEmpty());
  EXPECT_THAT(Ids(Resolve(*store, FailurePolicy::Skip()).failed), IsEmpty());
}

TEST_P(FailuresTest, RowsSayWhyAndWhen) {
  auto store = WithVideos();
  const auto todo = Rows(*ToDo(*store, {"a"}), {"metaxy_provenance"}).front();
  const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto row = [&](const std::string& id, const std::string& rest) {
    return R"({"id": ")" + id + R"(", "metaxy_provenance": ")" + todo + "\", " + rest + "}";
  };
  const auto rows =
      TableFromJson({{"id", arrow::utf8()},
                     {"metaxy_provenance", arrow::utf8()},
                     {"metaxy_failure_kind", arrow::utf8()},
                     {"metaxy_failure_message", arrow::utf8()},
                     {"metaxy_failure_attempts", arrow::int32()},
                     {"metaxy_failed_at", time}},
                    "[" + row("a", R"("metaxy_failure_kind": "K", "metaxy_failure_message": "M",
                      "metaxy_failure_attempts": 4, "metaxy_failed_at": "2026-01-02 03:04:05")") +
                        "," + row("b", R"("metaxy_failure_message": "own")") + "]");
  ASSERT_THAT(
      store->failures().Record("video/crop", rows, {.kind = "else", .materialization_id = "m"}),
      IsOk());
  EXPECT_THAT(Failures(*store), ElementsAre("a|K|M|4", "b|else|own|1"));
  EXPECT_THAT(Rows(*Get(store->failures().Read({.filters = {"metaxy_failure_kind = 'K'"}})),
                   {"metaxy_first_failed_at", "metaxy_failed_at", "metaxy_materialization_id"}),
              ElementsAre("2026-01-02 03:04:05.000000Z|2026-01-02 03:04:05.000000Z|m"));
}

TEST_P(FailuresTest, WhatIsWrongWithThemIsRefusedAndNothingRecorded) {
  auto store = WithVideos();
  struct Case {
    std::shared_ptr<arrow::Table> rows;
    ErrorCode code;
    const char* words;
  };
  const std::pair<std::string, std::shared_ptr<arrow::DataType>> id = {"id", arrow::utf8()};
  const std::pair<std::string, std::shared_ptr<arrow::DataType>> provenance = {"metaxy_provenance",
                                                                               arrow::utf8()};
  const std::vector<Case> cases = {
      {TableFromJson({provenance}, R"([{"metaxy_provenance": "p"}])"), ErrorCode::kMetadataSchema,
       "failures of feature 'video/crop' lack the id column 'id'; they have: metaxy_provenance"},
      {TableFromJson({id}, R"([{"id": "a"}])"), ErrorCode::kMetadataSchema,
       "lack the column 'metaxy_provenance', the provenance that was tried"},
      {TableFromJson({{"id", arrow::int64()}, provenance},
                     R"([{"id": 1, "metaxy_provenance": "p"}])"),
       ErrorCode::kMetadataSchema, "has type int64, that of its samples is"},
      {TableFromJson({id, provenance}, R"([{"id": "a", "metaxy_provenance": "p"}, {"id": "b"}])"),
       ErrorCode::kInvalidInput, "'metaxy_provenance' is null in row 1 of the row with id = 'b'"},
      {TableFromJson({id, provenance, {"metaxy_failure_kind", arrow::int64()}},
                     R"([{"id": "a", "metaxy_provenance": "p", "metaxy_failure_kind": 5}])"),
       ErrorCode::kMetadataSchema,
       "'metaxy_failure_kind' of failures of feature 'video/crop' has "},
      {TableFromJson({id, provenance, {"metaxy_failure_attempts", arrow::int64()}},
                     R"([{"id": "a", "metaxy_provenance": "p", "metaxy_failure_attempts": 0}])"),
       ErrorCode::kInvalidInput, "is 0 in row 0"},
      {TableFromJson({id, provenance, {"metaxy_failed_at", arrow::utf8()}},
                     R"([{"id": "a", "metaxy_provenance": "p", "metaxy_failed_at": "soon"}])"),
       ErrorCode::kInvalidInput, "has a value that is not a time"},
      {TableFromJson({{"id", arrow::list(arrow::int64())}, provenance},
                     R"([{"id": [1], "metaxy_provenance": "p"}])"),
       ErrorCode::kMetadataSchema, "whose values cannot identify samples"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.words);
    const auto recorded = store->failures().Record("video/crop", c.rows);
    EXPECT_THAT(recorded, FailsWith(c.code, c.words));
    EXPECT_EQ(recorded.message().find('\n'), std::string::npos) << recorded.message();
    EXPECT_THAT(store->failures().Record("video/crop", c.rows, {.dry_run = true}),
                FailsWith(c.code, c.words));
  }
  EXPECT_THAT(store->failures().Record("video/crop", ToDo(*store, {"a"}), {.kind = "\xff"}),
              FailsWith(ErrorCode::kInvalidInput, "is not valid UTF-8"));
  EXPECT_THAT(store->failures().Record("metaxy-system/failures", ToDo(*store, {"a"})),
              FailsWith(ErrorCode::kInvalidInput, "is a system table"));
  EXPECT_THAT(store->failures().Record("nothing", ToDo(*store, {"a"})),
              FailsWith(ErrorCode::kFeatureNotInGraph, "nothing"));
  EXPECT_THAT(store->failures().Record("video/crop", ToDo(*store, {"a"}), {.dry_run = true}),
              IsOk());
  EXPECT_THAT(Failures(*store), IsEmpty());
}

TEST_P(FailuresTest, IdsKeepTheirTypes) {
  const auto ids = std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>>{
      {"n", arrow::int64()},         {"t", arrow::large_utf8()},
      {"d", arrow::date32()},        {"at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")},
      {"b", arrow::boolean()},       {"x", arrow::large_binary()},
      {"m", arrow::decimal128(9, 2)}};
  auto graph = std::make_shared<FeatureGraph>();
  std::vector<std::string> names;
  for (const auto& [name, type] : ids) names.push_back(name);
  ASSERT_THAT(graph->AddFeature({.key = "root", .id_columns = names, .fields = {"f"}}, "test"),
              IsOk());
  auto columns = ids;
  columns.emplace_back("metaxy_provenance_by_field", ByField({"f"}));
  const auto samples = TableFromJson(columns, R"([
    {"n": 9007199254740993, "t": "ä \"q\"", "d": 20000, "at": "2026-01-02 03:04:05.678",
     "b": true, "x": "bytes", "m": "12.30", "metaxy_provenance_by_field": {"f": "1"}},
    {"n": -1, "t": "", "d": -1, "at": "1969-12-31 23:59:59", "b": false, "x": "", "m": "-0.01",
     "metaxy_provenance_by_field": {"f": "2"}},
    {"n": 5, "metaxy_provenance_by_field": {"f": "2"}}])");
  auto store = Open(graph);
  ASSERT_THAT(store->failures().Record("root", samples, {.kind = "k"}), IsOk());
  const auto failures = Get(store->failures().Read({.features = {"root"}}));
  for (const auto& [name, type] : ids) {
    ASSERT_NE(failures->GetColumnByName(name), nullptr) << name;
    EXPECT_EQ(failures->GetColumnByName(name)->type()->ToString(), type->ToString());
  }
  EXPECT_EQ(Rows(*failures, names), Rows(*samples, names));
  EXPECT_EQ(Counts(*store, "root", {.samples = samples, .failures = FailurePolicy::Skip()}),
            (IncrementCounts{.failed = 3}));
}

// A failure of what is expanded is one of the parent's sample, and one of a group has many rows.
TEST_P(FailuresTest, OfExpandedAndAggregatedFeatures) {
  auto graph = VideoGraph();
  ASSERT_THAT(
      graph->AddFeature(
          {.key = "frame",
           .id_columns = {"id", "frame"},
           .deps = {{.feature = "video", .lineage = LineageRelationship::Expansion({"id"})}},
           .fields = {"pixels"}},
          "test"),
      IsOk());
  ASSERT_THAT(
      graph->AddFeature(
          {.key = "sum",
           .id_columns = {"size"},
           .deps = {{.feature = "video", .lineage = LineageRelationship::Aggregation({{"size"}})}},
           .fields = {"total"}},
          "test"),
      IsOk());
  auto store = Open(graph);
  ASSERT_THAT(store->Write("video", Videos(R"([
      {"id": "a", "size": 1, "metaxy_provenance_by_field": {"audio": "a1", "frames": "f1"}},
      {"id": "b", "size": 1, "metaxy_provenance_by_field": {"audio": "a2", "frames": "f2"}},
      {"id": "c", "size": 2, "metaxy_provenance_by_field": {"audio": "a3", "frames": "f3"}}])")),
              IsOk());
  for (const char* feature : {"frame", "sum"}) {
    SCOPED_TRACE(feature);
    const auto todo = Get(store->ResolveUpdate(feature)).new_samples;
    ASSERT_EQ(todo->num_rows(), 3);
    ASSERT_THAT(store->failures().Record(feature, Only(todo, {"a", "b"})), IsOk());
    const auto failures = Get(store->failures().Read({.features = {feature}}));
    EXPECT_EQ(failures->num_rows(), std::string_view(feature) == "sum" ? 1 : 2);
    EXPECT_THAT(Rows(*failures, {"metaxy_failure_attempts"}), ::testing::Each("1"));
    const IncrementCounts counts = Counts(*store, feature, {.failures = FailurePolicy::Skip()});
    EXPECT_EQ(counts, (IncrementCounts{.new_samples = 1, .failed = 2}));
  }
}

TEST_P(FailuresTest, OfSeveralWritersAreNeitherLostNorDoubled) {
  auto store = WithVideos();
  const auto todo = ToDo(*store, {"a", "b", "c"});
  constexpr int kWriters = 4;
  constexpr int kRounds = 6;
  std::atomic<int64_t> cleared = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        EXPECT_THAT(store->failures().Record("video/crop", todo, {.kind = "k"}), IsOk());
        if (round % 2 == 1) cleared += Get(store->failures().Clear({.kinds = {"k"}})).attempts;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  int64_t left = 0;
  const auto failures = Get(store->failures().Read());
  for (const std::string& attempts : Rows(*failures, {"metaxy_failure_attempts"}))
    left += std::stoll(attempts);
  EXPECT_EQ(cleared + left, int64_t{kWriters} * kRounds * todo->num_rows());
}

TEST_P(FailuresTest, FiltersOnOtherColumnsAreRefused) {
  auto store = WithVideos();
  Fail(*store, {"a"});
  EXPECT_THAT(store->failures().Read({.filters = {"attempts > 1"}}).status(),
              FailsWith(ErrorCode::kInvalidInput, "attempts"));
  EXPECT_THAT(store->failures().Clear({.filters = {"attempts >"}}),
              FailsWith(ErrorCode::kFilterParse, ""));
}

TEST(RetryPolicyTest, RangesAreChecked) {
  EXPECT_THAT(RetryPolicy{}.Validate(), IsOk());
  EXPECT_THAT(RetryPolicy{.max_attempts = 0}.Validate(),
              FailsWith(ErrorCode::kInvalidInput, "max_attempts is 0; use 1 or more"));
  EXPECT_THAT(RetryPolicy{.first_wait = seconds(-1)}.Validate(),
              FailsWith(ErrorCode::kInvalidInput, "first_wait is -1 seconds"));
  EXPECT_THAT(RetryPolicy{.backoff = 0.5}.Validate(),
              FailsWith(ErrorCode::kInvalidInput, "backoff is 0.5; use 1 or more"));
  EXPECT_THAT(RetryPolicy{.max_wait = seconds(-1)}.Validate(),
              FailsWith(ErrorCode::kInvalidInput, "max_wait is -1 seconds"));
}

INSTANTIATE_TEST_SUITE_P(All, FailuresTest, ::testing::ValuesIn(Backends()), BackendName);

}  // namespace
}  // namespace metaxy::testing
