// ScanFiles: what is written, and what is read again
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "files/file_samples.h"
#include "scan_fixture.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// XXH3 (128 bits) and SHA-256 of "abc", from their specifications.
constexpr const char* kXxhOfAbc = "xxh128:06b05ab6733a618578af5f94892f3950";
constexpr const char* kShaOfAbc =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_F(ScanTest, WritesASamplePerFile) {
  Write("b.txt", "abc");
  Write("x/a.txt", "hello", 7);
  Write("x/empty", "");
  const FileScanResult result = Scan();
  EXPECT_EQ(result.files, 3);
  EXPECT_EQ(result.new_samples, 3);
  EXPECT_EQ(result.files_read, 3);
  EXPECT_EQ(result.bytes_read, 8);
  EXPECT_EQ(result.samples_written, 3);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_THAT(Ids(), ElementsAre("b.txt", "x/a.txt", "x/empty"));
  EXPECT_THAT(Samples({"path", "size"}),
              ElementsAre(path("b.txt").string() + "|3", path("x/a.txt").string() + "|5",
                          path("x/empty").string() + "|0"));
  EXPECT_THAT(Samples({"modified_at"}),
              ElementsAre(HasSubstr("2020-09-13 12:26:40.5"), HasSubstr("2020-09-13 12:26:40.5"),
                          HasSubstr("2020-09-13 12:26:47.5")));
  EXPECT_THAT(Samples({"metaxy_provenance_by_field"})[0],
              std::string("{content:") + kXxhOfAbc + "}");
}

TEST_F(ScanTest, ReadsOnlyWhatHasAnotherSizeOrTime) {
  Write("same", "1");
  Write("changed", "1");
  Write("touched", "1");
  Write("grown", "1");
  Scan();
  Write("changed", "2", 1);
  SetTime("touched", 1);
  Write("grown", "12");
  Write("new", "1");
  const FileScanResult result = Scan();
  EXPECT_EQ(result.unchanged, 2);
  EXPECT_EQ(result.refreshed, 1);
  EXPECT_EQ(result.changed, 2);
  EXPECT_EQ(result.new_samples, 1);
  EXPECT_EQ(result.files_read, 4);
  EXPECT_EQ(result.samples_written, 4);
  const FileScanResult again = Scan();
  EXPECT_EQ(again.unchanged, 5);
  EXPECT_EQ(again.files_read, 0);
  EXPECT_EQ(again.samples_written, 0);
}

TEST_F(ScanTest, WhatIsTouchedMakesNothingStale) {
  Write("a", "1");
  Scan();
  const Increment increment = Get(store_->ResolveUpdate("child"));
  ASSERT_THAT(store_->Write("child", increment.new_samples), IsOk());
  SetTime("a", 1);
  ASSERT_EQ(Scan().refreshed, 1);
  EXPECT_TRUE(Get(store_->ResolveUpdateLazy("child"))->counts().empty());
  Write("a", "2", 2);
  ASSERT_EQ(Scan().changed, 1);
  EXPECT_EQ(Get(store_->ResolveUpdateLazy("child"))->counts().stale, 1);
}

TEST_F(ScanTest, AChangeOfTheSameSizeAndTimeIsFoundByRehash) {
  Write("a", "1");
  Scan();
  Write("a", "2");
  EXPECT_EQ(Scan().unchanged, 1);
  EXPECT_EQ(Scan({.rehash = true}).changed, 1);
  const FileScanResult again = Scan({.rehash = true});
  EXPECT_EQ(again.unchanged, 1);
  EXPECT_EQ(again.files_read, 1);
  EXPECT_EQ(again.samples_written, 0);
}

