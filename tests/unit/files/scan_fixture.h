// A folder of files, and a store in memory whose feature `file` has them as samples.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "metaxy/scan_files.h"
#include "support/frames.h"
#include "support/matchers.h"
#include "support/memory_store.h"
#include "support/temp_dir.h"

namespace metaxy::testing {

class ScanTest : public ::testing::Test {
 protected:
  // Long before any scan, so that a change of the file is seen by its time.
  static constexpr int64_t kLongAgo = 1'600'000'000;

  ScanTest() { Open({.key = "file", .id_columns = {"file"}, .fields = {"content"}}); }

  void Open(FeatureSpec spec) {
    auto graph = std::make_shared<FeatureGraph>();
    EXPECT_THAT(graph->AddFeature(std::move(spec), "test"), IsOk());
    EXPECT_THAT(
        graph->AddFeature({.key = "child", .id_columns = {"file"}, .deps = {"file"}}, "test"),
        IsOk());
    store_ = MemoryMetadataStore::Make(database_, {.graph = std::move(graph), .project = "test"});
    EXPECT_THAT(store_->Open(AccessMode::kWrite), IsOk());
  }

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  /// Writes a file that was modified `seconds` after kLongAgo, and half a second.
  void Write(const std::string& name, const std::string& text, int64_t seconds = 0) const {
    folder_.Write(name, text);
    SetTime(name, seconds);
  }
  void SetTime(const std::string& name, int64_t seconds, int64_t nanoseconds = 500'000'000) const {
    const timespec times[2] = {{kLongAgo + seconds, nanoseconds},
                               {kLongAgo + seconds, nanoseconds}};
    ASSERT_EQ(utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
  }

  FileScanResult Scan(const ScanFilesOptions& options = {}) const {
    return Get(ScanFiles(*store_, "file", folder_.path(), options));
  }

  /// The ids of the current samples.
  std::vector<std::string> Ids() const { return Samples({"file"}); }
  std::vector<std::string> Samples(const std::vector<std::string>& columns) const {
    return Rows(*Get(Get(store_->Read("file"))->ToTable()), columns);
  }

  std::shared_ptr<MemoryDatabase> database_ = std::make_shared<MemoryDatabase>();
  std::shared_ptr<MemoryMetadataStore> store_;
  TempDir folder_;
};

}  // namespace metaxy::testing
