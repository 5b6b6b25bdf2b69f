// Disks that are full, directories that are read-only or gone, files that are damaged: a clear
// error that names the table and what to do, and what was committed stays as it was.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>

#include "support/records.h"
#include "unit/store/lance_store_fixture.h"

namespace metaxy::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// No file may grow beyond so many bytes: what a write meets on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

// Root may write everywhere, so it becomes nobody: all threads of the process, for a while.
class AsNobody {
 public:
  AsNobody() : root_(geteuid() == 0) {
    if (root_ && seteuid(65534) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (root_ && seteuid(0) != 0) std::abort();
  }

 private:
  bool root_;
};

class FaultsTest : public LanceStoreTest {
 protected:
  std::vector<fs::path> Files(const std::string& folder) const {
    std::vector<fs::path> files;
    for (const auto& entry :
         fs::recursive_directory_iterator(database_path() / "video.lance" / folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  static void Permit(const fs::path& directory, mode_t of_directories, mode_t of_files) {
    for (const auto& entry : fs::recursive_directory_iterator(directory))
      chmod(entry.path().c_str(), entry.is_directory() ? of_directories : of_files);
    chmod(directory.c_str(), of_directories);
  }

  static void FlipBit(const fs::path& file, size_t at, int bit) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(stream.get());
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ (1 << bit)));
  }

  static arrow::Status ReadAll(MetadataStore& store) {
    ARROW_ASSIGN_OR_RAISE(const auto reader, store.Read("video"));
    return reader->ToTable().status();
  }
};

TEST_F(FaultsTest, AFullDiskIsReportedAndNothingIsHalfWritten) {
  const auto store = OpenLance(Off());
  ASSERT_THAT(store->Write("video", ManyVideos(3)), IsOk());
  int64_t expected = 3;
  int refused = 0;
  // The data file, the manifest and the transaction: each is the one that does not fit any more.
  for (const rlim_t limit : {rlim_t{0}, rlim_t{100}, rlim_t{600}, rlim_t{1500}, rlim_t{4000},
                             rlim_t{20000}, rlim_t{60000}}) {
    arrow::Status status;
    {
      const FileSizeLimit full(limit);
      status = store->Write("video", ManyVideos(3000));
    }
    SCOPED_TRACE(std::to_string(limit) + ": " + status.ToString());
    if (status.ok()) {
      expected += 3000;
    } else {
      ++refused;
      EXPECT_THAT(status, FailsWith(ErrorCode::kResourceExhausted, "'video'"));
      EXPECT_THAT(status, FailsWith(ErrorCode::kResourceExhausted, "free up resources"));
    }
    EXPECT_EQ(
        Get(OpenLance(Off(), AccessMode::kRead)->CountRows("video", {.with_sample_history = true})),
        expected);
  }
  EXPECT_GE(refused, 5);
  ASSERT_THAT(store->Write("video", Video(7)), IsOk());
  EXPECT_EQ(Get(store->CountRows("video", {.with_sample_history = true})), expected + 1);
}

TEST_F(FaultsTest, AFullDiskStopsTheFirstWriteAsWell) {
  const auto store = OpenLance(Off());
  {
    const FileSizeLimit full(600);
    EXPECT_THAT(store->Write("video", ManyVideos(3000)),
                FailsWith(ErrorCode::kResourceExhausted, "'video'"));
  }
  EXPECT_FALSE(Get(store->HasFeature("video")));
  ASSERT_THAT(store->Write("video", Video(1)), IsOk());
  EXPECT_EQ(Get(store->CountRows("video")), 1);
}

TEST_F(FaultsTest, AFullDiskStopsACompactionAndNothingElse) {
  const auto store = OpenLance(Off());
  for (int i = 0; i < 5; ++i) ASSERT_THAT(store->Write("video", Video(i)), IsOk());
  {
    const FileSizeLimit full(300);
    EXPECT_THAT(store->administration().CompactMetadata("video"),
                FailsWith(ErrorCode::kResourceExhausted, "'video'"));
  }
  EXPECT_EQ(Get(store->CountRows("video")), 5);
  EXPECT_EQ(Get(store->administration().CompactMetadata("video")).fragments_merged, 5);
}

// The write has succeeded, and says so, whatever the maintenance after it came to.
TEST_F(FaultsTest, FailedMaintenanceDoesNotFailTheWrite) {
  Records records;
  const auto store = OpenLance({.every_commits = 4}, AccessMode::kWrite, records.function());
  for (int i = 0; i < 3; ++i) ASSERT_THAT(store->Write("video", Video(i)), IsOk());
  const std::vector<fs::path> data = Files("data");
  ASSERT_THAT(data, SizeIs(3));
  fs::resize_file(data[0], 7);
  EXPECT_THAT(store->Write("video", Video(3)), IsOk());
  const std::vector<LogRecord> told = records.Of(LogSubject::kMaintenance);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].severity, LogSeverity::kWarning);
  EXPECT_EQ(TextIn(told[0], "error"), "CorruptTable");
  EXPECT_THAT(told[0].message, ::testing::HasSubstr("'video'"));
}

TEST_F(FaultsTest, AReadOnlyDirectoryIsReadable) {
  ASSERT_THAT(OpenLance(Off())->Write("video", ManyVideos(3)), IsOk());
  chmod(database_path().parent_path().c_str(), 0755);
  Permit(database_path(), 0555, 0444);
  {
    const AsNobody nobody;
    const auto store = OpenLance(Off());
    EXPECT_EQ(Get(store->CountRows("video")), 3);
    EXPECT_EQ(Counts(*store, "video/crop").new_samples, 3);
    for (const arrow::Status& status :
         {store->Write("video", Video(5)).status(),
          store->Delete("video", {}, {.soft = false}).status(),
          store->administration().CompactMetadata("video", {.keep_history = 1}).status()}) {
      if (status.ok()) continue;  // A compaction has nothing to write.
      EXPECT_THAT(status, FailsWith(ErrorCode::kPermissionDenied, "'video'"));
      EXPECT_THAT(status, FailsWith(ErrorCode::kPermissionDenied, "check the permissions"));
    }
  }
  Permit(database_path(), 0755, 0644);
  EXPECT_EQ(Get(OpenLance(Off())->CountRows("video")), 3);
}

