// A branch over production: `fallback = "overlay"`, `store promote`.
#include <gtest/gtest.h>

#include "video_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;

class BranchTest : public VideoProjectTest {
 protected:
  BranchTest() {
    WriteTranscripts();
    program_.Write("metaxy.toml",
                   "project = 'demo'\nentrypoints = ['features.toml']\nstore = 'dev'\n"
                   "[stores.prod]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                   "[stores.prod.config]\nuri = 'data'\n"
                   "[stores.dev]\ntype = 'metaxy.ext.lancedb.LanceDBMetadataStore'\n"
                   "[stores.dev.config]\nuri = 'branch'\nfallback_stores = ['prod']\n"
                   "[ext.cpp.stores.dev]\nfallback = 'overlay'\n");
  }
};

TEST_F(BranchTest, ComputesWhatItChangesAndPromotesIt) {
  const std::vector<std::string> resolve = {"metadata", "resolve", "transcript"};
  EXPECT_THAT(program_.Run(resolve), Printed("transcript: 0 new, 0 stale, 0 orphaned\n"));
  WriteVideo("a", "a9", "f1");
  WriteVideo("d", "a4", "f4");
  EXPECT_THAT(program_.Run(resolve), Printed("transcript: 1 new, 1 stale, 0 orphaned\n"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--columns", "id"}).out,
              HasSubstr("4 rows"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--columns", "id", "--no-fallback"}).out,
              HasSubstr("2 rows"));
  const Finished look =
      program_.Run({"store", "promote", "dev", "prod", "--dry-run", "--format", "json"});
  for (const char* part : {R"("dry_run": true)", R"("feature": "video")", R"("added": 1)",
                           R"("replaced": 1)", R"("conflicts": 0)"}) {
    EXPECT_THAT(look.out, HasSubstr(part)) << look.err;
  }
  EXPECT_THAT(program_.RunOnTerminal({"store", "promote", "dev", "prod"}, "n\n").out,
              HasSubstr("nothing was written"));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--store", "prod"}).out,
              HasSubstr("3 rows"));
  Do({"store", "promote", "dev", "prod", "--feature", "video"});
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--store", "prod"}).out,
              HasSubstr("4 rows"));
  // Production goes on, and the branch has an older row of it.
  program_.Write("v.ndjson", R"({"id": "a", "metaxy_provenance_by_field": )"
                             R"({"audio": "later", "frames": "f1"}})"
                             "\n");
  Do({"metadata", "write", "video", "--from", "v.ndjson", "--store", "prod"});
  EXPECT_THAT(program_.Run({"store", "promote", "dev", "prod", "--yes", "--format", "json"}),
              FailedWith(2, "has later rows than 'dev' for some samples (1 of 'video')"));
  EXPECT_EQ(program_.Run({"store", "promote", "dev", "prod", "--conflicts", "keep"}).code, 0);
  EXPECT_THAT(program_.Run({"store", "promote", "dev", "dev"}), FailedWith(2, "are one store"));
}

}  // namespace
}  // namespace metaxy::testing
