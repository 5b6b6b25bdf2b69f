// A store in a LanceDB directory, for tests that inspect its files.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "metaxy/lancedb_metadata_store.h"
#include "support/temp_dir.h"
#include "unit/store/store_fixture.h"

namespace metaxy::testing {

class LanceStoreTest : public StoreTest {
 protected:
  std::shared_ptr<LanceDBMetadataStore> OpenLance(MaintenanceOptions maintenance = {},
                                                  AccessMode mode = AccessMode::kWrite,
                                                  LogFunction on_log = nullptr) {
    auto store = Get(LanceDBMetadataStore::Make({.uri = database_path().string()},
                                                {.graph = VideoGraph(),
                                                 .project = "test",
                                                 .name = "dev",
                                                 .maintenance = maintenance,
                                                 .on_log = std::move(on_log)}));
    EXPECT_THAT(store->Open(mode), IsOk());
    return store;
  }

  static MaintenanceOptions Off() { return {.automatic = false}; }

  static std::shared_ptr<arrow::Table> Video(int number, const std::string& audio = "a") {
    return Videos(R"([{"id": "v)" + std::to_string(number) +
                  R"(", "size": 1, "metaxy_provenance_by_field": {"audio": ")" + audio +
                  R"(", "frames": "f"}}])");
  }

  /// A hash like that of a file: different for each sample.
  static std::string AudioOf(int number) {
    return std::to_string(2654435761U * static_cast<unsigned>(number + 1));
  }

  /// Rows v0 ... of `video` in one table, with AudioOf().
  static std::shared_ptr<arrow::Table> ManyVideos(int count) {
    std::string json;
    for (int i = 0; i < count; ++i) {
      json += (i == 0 ? "" : ",") + std::string(R"({"id": "v)") + std::to_string(i) +
              R"(", "size": 1, "metaxy_provenance_by_field": {"audio": ")" + AudioOf(i) +
              R"(", "frames": "f"}})";
    }
    return Videos("[" + json + "]");
  }

  std::filesystem::path database_path() const { return directory_.path() / "db"; }

  struct Usage {
    int64_t files = 0;
    int64_t bytes = 0;
  };

  Usage UsageOf(const std::string& table) const {
    Usage usage;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(database_path() / (table + ".lance"))) {
      if (!entry.is_regular_file()) continue;
      ++usage.files;
      usage.bytes += static_cast<int64_t>(entry.file_size());
    }
    return usage;
  }

 private:
  TempDir directory_;
};

}  // namespace metaxy::testing