TEST_F(FaultsTest, AVanishedDirectoryIsNotAnEmptyStore) {
  const auto store = OpenLance(Off());
  ASSERT_THAT(store->Write("video", Video(1)), IsOk());
  const fs::path elsewhere = database_path().string() + "-unmounted";
  fs::rename(database_path(), elsewhere);
  EXPECT_THAT(store->Read("video"),
              FailsWith(ErrorCode::kIo, "has disappeared since the store was opened"));
  EXPECT_THAT(store->Write("video", Video(2)), FailsWith(ErrorCode::kIo, "'video'"));
  EXPECT_THAT(store->ResolveUpdate("video/crop"), FailsWith(ErrorCode::kIo, "mount or restore"));
  EXPECT_FALSE(fs::exists(database_path()));
  fs::rename(elsewhere, database_path());
  EXPECT_EQ(Get(store->CountRows("video")), 1);
}

TEST_F(FaultsTest, DamagedFilesAreReportedWithTheTable) {
  struct Damage {
    const char* what;
    const char* folder;
    std::function<void(const fs::path&)> apply;
  };
  const auto cut = [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); };
  const auto remove = [](const fs::path& file) { fs::remove(file); };
  for (const Damage& damage : std::vector<Damage>{{"half a data file", "data", cut},
                                                  {"half a manifest", "_versions", cut},
                                                  {"no data file", "data", remove}}) {
    SCOPED_TRACE(damage.what);
    fs::remove_all(database_path());
    ASSERT_THAT(OpenLance(Off())->Write("video", ManyVideos(200)), IsOk());
    for (const fs::path& file : Files(damage.folder)) damage.apply(file);
    const auto store = OpenLance(Off());
    for (const arrow::Status& status :
         {ReadAll(*store), store->ResolveUpdate("video/crop").status()}) {
      EXPECT_THAT(status, FailsWith(ErrorCode::kCorruptTable, "video"));
      EXPECT_THAT(status, FailsWith(ErrorCode::kCorruptTable, "restore the table's directory"));
    }
    // The way out that the message names.
    ASSERT_THAT(store->DropFeatureMetadata("video"), IsOk());
    ASSERT_THAT(store->Write("video", Video(1)), IsOk());
    EXPECT_EQ(Get(store->CountRows("video")), 1);
  }
}

// A reader that holds a pruned version is told so; its table is not damaged.
TEST_F(FaultsTest, APrunedVersionIsNotReportedAsDamage) {
  const auto store = OpenLance(Off());
  ASSERT_THAT(store->Write("video", ManyVideos(200)), IsOk());
  const auto increment = Get(store->ResolveUpdateLazy("video/crop"));
  ASSERT_EQ(increment->counts().new_samples, 200);
  const auto other = OpenLance(Off());
  ASSERT_THAT(other->Write("video", Video(1, "b")), IsOk());
  const CompactOptions at_once{.keep_versions_for = std::chrono::seconds(0)};
  ASSERT_GT(Get(other->administration().CompactMetadata("video", at_once)).versions_removed, 0);
  const auto read = [&increment]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto rows, increment->new_samples());
    return rows->ToTable().status();
  };
  const arrow::Status status = read();
  EXPECT_THAT(status,
              FailsWith(ErrorCode::kIo, "of table 'video' was pruned while it was being read"));
  EXPECT_THAT(status, FailsWith(ErrorCode::kIo, "read or resolve again"));
  EXPECT_TRUE(IsRetryable(status));
  EXPECT_EQ(Get(store->ResolveUpdate("video/crop")).new_samples->num_rows(), 200);
}

// Most single bits make no difference, or other values; and a file that is cut off anywhere may be
// one that is not needed. But nothing ends the process, and what is refused names the table and
// what to do, in one line.
TEST_F(FaultsTest, NoFlippedBitAndNoCutIsFatal) {
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 80; ++round) {
    fs::remove_all(database_path());
    ASSERT_THAT(OpenLance(Off())->Write("video", ManyVideos(50)), IsOk());
    const std::vector<fs::path> files = Files("");
    const fs::path& file = files[random() % files.size()];
    const auto size = static_cast<size_t>(fs::file_size(file));
    if (size == 0) continue;
    // The ends of files say where everything is.
    const size_t at =
        round % 2 == 0 ? random() % size : size - 1 - random() % std::min<size_t>(size, 200);
    if (round % 4 < 2) {
      FlipBit(file, at, static_cast<int>(random() % 8));
    } else {
      fs::resize_file(file, at);
    }
    SCOPED_TRACE(file.lexically_relative(database_path()).string() + " at " + std::to_string(at));
    const auto store = OpenLance(Off());
    for (const arrow::Status& status :
         {ReadAll(*store), store->ResolveUpdate("video/crop").status(),
          store->Write("video", Video(99)).status(),
          store->administration().CompactMetadata("video").status()}) {
      if (status.ok()) continue;
      ++refused;
      EXPECT_THAT(status.message(), HasSubstr("video"));
      EXPECT_THAT(status, FailsWith(ErrorCode::kCorruptTable, "restore the table's directory"));
      EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.ToString();
    }
  }
  EXPECT_GT(refused, 40);
}

}  // namespace
}  // namespace metaxy::testing