// A file that is scanned in the moment of its change may change once more without another time.
TEST_F(ScanTest, WhatWasModifiedJustBeforeIsReadAgain) {
  Write("a", "1");
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  SetTime("a", now.tv_sec + 3600 - kLongAgo);  // as if it were written during the scan
  Scan();
  const FileScanResult again = Scan();
  EXPECT_EQ(again.files_read, 1);
  EXPECT_EQ(again.samples_written, 0);
  SetTime("a", 0);
  EXPECT_EQ(Scan().refreshed, 1);
  EXPECT_EQ(Scan().files_read, 0);
}

TEST(IsSettled, DependsOnHowFineTheTimesAre) {
  using internal::FileTime;
  using internal::IsSettled;
  using std::chrono::milliseconds;
  const FileTime whole{std::chrono::seconds{100}};
  const FileTime fine = whole + milliseconds{1};
  EXPECT_FALSE(IsSettled(fine, fine));
  EXPECT_FALSE(IsSettled(fine, fine + milliseconds{20}));
  EXPECT_TRUE(IsSettled(fine, fine + milliseconds{21}));
  EXPECT_FALSE(IsSettled(fine, whole));
  EXPECT_FALSE(IsSettled(whole, whole + milliseconds{2000}));
  EXPECT_TRUE(IsSettled(whole, whole + milliseconds{2001}));
}

TEST_F(ScanTest, VersionsByTimeReadNothing) {
  Write("a", "1");
  const ScanFilesOptions by_time{.version_from = FileVersion::kModificationTime};
  const FileScanResult first = Scan(by_time);
  EXPECT_EQ(first.new_samples, 1);
  EXPECT_EQ(first.files_read, 0);
  EXPECT_THAT(Samples({"metaxy_provenance_by_field"}),
              ElementsAre("{content:mtime:1:1600000000500000}"));
  EXPECT_EQ(Scan(by_time).unchanged, 1);
  SetTime("a", 1);
  EXPECT_EQ(Scan(by_time).changed, 1);
}

TEST_F(ScanTest, AnotherHashIsAnotherVersion) {
  Write("a", "abc");
  Scan();
  const FileScanResult result = Scan({.hash = FileHash::kSha256});
  EXPECT_EQ(result.changed, 1);
  EXPECT_THAT(Samples({"metaxy_provenance_by_field"}),
              ElementsAre(std::string("{content:") + kShaOfAbc + "}"));
  EXPECT_EQ(Scan({.hash = FileHash::kSha256}).files_read, 0);
}

TEST_F(ScanTest, SamplesWithoutFilesStayUnlessTheyAreToBeDeleted) {
  Write("a", "1");
  Write("b", "1");
  Scan();
  std::filesystem::remove(path("b"));
  EXPECT_EQ(Scan().missing, 1);
  EXPECT_THAT(Ids(), ElementsAre("a", "b"));
  EXPECT_EQ(Scan({.delete_missing = true, .dry_run = true}).missing, 1);
  EXPECT_THAT(Ids(), ElementsAre("a", "b"));
  const FileScanResult result = Scan({.delete_missing = true});
  EXPECT_EQ(result.missing, 1);
  EXPECT_EQ(result.deleted, 1);
  EXPECT_THAT(Ids(), ElementsAre("a"));
  EXPECT_EQ(Scan().missing, 0);
  Write("b", "1");
  EXPECT_EQ(Scan().new_samples, 1);
  EXPECT_THAT(Ids(), ElementsAre("a", "b"));
}

TEST_F(ScanTest, WhatIsExcludedIsNotMissing) {
  Write("a.txt", "1");
  Write("b.jpg", "1");
  Scan();
  const FileScanResult result = Scan({.include = {"*.jpg"}, .delete_missing = true});
  EXPECT_EQ(result.files, 1);
  EXPECT_EQ(result.missing, 0);
  EXPECT_THAT(Ids(), ElementsAre("a.txt", "b.jpg"));
}

