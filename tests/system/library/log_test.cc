// Each kind of record is delivered, with the documented content, and on one thread at a time.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "metaxy/buffered_metadata_writer.h"
#include "metaxy/errors.h"
#include "metaxy/project.h"
#include "store/clock.h"
#include "support/records.h"
#include "support/temp_dir.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class LogTest : public StoreTest {
 protected:
  // An action that produces a record, and that record.
  struct Case {
    LogSubject subject;
    LogSeverity severity;
    const char* words;
    std::vector<std::string> values;
    std::function<void(const LogFunction&)> provoke;
  };

  std::vector<Case> Cases() {
    std::vector<Case> cases = OtherCases();
    cases.push_back(
        {LogSubject::kFailures,
         LogSeverity::kWarning,
         "failures of samples of 'video' that are written could not be cleared: the network is "
         "gone",
         {"feature", "error"},
         [this](const LogFunction& log) { FailToLookForFailures(log); }});
    return cases;
  }

  std::vector<Case> OtherCases() {
    using Severity = LogSeverity;
    return {
        {LogSubject::kConfig,
         Severity::kWarning,
         "'half'",
         {"store"},
         [this](const LogFunction& log) { Load("[stores.half.config]\nuri = 'x'\n", log); }},
        {LogSubject::kDefinitions,
         Severity::kWarning,
         "Python module",
         {"entrypoint"},
         [this](const LogFunction& log) { Load("entrypoints = ['some.module']\n", log); }},
        {LogSubject::kLockFile,
         Severity::kWarning,
         "there is no lock file",
         {"path"},
         [this](const LogFunction& log) { Load("metaxy_lock_path = 'x.lock'\n", log); }},
        {LogSubject::kExternalFeatures,
         Severity::kWarning,
         "no definition of 1 external feature",
         {"store"},
         [this](const LogFunction& log) { ReadExternal(log); }},
        {LogSubject::kFallback,
         Severity::kInfo,
         "it is read from 'production'",
         {"feature", "store"},
         [this](const LogFunction& log) { ReadFromFallback(log); }},
        {LogSubject::kRetry,
         Severity::kInfo,
         "after attempt 1 of at most 40",
         {"table", "attempt", "error"},
         [this](const LogFunction& log) { WriteTwice(log); }},
        {LogSubject::kSchema,
         Severity::kInfo,
         "rewritten",
         {"table", "rewritten"},
         [this](const LogFunction& log) { Widen(log); }},
        {LogSubject::kClock,
         Severity::kWarning,
         "this machine's clock says",
         {"table", "seconds"},
         [this](const LogFunction& log) { WriteBehind(log); }},
        {LogSubject::kBufferedWrite,
         Severity::kWarning,
         "1 rows of feature 'video'",
         {"feature", "rows", "error"},
         [this](const LogFunction& log) { FailInBackground(log); }},
        {LogSubject::kDelta,
         Severity::kInfo,
         "'video/crop' was resolved by reading 1 rows: the feature has no table yet",
         {"feature", "way", "reason", "keys", "rows_read"},
         [this](const LogFunction& log) { ResolveOnce(log); }},
        {LogSubject::kClose,
         Severity::kWarning,
         "was not closed cleanly: the network is gone",
         {"error"},
         [this](const LogFunction& log) { FailToClose(log); }},
    };
  }

  std::shared_ptr<MemoryMetadataStore> Open(const LogFunction& log,
                                            MetadataStoreOptions options = {}) {
    if (!options.graph) options.graph = VideoGraph();
    options.project = "test";
    options.name = "dev";
    options.on_log = log;
    auto store = MemoryMetadataStore::Make(database_, std::move(options));
    EXPECT_THAT(store->Open(AccessMode::kWrite), IsOk());
    return store;
  }

  static std::shared_ptr<arrow::Table> OneVideo(const std::string& id = "a") {
    return Videos(R"([{"id": ")" + id + R"(", "size": 1,
                       "metaxy_provenance_by_field": {"audio": "a1", "frames": "f1"}}])");
  }

 private:
  void Load(const std::string& toml, const LogFunction& log) {
    ConfigLoadOptions options;
    options.environment.emplace();
    options.config_file = directory_.Write("metaxy.toml", toml);
    options.on_log = log;
    EXPECT_THAT(Project::Load(options), IsOk());
  }

  void ReadExternal(const LogFunction& log) {
    auto graph = std::make_shared<FeatureGraph>();
    FeatureDefinition definition = *VideoGraph()->Find("video");
    definition.is_external = true;
    ASSERT_THAT(graph->AddFeatureDefinition(std::move(definition)), IsOk());
    const auto store = Open(log, {.graph = graph});
    // Missing; but the sync comes first. It is reported once.
    for (int i = 0; i < 2; ++i) EXPECT_FALSE(store->CountRows("video").ok());
  }

  void ReadFromFallback(const LogFunction& log) {
    auto production = MemoryMetadataStore::Make(std::make_shared<MemoryDatabase>(),
                                                {.graph = VideoGraph(), .name = "production"});
    ASSERT_THAT(production->Open(AccessMode::kWrite), IsOk());
    ASSERT_THAT(production->Write("video", OneVideo()), IsOk());
    const auto store = Open(log, {.fallback_stores = {production}});
    for (int i = 0; i < 2; ++i) EXPECT_EQ(Get(store->CountRows("video")), 1);
  }

  void WriteTwice(const LogFunction& log) {
    database_->failures.push_back({MakeError(ErrorCode::kCommitConflict, "a writer was first")});
    EXPECT_THAT(Open(log)->Write("video", OneVideo()), IsOk());
  }

  // As a machine whose clock is a day ahead has written before.
  void WriteBehind(const LogFunction& log) {
    auto store = Open(log);
    {
      const internal::PretendedClock clock{std::chrono::days(1)};
      EXPECT_THAT(store->Write("video", OneVideo()), IsOk());
    }
    EXPECT_THAT(store->Write("video", OneVideo()), IsOk());
  }

  void Widen(const LogFunction& log) {
    const auto store = Open(log);
    const auto rows = OneVideo();
    const auto narrow =
        TableFromJson({{"id", arrow::utf8()},
                       {"size", arrow::int8()},
                       {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                      R"([{"id": "a", "size": 1,
                                           "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])");
    ASSERT_THAT(store->Write("video", narrow), IsOk());
    ASSERT_THAT(store->Write("video", Videos(R"([{"id": "b", "size": 3000000000,
        "metaxy_provenance_by_field": {"audio": "a", "frames": "f"}}])")),
                IsOk());
  }

  void FailInBackground(const LogFunction& log) {
    database_->failures.push_back({MakeError(ErrorCode::kPermissionDenied, "no")});
    auto writer = Get(BufferedMetadataWriter::Make(Open(log)));
    ASSERT_THAT(writer->Put("video", OneVideo()), IsOk());
    EXPECT_THAT(writer->Flush(), FailsWith(ErrorCode::kPermissionDenied, "no"));
    EXPECT_THAT(writer->Close(), IsOk());
  }

  void ResolveOnce(const LogFunction& log) {
    const auto store = Open(log);
    ASSERT_THAT(store->Write("video", OneVideo()), IsOk());
    EXPECT_THAT(store->ResolveUpdate("video/crop"), IsOk());
  }

  void FailToClose(const LogFunction& log) {
    Open(log);
    database_->closing = MakeError(ErrorCode::kNetwork, "the network is gone");
    Open(log).reset();
    database_->closing = arrow::Status::OK();
  }

  void FailToLookForFailures(const LogFunction& log) {
    const auto store = Open(log);
    database_->open_failures = {MakeError(ErrorCode::kNetwork, "the network is gone")};
    EXPECT_THAT(store->Write("video", OneVideo()), IsOk());
  }

  TempDir directory_;
};

