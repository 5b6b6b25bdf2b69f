// --log: log records on standard error.
#include <gmock/gmock.h>

#include "demo_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LogOptionTest : public DemoProjectTest {
 protected:
  // A write of rows with a column that the table lacks.
  Finished WriteMore(const std::string& column, const std::vector<std::string>& options) {
    program_.Write("more.ndjson", R"({"id": "b", ")" + column +
                                      R"(": 1, "metaxy_provenance_by_field": {"audio": "x"}})" +
                                      "\n");
    std::vector<std::string> words = {"metadata", "write", "video", "--from", "more.ndjson"};
    words.insert(words.end(), options.begin(), options.end());
    return program_.Run(words);
  }
};

TEST_F(LogOptionTest, SaysWhatElseWasDone) {
  Write();
  const Finished silent = WriteMore("size", {});
  EXPECT_EQ(silent.code, 0);
  EXPECT_THAT(silent.err, Not(HasSubstr("info")));
  const Finished told = WriteMore("length", {"--log"});
  EXPECT_EQ(told.code, 0);
  EXPECT_THAT(told.err, HasSubstr("metaxy: info: table 'video' is given what the rows have and it "
                                  "lacks: length\n"));
  EXPECT_EQ(told.out, silent.out);
}

TEST_F(LogOptionTest, AVariableAsksForItToo) {
  Write();
  program_.SetVariable("METAXY_LOG", "true");
  EXPECT_THAT(WriteMore("size", {}).err, HasSubstr("metaxy: info: "));
}

}  // namespace
}  // namespace metaxy::testing
