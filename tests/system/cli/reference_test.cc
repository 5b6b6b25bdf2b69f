// docs/reference is what the tables of the program say.
#include "cli/reference.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "cli/commands/commands.h"
#include "metaxy/system_columns.h"
#include "program.h"
#include "test_paths.h"

namespace metaxy::testing {
namespace {

TEST(ReferenceTest, PagesAreUpToDate) {
  const std::vector<cli::CommandSpec> commands = cli::AllCommands();
  for (const std::string name : cli::ReferencePageNames()) {
    std::ifstream file(SourceDir() + "/docs/reference/" + name + ".md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(page, cli::ReferencePage(name, commands).value_or(""))
        << "run tools/reference_pages.sh";
    EXPECT_THAT(Program().Run({"__reference", name}), Printed(page));
  }
  EXPECT_THAT(Program().Run({"__reference", "none"}),
              FailedWith(2, "there is no reference page 'none'"));
}

TEST(ReferenceTest, HasEverySystemColumn) {
  std::vector<std::string> names;
  for (const cli::SystemColumnInfo& column : cli::SystemColumnTable())
    names.emplace_back(column.name);
  EXPECT_THAT(names, ::testing::ElementsAreArray(kSystemColumns.begin(), kSystemColumns.end()));
}

}  // namespace
}  // namespace metaxy::testing
