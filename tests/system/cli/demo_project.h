// A minimal project for commands that work on tables: one feature that is written and one that
// never is.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "program.h"

namespace metaxy::testing {

inline constexpr const char* kDemoConfig =
    "project = 'demo'\nentrypoints = ['features.toml']\n"
    "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n[stores.dev.config]\nuri = "
    "'data'\n"
    "[stores.empty]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n[stores.empty.config]\nuri "
    "= 'nowhere'\n";

class DemoProjectTest : public ::testing::Test {
 protected:
  DemoProjectTest() {
    program_.Write("metaxy.toml", kDemoConfig);
    program_.Write("features.toml",
                   "[[feature]]\nkey = 'video'\nid_columns = ['id']\nfields = ['audio']\n"
                   "[[feature]]\nkey = 'never/written'\nid_columns = ['id']\ndeps = ['video']\n");
  }

  /// Writes the video `a`.
  void Write(const std::string& audio = "a1") const {
    program_.Write("videos.ndjson",
                   R"({"id": "a", "metaxy_provenance_by_field": {"audio": ")" + audio + "\"}}\n");
    const Finished written =
        program_.Run({"metadata", "write", "video", "--from", "videos.ndjson"});
    ASSERT_EQ(written.code, 0) << written.err;
  }

  Program program_;
};

}  // namespace metaxy::testing
