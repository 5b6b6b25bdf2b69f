// -v, -q, --color, --no-progress, --no-pager, and the variables NO_COLOR, FORCE_COLOR and PAGER.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class OutputOptionsTest : public ::testing::Test {
 protected:
  OutputOptionsTest() {
    program_.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
    program_.Write("f.toml", "[[feature]]\nkey = 'a'\nid_columns = ['id']\n");
    program_.SetVariable("NO_COLOR", "");  // as if it were not set
  }

  std::string Out(std::vector<std::string> options) const {
    options.insert(options.end(), {"list", "features"});
    return program_.Run(options).out;
  }
  static auto HasColor() { return HasSubstr("\x1b["); }

  Program program_;
};

TEST_F(OutputOptionsTest, ColorsAreAsRequested) {
  EXPECT_THAT(Out({}), Not(HasColor()));
  EXPECT_THAT(Out({"--color", "always"}), HasColor());
  EXPECT_THAT(Out({"--color=never"}), Not(HasColor()));
  EXPECT_THAT(program_.RunOnTerminal({"list", "features", "--color", "never"}, "").out,
              Not(HasColor()));
  // Also of an invalid command line.
  EXPECT_THAT(program_.Run({"--color", "always", "no-such"}).err, HasColor());
  EXPECT_THAT(program_.Run({"list", "features", "--color", "pink"}),
              FailedWith(2, "--color must be one of auto, always, never, not 'pink'"));
}

TEST_F(OutputOptionsTest, VariablesAskForColors) {
  program_.SetVariable("FORCE_COLOR", "1");
  EXPECT_THAT(Out({}), HasColor());
  EXPECT_THAT(Out({"--color", "never"}), Not(HasColor()));
  program_.SetVariable("NO_COLOR", "1");
  EXPECT_THAT(Out({}), Not(HasColor()));
  EXPECT_THAT(Out({"--color", "always"}), HasColor());
  program_.SetVariable("METAXY_COLOR", "always");
  EXPECT_THAT(Out({}), HasColor());
}

TEST_F(OutputOptionsTest, QuietKeepsResultsWarningsAndErrors) {
  program_.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml', 'some.module']\n");
  const Finished loud = program_.Run({"graph", "render", "--output", "g.txt"});
  EXPECT_THAT(loud.err, AllOf(HasSubstr("wrote g.txt"), HasSubstr("warning: ")));
  const Finished quiet = program_.Run({"-q", "graph", "render", "--output", "g.txt"});
  EXPECT_THAT(quiet.err, AllOf(Not(HasSubstr("wrote")), HasSubstr("warning: ")));
  EXPECT_THAT(Out({"--quiet"}), HasSubstr("1 feature"));
  EXPECT_THAT(program_.Run({"--quiet", "explain", "b"}).err, HasSubstr("metaxy: error: "));
  EXPECT_THAT(program_.Run({"-q", "-v", "push"}),
              FailedWith(2, "--verbose and --quiet are both given; use one of the two"));
}

// A pager that keeps what it is given.
class PagerTest : public OutputOptionsTest {
 protected:
  PagerTest() {
    program_.Write("pager.sh", "#!/bin/sh\ncat > paged.txt\n");
    std::filesystem::permissions(program_.path("pager.sh"), std::filesystem::perms::owner_all);
    program_.SetVariable("PAGER", "./pager.sh -x");
    program_.SetVariable("NO_COLOR", "1");
  }

  std::string Paged() const {
    std::ifstream file(program_.path("paged.txt"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(PagerTest, ShowsWhatIsForReading) {
  const std::string plain = Out({});
  const Finished shown = program_.RunOnTerminal({"list", "features"}, "");
  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(shown.out, "");
  EXPECT_EQ(Paged(), plain);
}

TEST_F(PagerTest, ShowsHelp) {
  EXPECT_EQ(program_.RunOnTerminal({"list", "--help"}, "").out, "");
  EXPECT_THAT(Paged(), HasSubstr("Usage: metaxy list"));
}

TEST_F(PagerTest, MessagesComeAfterIt) {
  program_.Write("metaxy.toml", "project = 'p'\nentrypoints = ['f.toml']\n");
  const Finished shown = program_.RunOnTerminal({"--locked", "list", "features"}, "");
  EXPECT_THAT(shown.out, HasSubstr("warning: --locked has no effect"));
  EXPECT_THAT(Paged(), HasSubstr("1 feature"));
}

TEST_F(PagerTest, IsLeftOut) {
  const std::string plain = Out({});
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--no-pager", "list", "features"},
                                             {"list", "features", "--format", "json"},
                                             {"list", "features", "--no-pager", "--help"}}) {
    EXPECT_THAT(program_.RunOnTerminal(words, "").out, HasSubstr("a"));
    EXPECT_EQ(Paged(), "") << words.front();
  }
  EXPECT_EQ(program_.Run({"list", "features"}).out, plain);
  for (const char* pager : {"", "cat", "no-such-program -x"}) {
    program_.SetVariable("PAGER", pager);
    EXPECT_EQ(program_.RunOnTerminal({"list", "features"}, "").out, plain) << pager;
  }
  program_.SetVariable("PAGER", "./pager.sh");
  program_.SetVariable("TERM", "dumb");
  EXPECT_EQ(program_.RunOnTerminal({"list", "features"}, "").out, plain);
  EXPECT_EQ(Paged(), "");
}

// Also with more text than a pipe holds.
TEST_F(PagerTest, MayEndEarly) {
  program_.Write("pager.sh", "#!/bin/sh\nhead -c 1 > paged.txt\n");
  std::string features;
  constexpr int kFeatures = 3000;
  for (int i = 0; i < kFeatures; ++i)
    features += "[[feature]]\nkey = 'a" + std::to_string(i) + "'\nid_columns = ['id']\n";
  for (const std::string& text :
       {std::string("[[feature]]\nkey = 'a'\nid_columns = ['id']\n"), features}) {
    program_.Write("f.toml", text);
    const Finished left = program_.RunOnTerminal({"--locked", "list", "features"}, "");
    EXPECT_EQ(left.code, 0);
    EXPECT_THAT(left.out, HasSubstr("warning: --locked has no effect"));
    EXPECT_THAT(left.out, Not(HasSubstr("feature")));
    EXPECT_EQ(Paged().size(), 1U);
  }
}

}  // namespace
}  // namespace metaxy::testing
