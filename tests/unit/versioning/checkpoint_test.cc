// Checkpoints and their files: whatever happens to them, they are as they were written, or absent.
#include "versioning/delta/checkpoint.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "support/temp_dir.h"
#include "versioning/delta/checkpoint_cache.h"

namespace metaxy::testing {
namespace {

namespace fs = std::filesystem;
using internal::Checkpoint;
using internal::CheckpointCache;

Checkpoint Example(const std::string& fingerprint = "f") {
  Checkpoint checkpoint{fingerprint, {1, 2, 3}, {40, 50, 60}, {}, {}};
  for (uint64_t table = 0; table < 3; ++table) {
    internal::TableState& state = checkpoint.tables.emplace_back();
    state.version = 7 + table;
    state.columns = {{{"id"}, "0:string"}, {{"versions", "audio"}, ""}};
    for (uint64_t i = 0; i < table; ++i) state.fragments.push_back({i, {i, ~i}, {i * 3, i * 5}, 9});
  }
  checkpoint.keys.emplace();
  checkpoint.keys->seed = 77;
  checkpoint.keys->pending = {1, 5, 0xffffffff};
  checkpoint.keys->runs = {{{"a", {1, 2}, 3}, {"b", {4, 5}, 6}}, {}, {{"c", {7, 8}, 9}}};
  checkpoint.keys->deleted = {{}, {{{3, 4}, {0, 7, 0xfffffffe}}, {{5, 6}, {}}}, {}};
  return checkpoint;
}

bool Equal(const Checkpoint& a, const Checkpoint& b) {
  return a.fingerprint == b.fingerprint && a.counts == b.counts &&
         a.facts.expected_keys == b.facts.expected_keys &&
         a.facts.existing_keys == b.facts.existing_keys &&
         a.facts.tied_samples == b.facts.tied_samples && a.tables == b.tables && a.keys == b.keys;
}

TEST(CheckpointTest, ComesBackAsItWas) {
  const auto decoded = Checkpoint::Decode(Example().Encode());
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(Equal(*decoded, Example()));
}

TEST(CheckpointTest, ADamagedOneIsNone) {
  const std::string bytes = Example().Encode();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Checkpoint::Decode(bytes.substr(0, size))) << size;
  EXPECT_FALSE(Checkpoint::Decode(bytes + '\0'));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_FALSE(Checkpoint::Decode(flipped)) << "byte " << i << ", bit " << bit;
    }
  }
}

TEST(CheckpointTest, SizesThatNoFileHasAreNoMemory) {
  // With a valid checksum: the numbers of tables, columns and fragments.
  const std::string bytes = Example().Encode();
  for (size_t i = 8; i + 24 <= bytes.size(); ++i) {
    std::string content = bytes.substr(0, bytes.size() - 16);
    content.replace(i, 8, std::string(8, '\x7f'));
    const internal::ContentHash hash = internal::HashContent(content);
    content.append(reinterpret_cast<const char*>(&hash.low), 8);
    content.append(reinterpret_cast<const char*>(&hash.high), 8);
    const auto decoded = Checkpoint::Decode(content);
    EXPECT_TRUE(!decoded || !Equal(*decoded, Example())) << i;
  }
}