TEST_F(ScanTest, SamplesOfAnotherFolderAreLeftAlone) {
  Write("a", "1");
  Scan();
  const TempDir other;
  other.Write("b", "1");
  const FileScanResult result =
      Get(ScanFiles(*store_, "file", other.path(), {.delete_missing = true}));
  EXPECT_EQ(result.new_samples, 1);
  EXPECT_EQ(result.elsewhere, 1);
  EXPECT_EQ(result.missing, 0);
  EXPECT_THAT(Ids(), ElementsAre("a", "b"));
}

TEST_F(ScanTest, AFolderThatWasMovedIsNotReadAgain) {
  Write("old/a", "1");
  Get(ScanFiles(*store_, "file", path("old")));
  std::filesystem::rename(path("old"), path("new"));
  const FileScanResult result = Get(ScanFiles(*store_, "file", path("new")));
  EXPECT_EQ(result.unchanged, 1);
  EXPECT_EQ(result.refreshed, 1);
  EXPECT_EQ(result.files_read, 0);
  EXPECT_THAT(Samples({"path"}), ElementsAre(path("new/a").string()));
}

TEST_F(ScanTest, ADryRunWritesNothing) {
  Write("a", "1");
  const FileScanResult result = Scan({.dry_run = true});
  EXPECT_EQ(result.new_samples, 1);
  EXPECT_EQ(result.samples_written, 0);
  EXPECT_THAT(database_->tables, IsEmpty());
}

TEST_F(ScanTest, AllFieldsGetTheVersionOfTheFile) {
  Open({.key = "file", .id_columns = {"path"}, .fields = {"audio", "frames/small"}});
  Write("a", "abc");
  Scan();
  EXPECT_THAT(
      Samples({"path", "metaxy_provenance_by_field"}),
      ElementsAre(std::string("a|{audio:") + kXxhOfAbc + ", frames_small:" + kXxhOfAbc + "}"));
  EXPECT_EQ(Scan().unchanged, 1);
}

TEST_F(ScanTest, CompletesSamplesThatSomebodyElseHasWritten) {
  ASSERT_THAT(
      store_->Write(
          "file",
          TableFromJson(
              {{"file", arrow::utf8()}, {"metaxy_provenance_by_field", ByField({"content"})}},
              std::string(R"([{"file": "a", "metaxy_provenance_by_field": {"content": ")") +
                  kXxhOfAbc + R"("}}])")),
      IsOk());
  Write("a", "abc");
  const FileScanResult result = Scan();
  EXPECT_EQ(result.unchanged, 1);
  EXPECT_EQ(result.refreshed, 1);
  EXPECT_EQ(Scan().files_read, 0);
}

TEST_F(ScanTest, RefusesWhatCannotHaveFiles) {
  struct Case {
    FeatureSpec spec;
    const char* words;
  };
  const Case cases[] = {
      {{.key = "file", .id_columns = {"a", "file"}}, "give the feature one id column"},
      {{.key = "file", .id_columns = {"size"}}, "call it 'file'"},
  };
  Write("a", "1");
  for (const Case& known : cases) {
    auto graph = std::make_shared<FeatureGraph>();
    ASSERT_THAT(graph->AddFeature(known.spec, "test"), IsOk());
    const auto store = MemoryMetadataStore::Make(database_, {.graph = graph, .project = "test"});
    ASSERT_THAT(store->Open(AccessMode::kWrite), IsOk());
    EXPECT_THAT(ScanFiles(*store, "file", folder_.path()),
                FailsWith(ErrorCode::kInvalidInput, known.words));
  }
  EXPECT_THAT(ScanFiles(*store_, "child", folder_.path()),
              FailsWith(ErrorCode::kInvalidInput, "'child' is computed from file"));
  EXPECT_THAT(ScanFiles(*store_, "fil", folder_.path()),
              FailsWith(ErrorCode::kFeatureNotInGraph, "fil"));
}