TEST_F(LogTest, EachKindArrives) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(LogSubjectName(c.subject));
    database_ = std::make_shared<MemoryDatabase>();
    Records records;
    c.provoke(records.function());
    const std::vector<LogRecord> told = records.Of(c.subject);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].severity, c.severity);
    EXPECT_THAT(told[0].message, HasSubstr(c.words));
    EXPECT_EQ(told[0].message.find('\n'), std::string::npos);
    std::vector<std::string> names;
    for (const auto& [name, value] : told[0].values.as_object()) names.push_back(name);
    EXPECT_EQ(names, c.values);
  }
}

// Maintenance is logged where there are files: lance_log_test.cc.
TEST_F(LogTest, TheCasesAboveAreAllKinds) {
  std::set<LogSubject> shown = {LogSubject::kMaintenance};
  for (const Case& c : Cases()) shown.insert(c.subject);
  for (int i = 0; LogSubjectName(static_cast<LogSubject>(i)) != "unknown"; ++i)
    EXPECT_TRUE(shown.contains(static_cast<LogSubject>(i)))
        << LogSubjectName(static_cast<LogSubject>(i));
}

TEST_F(LogTest, WithoutAFunctionAllIsTheSameAndNothingIsPrinted) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(LogSubjectName(c.subject));
    database_ = std::make_shared<MemoryDatabase>();
    // What each operation has to give is expected where it is done.
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    c.provoke(nullptr);
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    EXPECT_TRUE(database_->failures.empty()) << "the failure did not come up";
  }
}

// The function may wait for a thread that has something to say itself.
TEST_F(LogTest, NoLockIsHeldWhileTheFunctionRuns) {
  std::promise<void> other_has_written;
  std::shared_future<void> wait = other_has_written.get_future().share();
  std::vector<std::string> told;
  std::atomic<bool> inside = false;
  const auto store = Open([&](const LogRecord& record) {
    told.push_back(record.message);
    if (inside.exchange(true)) return;
    EXPECT_EQ(wait.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  });
  ASSERT_THAT(store->Write("video", OneVideo()), IsOk());
  const arrow::Status conflict = MakeError(ErrorCode::kCommitConflict, "a writer was first");
  database_->failures.push_back({conflict});
  std::thread first([&] { EXPECT_THAT(store->Write("video", OneVideo("b")), IsOk()); });
  while (!inside) std::this_thread::yield();
  {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    database_->failures.push_back({conflict});
  }
  EXPECT_THAT(store->Write("video", OneVideo("c")), IsOk());
  other_has_written.set_value();
  first.join();
  EXPECT_THAT(told, SizeIs(2));
}

TEST_F(LogTest, AProjectAndItsStoresReportOnOneThreadAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<int> together = 0;
  int told = 0;  // not atomic: a thread sanitizer detects a race
  const LogFunction log = [&](const LogRecord&) {
    if (++inside > 1) ++together;
    ++told;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --inside;
  };
  const auto store = Open(log);
  ASSERT_THAT(store->Write("video", OneVideo()), IsOk());
  constexpr int kThreads = 4;
  {
    const std::lock_guard<std::mutex> lock(database_->mutex);
    for (int i = 0; i < 4 * kThreads; ++i)
      database_->failures.push_back({MakeError(ErrorCode::kCommitConflict, "a writer was first")});
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&store, i] {
      EXPECT_THAT(store->Write("video", OneVideo("v" + std::to_string(i))), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(told, 4 * kThreads);
  EXPECT_EQ(together, 0);
}

}  // namespace
}  // namespace metaxy::testing