class CheckpointCacheTest : public ::testing::Test {
 protected:
  fs::path FileOf(const std::string& fingerprint = "f") const {
    return cache_.PathOf("store", fingerprint);
  }
  bool Knows(const std::string& fingerprint = "f") const {
    const auto entry = cache_.Read("store", fingerprint);
    return entry && Equal(entry->checkpoint, Example(fingerprint));
  }
  static std::string Bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Put(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  TempDir directory_;
  CheckpointCache cache_{directory_.path() / "metaxy" / "delta"};
};

TEST_F(CheckpointCacheTest, KeepsCheckpointsByStoreAndFingerprint) {
  EXPECT_FALSE(Knows());
  EXPECT_TRUE(cache_.Write("store", Example("f")));
  EXPECT_TRUE(cache_.Write("store", Example("g")));
  EXPECT_TRUE(Knows("f"));
  EXPECT_TRUE(Knows("g"));
  EXPECT_FALSE(cache_.Read("other store", "f"));
  cache_.Remove("store", "f");
  EXPECT_FALSE(Knows("f"));
  EXPECT_TRUE(Knows("g"));
}

TEST_F(CheckpointCacheTest, OnlyTheOwnerReadsThem) {
  ASSERT_TRUE(cache_.Write("store", Example()));
  EXPECT_EQ(fs::status(FileOf()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  for (fs::path path = FileOf().parent_path(); path != directory_.path(); path = path.parent_path())
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all) << path;
}

TEST_F(CheckpointCacheTest, CountsReads) {
  ASSERT_TRUE(cache_.Write("store", Example()));
  for (uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(cache_.Read("store", "f")->uses, i);
  ASSERT_TRUE(cache_.Write("store", Example()));
  EXPECT_EQ(cache_.Read("store", "f")->uses, 1U);
  ASSERT_TRUE(cache_.Write("store", Example(), 62));
  EXPECT_EQ(cache_.Read("store", "f")->uses, 63U);
}

TEST_F(CheckpointCacheTest, KeepsTheKeyRunsThatACheckpointNames) {
  const internal::KeyRun run{{{{{1, 2}, {}}, 3}}, {5, 6}};
  const auto first = cache_.WriteRun("store", "f", run);
  const auto second = cache_.WriteRun("store", "f", run);
  const auto other = cache_.WriteRun("store", "g", run);
  ASSERT_TRUE(first && second && other);
  EXPECT_NE(first->name, second->name);
  EXPECT_EQ(first->entries, 2U);
  Checkpoint checkpoint = Example();
  checkpoint.keys->runs = {{*second}};
  ASSERT_TRUE(cache_.Write("store", checkpoint));
  EXPECT_FALSE(cache_.OpenRun("store", "f", *first));
  EXPECT_TRUE(cache_.OpenRun("store", "f", *second));
  EXPECT_TRUE(cache_.OpenRun("store", "g", *other));
  // Another content under the name.
  EXPECT_FALSE(cache_.OpenRun("store", "f", {second->name, {1, 1}, 2}));
  cache_.Remove("store", "f");
  EXPECT_FALSE(cache_.OpenRun("store", "f", *second));
  EXPECT_TRUE(cache_.OpenRun("store", "g", *other));
  for (const auto& entry : fs::directory_iterator(FileOf().parent_path()))
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(CheckpointCacheTest, DamagedFilesAreAbsent) {
  ASSERT_TRUE(cache_.Write("store", Example()));
  const std::string bytes = Bytes(FileOf());
  for (size_t size = 0; size < bytes.size(); size += 7) {
    Put(FileOf(), bytes.substr(0, size));
    EXPECT_FALSE(cache_.Read("store", "f")) << size;
  }
  // Behind the checksum there is a count of uses, which need not be right.
  for (size_t i = 0; i + 8 < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    Put(FileOf(), flipped);
    EXPECT_FALSE(cache_.Read("store", "f")) << i;
  }
  // The file of another fingerprint.
  ASSERT_TRUE(cache_.Write("store", Example("g")));
  Put(FileOf("f"), Bytes(FileOf("g")));
  EXPECT_FALSE(cache_.Read("store", "f"));
  EXPECT_TRUE(cache_.Write("store", Example("f")));
  EXPECT_TRUE(Knows());
}

TEST_F(CheckpointCacheTest, OtherThingsInItsPlaceAreAbsent) {
  fs::create_directories(FileOf());
  EXPECT_FALSE(cache_.Read("store", "f"));
  EXPECT_FALSE(cache_.Write("store", Example()));
  fs::remove(FileOf());
  // Links are not followed: somebody else may have made them.
  const CheckpointCache other(directory_.path() / "elsewhere");
  ASSERT_TRUE(other.Write("store", Example()));
  fs::create_symlink(other.PathOf("store", "f"), FileOf());
  EXPECT_FALSE(cache_.Read("store", "f"));
  EXPECT_TRUE(cache_.Write("store", Example()));
  EXPECT_TRUE(Knows());
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(FileOf())));
  ASSERT_TRUE(fs::remove(FileOf()));
  ASSERT_EQ(mkfifo(FileOf().c_str(), S_IRWXU), 0);
  EXPECT_FALSE(cache_.Read("store", "f"));
}

TEST_F(CheckpointCacheTest, AFullDiskLeavesTheOldOneAndNothingElse) {
  ASSERT_TRUE(cache_.Write("store", Example()));
  Checkpoint larger = Example();
  larger.tables.front().fragments.resize(1000);
  // As on a full disk, a write beyond the limit fails.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_FALSE(cache_.Write("store", larger));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(Knows());
  EXPECT_EQ(std::distance(fs::directory_iterator(FileOf().parent_path()), {}), 1);
}

TEST_F(CheckpointCacheTest, ADirectoryThatCannotBeMadeIsNone) {
  Put(directory_.path() / "file", "x");
  const CheckpointCache cache(directory_.path() / "file" / "delta");
  EXPECT_FALSE(cache.Write("store", Example()));
  EXPECT_FALSE(cache.Read("store", "f"));
  cache.Trim(0);
  if (geteuid() == 0) return;  // Root writes anywhere.
  fs::permissions(directory_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_FALSE(cache_.Write("store", Example()));
  fs::permissions(directory_.path(), fs::perms::owner_all);
}

TEST_F(CheckpointCacheTest, ManyWritersAndReaders) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (!cache_.Write("store", Example())) ++wrong;
        if (!Knows()) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(FileOf().parent_path()), {}), 1);
}

