// Files that are replaced: by several threads at once, and for good.
#include "base/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/matchers.h"
#include "support/temp_dir.h"

namespace {

std::mutex mutex;
// The files and directories that were synced, in order: inode, and whether it is a directory.
std::vector<std::pair<ino_t, bool>> synced;

}  // namespace

// In the place of the system's, which it calls.
extern "C" int fsync(int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) == 0) {
    const std::lock_guard<std::mutex> lock(mutex);
    synced.emplace_back(status.st_ino, S_ISDIR(status.st_mode));
  }
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

namespace metaxy::internal {
namespace {

using metaxy::testing::IsOk;
using metaxy::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::Pair;

ino_t InodeOf(const std::filesystem::path& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::string Content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The content first, then the name: neither is of use without the other.
TEST(AtomicFileTest, TheFileAndItsDirectoryAreSynced) {
  const TempDir directory;
  synced.clear();
  ASSERT_THAT(WriteFileAtomically(directory.path() / "metaxy.lock", "a"), IsOk());
  EXPECT_THAT(synced, ElementsAre(Pair(InodeOf(directory.path() / "metaxy.lock"), false),
                                  Pair(InodeOf(directory.path()), true)));
}

TEST(AtomicFileTest, ManyThreadsReplaceOneFile) {
  const TempDir directory;
  const std::filesystem::path path = directory.path() / "metaxy.lock";
  constexpr int kThreads = 8;
  std::vector<std::string> texts;
  for (int i = 0; i < kThreads; ++i) texts.push_back(std::string(5000, static_cast<char>('a' + i)));
  std::vector<std::thread> threads;
  for (const std::string& text : texts) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        EXPECT_THAT(WriteFileAtomically(path, text), IsOk());
        EXPECT_NE(std::find(texts.begin(), texts.end(), Content(path)), texts.end());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto entries = std::filesystem::directory_iterator(directory.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

}  // namespace
}  // namespace metaxy::internal
