// metaxy init
#include <gtest/gtest.h>

#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(InitTest, MakesAProjectThatLoads) {
  Program program;
  EXPECT_THAT(program.Run({"init", "My films_2"}), Printed(R"(wrote My films_2/metaxy.toml
wrote My films_2/features.toml
wrote My films_2/videos.jsonl

Next:
  cd My films_2
  metaxy graph render
  metaxy metadata write example/video --from videos.jsonl
  metaxy metadata resolve example/transcript --to todo
  metaxy metadata write example/transcript --from todo/new.parquet
  metaxy metadata status --all-features
)"));
  program.SetDirectory("My films_2");
  EXPECT_THAT(program.Run({"config", "print"}).out,
              HasSubstr("project = \"My-films-2\"  # metaxy.toml:1\n"));
  EXPECT_THAT(program.Run({"list", "features"}).out, HasSubstr("2 features: 1 root, 1 derived"));
}

TEST(InitTest, OverwritesNothing) {
  Program program;
  program.Write("features.toml", "mine");
  EXPECT_THAT(program.Run({"init"}), FailedWith(2, "'features.toml' already exists"));
  EXPECT_THAT(program.Files(), ElementsAre("features.toml"));
}

TEST(InitTest, ADryRunOnlySaysWhatItWouldDo) {
  Program program;
  EXPECT_THAT(program.Run({"init", "a/b", "--dry-run"}),
              Printed("would write a/b/metaxy.toml\nwould write a/b/features.toml\nwould write "
                      "a/b/videos.jsonl\n"));
  EXPECT_THAT(program.Files(), ::testing::IsEmpty());
}

TEST(InitTest, ChecksNames) {
  Program program;
  EXPECT_THAT(program.Run({"init", "--name", "a__b"}),
              FailedWith(2, "'a__b' is not a valid project name"));
  EXPECT_THAT(program.Run({"init", "--name", "films"}).out, StartsWith("wrote metaxy.toml\n"));
  EXPECT_THAT(program.Run({"config", "print"}).out,
              HasSubstr("project = \"films\"  # metaxy.toml:1\n"));
  program.Write("file", "");
  EXPECT_THAT(program.Run({"init", "file/x"}),
              FailedWith(3, "cannot create the directory 'file/x'"));
}

}  // namespace
}  // namespace metaxy::testing
