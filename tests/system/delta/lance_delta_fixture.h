// A store with five videos and what was computed of them, and a cache of its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "metaxy/lancedb_metadata_store.h"
#include "unit/store/lance_store_fixture.h"
#include "versioning/delta/checkpoint_cache.h"

namespace metaxy::testing {

namespace fs = std::filesystem;
using internal::Checkpoint;

class LanceDeltaTest : public LanceStoreTest {
 protected:
  LanceDeltaTest() {
    SetCaches(caches_.path());
    store_ = OpenLance(Off(), AccessMode::kWrite, [this](const LogRecord& record) {
      if (record.subject == LogSubject::kDelta) records_.push_back(record);
    });
    EXPECT_THAT(store_->Write("video", ManyVideos(5)), IsOk());
    Update(*store_, "video/crop");
  }

  static void SetCaches(const fs::path& path) { setenv("XDG_CACHE_HOME", path.c_str(), 1); }

  std::unique_ptr<LazyIncrement> Resolve(const ResolveUpdateOptions& options = {}) {
    return Get(store_->ResolveUpdateLazy("video/crop", options));
  }
  ResolveReport Report(const ResolveUpdateOptions& options = {}) {
    return Resolve(options)->report();
  }

  // After this the next answer is known.
  void Learn() { EXPECT_FALSE(Report().delta); }

  // The only checkpoint there is.
  fs::path CheckpointFile() const {
    const std::vector<fs::path> files = Files(/*runs=*/false);
    EXPECT_EQ(files.size(), 1U);
    return files.empty() ? fs::path() : files.front();
  }
  // Those of the keys.
  std::vector<fs::path> KeyRuns() const { return Files(/*runs=*/true); }

  std::vector<fs::path> Files(bool runs) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(caches_.path())) {
      if (entry.is_regular_file() && (entry.path().extension() == ".keys") == runs)
        files.push_back(entry.path());
    }
    return files;
  }

  static std::string Bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Put(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  // A valid checkpoint with something wrong in it, as of a defect of the delta way.
  void Lie(const std::function<void(Checkpoint*)>& lie = [](Checkpoint* checkpoint) {
    checkpoint->counts.orphaned = 7;
  }) const {
    const fs::path file = CheckpointFile();
    const std::string bytes = Bytes(file);
    auto checkpoint = Checkpoint::Decode(bytes.substr(0, bytes.size() - 8));
    ASSERT_TRUE(checkpoint);
    lie(&*checkpoint);
    Put(file, checkpoint->Encode() + std::string(8, '\0'));
  }

  void MoveData(const std::string& from, const std::string& to) const {
    for (const std::string table : {"video.lance", "video__crop.lance"})
      fs::rename(database_path() / table / from, database_path() / table / to);
  }

  TempDir caches_;
  std::shared_ptr<LanceDBMetadataStore> store_;
  std::vector<LogRecord> records_;
};

}  // namespace metaxy::testing