TEST_F(CheckpointCacheTest, WhatIsNotUsedGoesFirst) {
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const std::string name : {"f", "g", "h"}) {
    ASSERT_TRUE(cache_.Write("store", Example(name)));
    fs::last_write_time(FileOf(name), old);
  }
  EXPECT_TRUE(Knows("g"));
  const auto size = fs::file_size(FileOf("g"));
  cache_.Trim(3 * size);
  EXPECT_TRUE(Knows("f") && Knows("g") && Knows("h"));
  for (const std::string name : {"f", "h"}) fs::last_write_time(FileOf(name), old);
  cache_.Trim(size);
  EXPECT_TRUE(Knows("g"));
  EXPECT_FALSE(Knows("f"));
  EXPECT_FALSE(Knows("h"));
}

TEST(CheckpointCachePlaceTest, IsTheDirectoryOfTheUser) {
  const auto set = [](const char* name, const char* value) {
    return value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  };
  const char* const home = std::getenv("HOME");
  const std::string home_before = home == nullptr ? "" : home;
  const char* const caches = std::getenv("XDG_CACHE_HOME");
  const std::optional<std::string> caches_before =
      caches == nullptr ? std::nullopt : std::optional<std::string>(caches);
  const auto place = [&](const char* xdg, const char* user) -> std::string {
    set("XDG_CACHE_HOME", xdg);
    set("HOME", user);
    const auto cache = CheckpointCache::OfUser();
    return cache ? cache->PathOf("s", "f").parent_path().parent_path().string() : "none";
  };
  EXPECT_EQ(place("/caches", "/home/ann"), "/caches/metaxy/delta");
  EXPECT_EQ(place(nullptr, "/home/ann"), "/home/ann/.cache/metaxy/delta");
  // Empty, or relative: as if it were not set.
  EXPECT_EQ(place("", "/home/ann"), "/home/ann/.cache/metaxy/delta");
  EXPECT_EQ(place("caches", "/home/ann"), "/home/ann/.cache/metaxy/delta");
  EXPECT_EQ(place(nullptr, nullptr), "none");
  EXPECT_EQ(place("", "home"), "none");
  set("HOME", home_before.c_str());
  set("XDG_CACHE_HOME", caches_before ? caches_before->c_str() : nullptr);
}

}  // namespace
}  // namespace metaxy::testing
