#include "cli/output/text_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

namespace metaxy::cli {
namespace {

std::string Print(const TextTable& table, const char* columns) {
  if (columns != nullptr) setenv("COLUMNS", columns, 1);
  char* text = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&text, &size);
  {
    // fileno() of a stream in memory is -1: no terminal.
    Output output(file, stderr);
    table.Print(&output);
    output.Flush();
  }
  std::fclose(file);
  std::string result(text, size);
  free(text);
  unsetenv("COLUMNS");
  return result;
}

TEST(TextTableTest, AlignsColumns) {
  TextTable table;
  table.AddColumn("name");
  table.AddColumn("n", TextTable::Align::kRight);
  table.AddColumn("rest");
  table.AddTexts({"a", "1", "x"});
  table.AddTexts({"longer", "100", ""});
  EXPECT_EQ(Print(table, nullptr),
            "name      n  rest\n"
            "a         1  x\n"
            "longer  100  \n");
}

TEST(TextTableTest, CountsWhatIsSeen) {
  TextTable table;
  table.AddColumn("a");
  table.AddColumn("b");
  table.AddTexts({"über", "x"});
  table.AddTexts({"日本", "x"});
  table.AddTexts({"a\nb", "x"});
  EXPECT_EQ(Print(table, nullptr), "a     b\nüber  x\n日本  x\na b   x\n");
}

TEST(TextTableTest, NarrowsMinorColumnsFirst) {
  TextTable table;
  table.AddColumn("one");
  table.AddColumn("two", TextTable::Align::kLeft, TextTable::Weight::kMinor);
  table.AddTexts({"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbb"});
  EXPECT_EQ(Print(table, "26"), "one               two\naaaaaaaaaaaaaaaa  bbbbbbb…\n");
}

TEST(TextTableTest, FitsTheTerminal) {
  TextTable table;
  for (const char* title : {"one", "two", "three"}) table.AddColumn(title);
  table.AddTexts({"aaaaaaaaaaaaaaaa", "bbbb", "cccccccccccc"});
  EXPECT_EQ(Print(table, "30"), "one          two   three\naaaaaaaaaa…  bbbb  cccccccccc…\n");
  EXPECT_EQ(Print(table, "16"),
            "one         two\naaaaaaaaa…  bbbb\nnot shown for lack of space: three\n");
}

TEST(TextTableTest, Shortens) {
  EXPECT_EQ(Shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(Shorten("abcdef", 5), "abcd…");
  EXPECT_EQ(Shorten("日本語", 5), "日本…");
  EXPECT_EQ(Shorten("\xff\xfe", 5), "\xff\xfe");
}

}  // namespace
}  // namespace metaxy::cli
