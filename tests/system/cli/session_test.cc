// A new user's first session: everything that is typed and shown, in order.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <utility>

#include "program.h"
#include "test_paths.h"

namespace metaxy::testing {
namespace {

std::string Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> WordsOf(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (char c : line + " ") {
    if (quote == 0 && c == ' ') {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
    } else if (quote == c) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      word += c;
    }
  }
  return words;
}

// Timestamps, file sizes and the folder differ between runs; nothing else may.
std::string Normalised(std::string text, const std::string& folder) {
  for (size_t at = 0; (at = text.find(folder, at)) != std::string::npos;)
    text.replace(at, folder.size(), "HERE");
  static const std::regex kTimestamp(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6}Z)?)");
  static const std::regex kSize(R"( *\d+(\.\d)? KiB)");
  return std::regex_replace(std::regex_replace(text, kTimestamp, "MOMENT"), kSize, "  SIZE");
}

// Lines of standard error, which a terminal shows beside those of standard output.
std::string WithMark(const std::string& text) {
  std::istringstream lines(text);
  std::string marked;
  for (std::string line; std::getline(lines, line);) marked += "2> " + line + "\n";
  return marked;
}

// The lines of a transcript that begin with "$ " are run; the rest is what they have to show, that
// on standard error after "2> ", but for remarks, which begin with "# " and have an empty line
// before them.
// "$ cat > NAME" writes a file from the lines up to "EOF".
class Session {
 public:
  // What other tests leave in the common cache would be counted.
  Session() { program_.SetVariable("XDG_CACHE_HOME", program_.path("caches").string()); }

  std::string Replay(const std::string& transcript) {
    std::istringstream lines(transcript);
    std::string shown;
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("$ ", 0) != 0) {
        if (line.rfind("# ", 0) == 0)
          comments_ += (shown.empty() || !comments_.empty() ? "" : "\n") + line + "\n";
        continue;
      }
      shown += std::exchange(comments_, {}) + line + "\n";
      if (line.rfind("$ cd ", 0) == 0) {
        folder_ = line.substr(5);
        program_.SetDirectory(folder_);
      } else if (line.rfind("$ cat > ", 0) == 0) {
        shown += WriteFile(line.substr(8, line.find(" <<") - 8), &lines);
      } else {
        shown += Run(line.substr(2));
      }
    }
    return shown;
  }

 private:
  std::string WriteFile(const std::string& name, std::istream* lines) {
    std::string text;
    std::string line;
    while (std::getline(*lines, line) && line != "EOF") text += line + "\n";
    program_.Write(folder_ + "/" + name, text);
    return text + "EOF\n";
  }

  std::string Run(const std::string& command) const {
    std::vector<std::string> words = WordsOf(command);
    words.erase(words.begin());
    const Finished finished = program_.Run(words);
    std::string shown = finished.out + WithMark(finished.err);
    if (finished.code != 0) shown += "[exit code " + std::to_string(finished.code) + "]\n";
    return Normalised(shown, program_.directory().path().string());
  }

  Program program_;
  std::string folder_ = ".";
  std::string comments_;
};

class SessionTest : public ::testing::TestWithParam<const char*> {};

TEST_P(SessionTest, ShowsWhatTheTranscriptHas) {
  const std::string path = SourceDir() + "/tests/system/cli/sessions/" + GetParam() + ".txt";
  const std::string transcript = Read(path);
  ASSERT_NE(transcript, "") << path;
  const std::string shown = Session().Replay(transcript);
  if (shown != transcript) std::ofstream(::testing::TempDir() + GetParam() + ".txt") << shown;
  EXPECT_EQ(shown, transcript) << "what was shown is in " << ::testing::TempDir() << GetParam()
                               << ".txt";
}

INSTANTIATE_TEST_SUITE_P(All, SessionTest, ::testing::Values("first", "folder", "mistakes"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace metaxy::testing
