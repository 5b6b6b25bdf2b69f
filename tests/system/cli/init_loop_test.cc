// metaxy init --from: the printed commands work, one after the other
#include <gtest/gtest.h>

#include "next_commands.h"
#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;

TEST(InitLoopTest, TheNextCommandsWork) {
  for (const char* from : {"photos", "films.csv"}) {
    Program program;
    program.Write("photos/a.jpg", "1");
    program.Write("photos/b.jpg", "2");
    program.Write("films.csv", "film_id,title\n1,x\n2,y\n");
    const Finished made = program.Run({"init", "work", "--from", from});
    program.SetDirectory("work");
    for (const std::string& command : NextCommands(made.out)) {
      const Finished done = program.Run(Words(command));
      EXPECT_EQ(done.code, 0) << command << done.err;
    }
    const Finished status =
        program.Run({"metadata", "status", "--all-features", "--assert-in-sync"});
    EXPECT_EQ(status.code, 0) << status.out << status.err;
    EXPECT_THAT(status.out, HasSubstr("up to date"));
  }
}

// The version of a row is a hash of its values, whatever the order of the columns.
TEST(InitLoopTest, ARowThatChangesIsStale) {
  Program program;
  program.Write("films.csv", "film_id,title,note\n1,x,\n2,y,\n");
  ASSERT_EQ(program.Run({"init", "--from", "films.csv"}).code, 0);
  ASSERT_EQ(
      program
          .Run({"metadata", "write", "films/row", "--from", "films.csv", "--provenance", "row=*"})
          .code,
      0);
  program.Write("films.csv", "title,film_id,more\nx,1,\nz,2,\n");
  EXPECT_THAT(program.Run({"metadata", "resolve", "films/row", "--samples", "films.csv",
                           "--provenance", "row=*"}),
              Printed("films/row: 0 new, 1 stale, 0 orphaned\n"));
}

}  // namespace
}  // namespace metaxy::testing
