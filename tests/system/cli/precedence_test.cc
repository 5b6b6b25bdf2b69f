// Precedence of the sources of a setting: the cases of
// tests/reference/recorded/capture/capture_precedence.py, which ran the reference's program.
#include <gtest/gtest.h>

#include "program.h"
#include "support/golden.h"

namespace metaxy::testing {
namespace {

// The reference prints credentials, this program does not (docs/differences.md): everything else is
// equal, including whether connect_kwargs is a table or a string.
std::string WithoutCredentials(std::string text) {
  for (const auto& [shown, hidden] : std::vector<std::pair<std::string, std::string>>{
           {R"("api_key": "k")", R"("api_key": "***")"},
           {R"("connect_kwargs": "{\"region\": \"json\"}")", R"("connect_kwargs": "***")"}}) {
    for (size_t at = text.find(shown); at != std::string::npos; at = text.find(shown, at))
      text.replace(at, shown.size(), hidden);
  }
  return text;
}

class PrecedenceTest : public ::testing::TestWithParam<Json> {};

TEST_P(PrecedenceTest, IsThatOfTheReference) {
  const Json& golden = GetParam();
  Program program;
  for (const auto& [name, text] : golden.Find("files")->as_object())
    program.Write(name, text.as_string());
  for (const auto& [name, value] : golden.Find("env")->as_object())
    program.SetVariable(name, value.as_string());
  program.SetDirectory(Text(golden, "cwd"));
  std::vector<std::string> words = Texts(*golden.Find("args"));
  for (const char* word : {"config", "print", "--format", "json"}) words.emplace_back(word);
  const Finished finished = program.Run(words);
  const Json& expected = *golden.Find("result");
  if (expected.is_null()) {
    EXPECT_EQ(finished.code, 2) << finished.out;
    return;
  }
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.out, WithoutCredentials(expected.DumpIndented()) + "\n");
}

std::string NameOf(const ::testing::TestParamInfo<Json>& test) {
  std::string name;
  for (char c : test.param.Find("name")->as_string())
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, PrecedenceTest, ::testing::ValuesIn(Goldens("precedence")), NameOf);

}  // namespace
}  // namespace metaxy::testing