TEST_F(ScanTest, ProgressEndsWithEverything) {
  Write("a", "123");
  Write("b", "1");
  FileScanProgress last;
  Scan({.on_progress = [&](const FileScanProgress& progress) { last = progress; }});
  EXPECT_EQ(last.files_found, 2);
  EXPECT_EQ(last.files_to_read, 2);
  EXPECT_EQ(last.files_read, 2);
  EXPECT_EQ(last.bytes_to_read, 4);
  EXPECT_EQ(last.bytes_read, 4);
  EXPECT_EQ(last.samples_written, 2);
}

TEST_F(ScanTest, StopsWhenItIsTold) {
  Write("a", "1");
  arrow::StopSource source;
  source.RequestStop();
  ScanFilesOptions options;
  options.execution.stop_token = source.token();
  EXPECT_THAT(ScanFiles(*store_, "file", folder_.path(), options),
              FailsWith(ErrorCode::kCancelled, ""));
  const auto thrower = [](const FileScanProgress&) { throw std::runtime_error("no"); };
  EXPECT_THAT(ScanFiles(*store_, "file", folder_.path(), {.on_progress = thrower}),
              FailsWith(ErrorCode::kInvalidInput, "on_progress"));
}

// In an overlay the samples of the chain are the feature's; a fallback store alone has no say in
// what a store has, as in a resolve.
TEST_F(ScanTest, ABranchGetsOnlyWhatDiffers) {
  Write("a", "1");
  Scan();
  Write("b", "1");
  for (const FallbackMode mode : {FallbackMode::kFeature, FallbackMode::kOverlay}) {
    auto graph = std::make_shared<FeatureGraph>();
    ASSERT_THAT(
        graph->AddFeature({.key = "file", .id_columns = {"file"}, .fields = {"content"}}, "test"),
        IsOk());
    const auto branch = MemoryMetadataStore::Make(
        std::make_shared<MemoryDatabase>(),
        {.graph = graph, .project = "test", .fallback_stores = {store_}, .fallback = mode});
    ASSERT_THAT(branch->Open(AccessMode::kWrite), IsOk());
    const FileScanResult result = Get(ScanFiles(*branch, "file", folder_.path()));
    EXPECT_EQ(result.new_samples, mode == FallbackMode::kOverlay ? 1 : 2);
    EXPECT_EQ(result.samples_written, result.new_samples);
  }
}

// Files of more than four GiB, which take no space and are not read, are written one by one.
TEST_F(ScanTest, WhatWasWrittenBeforeAnInterruptionIsNotDoneAgain) {
  for (const char* name : {"a", "b", "c"}) {
    Write(name, "");
    ASSERT_EQ(truncate(path(name).c_str(), int64_t{5} << 30), 0);
  }
  arrow::StopSource source;
  ScanFilesOptions options{.version_from = FileVersion::kModificationTime};
  options.execution.stop_token = source.token();
  options.on_progress = [&](const FileScanProgress& progress) {
    if (progress.samples_written == 1) source.RequestStop();
  };
  EXPECT_THAT(ScanFiles(*store_, "file", folder_.path(), options),
              FailsWith(ErrorCode::kCancelled, ""));
  EXPECT_THAT(Ids(), ElementsAre("a"));
  const FileScanResult rest = Scan({.version_from = FileVersion::kModificationTime});
  EXPECT_EQ(rest.unchanged, 1);
  EXPECT_EQ(rest.new_samples, 2);
}

TEST_F(ScanTest, ManyThreadsFindTheSame) {
  for (int i = 0; i < 300; ++i)
    Write("d" + std::to_string(i % 7) + "/" + std::to_string(i), std::to_string(i));
  ScanFilesOptions options;
  options.execution.threads = 8;
  EXPECT_EQ(Scan(options).new_samples, 300);
  const auto versions = Samples({"file", "metaxy_provenance_by_field"});
  options.execution.threads = 1;
  options.rehash = true;
  EXPECT_EQ(Scan(options).unchanged, 300);
  EXPECT_EQ(Samples({"file", "metaxy_provenance_by_field"}), versions);
}

}  // namespace
}  // namespace metaxy::testing
