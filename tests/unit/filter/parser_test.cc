// Filters are parsed as in the reference: the same strings, with the same meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "filter/filter_parser.h"
#include "goldens.h"
#include "metaxy/errors.h"
#include "metaxy/filter.h"
#include "normal_form.h"

namespace metaxy::internal {
namespace {

using ::testing::HasSubstr;

// Strings that the reference accepts and that are refused here, because it gives them a meaning
// that nobody can have intended: a column called `a.*`, or `a IN b`, which it treats as an empty
// list.
const std::set<std::string> kRefusedHere = {
    "a.'x' = 1", "a.* = 1", "a.(b) = 1", "user-defined = 1", "case.a = 1", "a AND if", "a = if",
    "a IN", "a IN 1", "a IN b", "a IN 'x'", "a IN NULL", "a IN {1}", "a IN (SELECT 1)",
    "a IN UNNEST(b)",
    // The reference fails only when it evaluates these.
    "a IN (1, 'a')", "a IN (1, 2.5)", "a IN (-1, +2, TRUE, NULL, 'x')",
    "a = 170141183460469231731687303715884105728", "a = -170141183460469231731687303715884105729"};

std::string Read(const std::string& text, FilterGrammar grammar = FilterGrammar::kExtended) {
  const auto condition = ParseFilterIn(grammar, text);
  return condition.ok() ? NormalForm(*condition) : "";
}

TEST(FilterParserTest, ReadsWhatTheReferenceReads) {
  const std::vector<Golden> goldens = ReadGoldens("forms");
  ASSERT_GT(goldens.size(), 5000U);
  std::set<std::string> refused_here;
  for (const auto& [text, form] : goldens) {
    const std::string read = Read(text, FilterGrammar::kReference);
    if (form && read.empty() && kRefusedHere.count(text) > 0) {
      refused_here.insert(text);
      continue;
    }
    EXPECT_EQ(read, form.value_or("")) << "of: " << text;
  }
  // A string leaves the list when it is accepted again.
  for (const std::string& text : kRefusedHere) {
    EXPECT_EQ(refused_here.count(text), 1U) << text;
  }
}

// What the reference reads means the same where more is allowed.
TEST(FilterParserTest, ExtensionsChangeNothingElse) {
  for (const auto& [text, form] : ReadGoldens("forms")) {
    const std::string read = Read(text, FilterGrammar::kReference);
    if (!read.empty()) {
      EXPECT_EQ(Read(text), read) << "of: " << text;
    }
  }
}

TEST(FilterParserTest, EveryRefusalIsAParseErrorOfOneLine) {
  for (const auto& [text, form] : ReadGoldens("forms")) {
    const auto condition = ParseFilter(text);
    if (condition.ok()) continue;
    EXPECT_TRUE(IsError(condition.status(), ErrorCode::kFilterParse)) << text;
    EXPECT_EQ(condition.status().message().find('\n'), std::string::npos)
        << condition.status().message();
  }
}

struct BadText {
  std::string text;
  std::string message;
};

const std::vector<BadText> kBadTexts = {
    {"", "cannot read an empty filter; leave it out or write a condition"},
    {" \n\t", "empty filter"},
    {"-- nothing", "empty filter"},
    {"a GLOB 'x'",
     "cannot read the filter 'a GLOB 'x'' at column 3: GLOB is not supported; a filter consists of "
     "columns"},
    {"a NOT GLOB 'x'", "at column 7: GLOB is not supported"},
    {"a LIKE", "at column 7: the filter ends where a column or a literal is expected"},
    {"a LIKE b", "at column 8: LIKE needs a pattern in quotes, such as 'a%'"},
    {"a ILIKE 1", "at column 9: ILIKE needs a pattern in quotes"},
    {"a LIKE '" + std::string(4097, '_') + "'", "at column 8: a pattern has up to 4096 bytes"},
    {"'a' LIKE 'a'", "at column 1: LIKE needs a column on its left side"},
    {"a BETWEEN 1", "at column 12: the filter ends where the AND of BETWEEN is expected"},
    {"a BETWEEN 1 OR 2", "at column 13: found 'OR' where the AND of BETWEEN is expected"},
    {"a BETWEEN 1 AND b = 2", "at column 1: a condition cannot be compared"},
    {"BETWEEN 1 AND 2", "at column 1: found 'BETWEEN' where a column or a literal is expected"},
    {"a > DATE '2024-13-01'", "at column 10: '2024-13-01' is not a date; write DATE '2024-01-31'"},
    {"a > TIMESTAMP 'noon'", "at column 15: 'noon' is not a timestamp; write TIMESTAMP '2024-"},
    {"a IN (DATE '2024-01-01', 1)", "at column 6: the list after IN mixes kinds of literals"},
    {"a IN @ids.txt", "at column 6: only the command line reads files of ids"},
    {"a IN @", "at column 6: IN @ needs the path of a file"},
    {"a IN @'ids", "at column 7: the path is not closed"},
    {"a = @ids.txt", "at column 5: a file can stand only after IN: id IN @ids.txt"},
    {"a + 1 = 2", "at column 3: the operator + is not supported"},
    {"a || 'x' = 'y'", "at column 3: the operator | is not supported"},
    {"a::int = 1", "at column 2: the operator : is not supported"},
    {"lower(a) = 'x'", "at column 1: functions such as 'lower' are not supported"},
    {"a = lower('x')", "at column 5: functions such as 'lower' are not supported"},
    {"CASE WHEN a THEN b END", "at column 1: CASE is an SQL keyword"},
    {"comment = 'x'",
     "at column 1: COMMENT starts an SQL statement; if it is a column, write \"comment\""},
    {"a = 1 AND", "at column 10: the filter ends where a column or a literal is expected"},
    {"(a = 1", "at column 7: the filter ends where AND, OR or ) is expected"},
    {"a = 1)", "at column 6: found ')' where AND, OR or the end is expected"},
    {"a = 1 foo", "at column 7: found 'foo' where AND, OR or the end is expected"},
    {"a = b = c", "at column 1: a condition cannot be compared"},
    {"(a = 1) IS TRUE", "at column 2: a condition cannot be compared"},
    {"a = 'x", "at column 5: the string is not closed; write '' for a ' inside a string"},
    {"\"a = 1", "at column 1: the quoted name is not closed"},
    {"`a` = 1", "at column 1: a name is quoted with \", not with `"},
    {"a = 1 /* b", "at column 7: the comment is not closed"},
    {"-a = 1", "at column 1: a minus sign is allowed only before a number"},
    {"a IN b", "at column 6: IN needs a list of literals in parentheses"},
    {"a IN (b)", "at column 7: a list after IN may contain only literals"},
    {"a IN (1 2)", "at column 9: found '2' where a comma or ) is expected"},
    {"1 IN (1)", "at column 1: IN needs a column on its left side"},
    {"a IN (1, 'x')", "at column 6: the list after IN mixes kinds of literals"},
    {"a = 1e", "at column 6: found 'e' where AND, OR or the end is expected"},
    {"a = .5.5", "at column 5: '0.5.5' is not a number"},
    {"a = 170141183460469231731687303715884105728",
     "at column 5: the number is too large; integers have up to 128 bits"},
    {"a = 340282366920938463463374607431768211456",
     "is not a number, or is an integer of more than 128 bits"},
    {"a IS DISTINCT FROM b", "at column 6: IS DISTINCT is not supported"},
    {"a.b.c.d.e = 1",
     "at column 1: a name of more than 4 parts must be quoted as a whole: \"a.b.c.d.e\""},
    {"\"\" = 1", "at column 1: the name of a column is empty"},
    {"a = 1; b = 2", "at column 8: found 'b' where AND, OR or the end is expected"},
    {"é = 1 AND ü GLOB 'x'", "at column 13: GLOB is not supported"},
    {"a = 1 AND\n  b ~ 'x'", "at line 2, column 5: the operator ~ is not supported"},
    {"a = '\xff'", "not valid UTF-8"},
};

TEST(FilterParserTest, SaysWhatIsWrongAndWhere) {
  for (const BadText& bad : kBadTexts) {
    const auto condition = ParseFilter(bad.text);
    ASSERT_FALSE(condition.ok()) << bad.text;
    EXPECT_TRUE(IsError(condition.status(), ErrorCode::kFilterParse)) << bad.text;
    EXPECT_THAT(condition.status().message(), HasSubstr(bad.message)) << bad.text;
  }
}

TEST(FilterParserTest, SaysWhatDefinitionsCannotHave) {
  for (const char* text : {"a LIKE 'x'", "a NOT LIKE 'x'", "a BETWEEN 1 AND 2", "a ILIKE 'x'"}) {
    const auto condition = ParseFilterIn(FilterGrammar::kReference, text);
    ASSERT_FALSE(condition.ok()) << text;
    EXPECT_THAT(condition.status().message(),
                HasSubstr("is not supported in definitions, which the Python package reads, too"))
        << text;
  }
}

struct Extension {
  const char* text;
  const char* form;
};

TEST(FilterParserTest, ReadsExtensions) {
  const auto lines = [](const std::string& path) {
    return arrow::Result<std::vector<std::string>>({path, "b"});
  };
  for (const auto& [text, form] : std::vector<Extension>{
           {"a LIKE 'x%'", "(like c:\"a\" s:\"x%\")"},
           {"a NOT ILIKE 'X_'", "(not (ilike c:\"a\" s:\"X_\"))"},
           {"a BETWEEN 1 AND 2 AND b", "(and (>= c:\"a\" 1) (<= c:\"a\" 2) c:\"b\")"},
           {"a NOT BETWEEN -1 AND 2", "(not (and (>= c:\"a\" -1) (<= c:\"a\" 2)))"},
           {"a = date '2024-01-31'", "(= c:\"a\" 2024-01-31)"},
           {"date = DATE '2024-01-31'", "(= c:\"date\" 2024-01-31)"},
           {"a = TIMESTAMP '2024-01-31 01:02:03'", "(= c:\"a\" 2024-01-31 01:02:03.000000)"},
           {"a = TIMESTAMP '2024-01-31T02:02:03.5+01:00'",
            "(= c:\"a\" 2024-01-31 01:02:03.500000Z)"},
           {"a = TIMESTAMP '2024-01-31 01:02:03.0000001'",
            "(= c:\"a\" 2024-01-31 01:02:03.000000100)"},
           {"a IN (DATE '2024-01-31', NULL)", "(in c:\"a\" 2024-01-31 null)"},
           {"a.b.c = 1", "(= c:\"a.b.c\" 1)"},
           {"a IN @ids.txt", "(in c:\"a\" ids.txt b)"},
           {"(a NOT IN @some/ids.txt) OR b", "(or (not (in c:\"a\" some/ids.txt b)) c:\"b\")"},
           {"a IN @'my ids' AND b", "(and (in c:\"a\" my ids b) c:\"b\")"}}) {
    const auto read = ParseFilterIn(FilterGrammar::kExtended, text, lines);
    ASSERT_TRUE(read.ok()) << text << ": " << read.status();
    EXPECT_EQ(NormalForm(*read), form) << text;
  }
}

TEST(FilterParserTest, ReportsAFileThatCannotBeRead) {
  const auto broken = [](const std::string& path) {
    return arrow::Result<std::vector<std::string>>(MakeError(ErrorCode::kIo, "no " + path));
  };
  const auto read = ParseFilterIn(FilterGrammar::kExtended, "a IN @ids.txt", broken);
  EXPECT_TRUE(IsError(read.status(), ErrorCode::kIo)) << read.status();
}

std::string Repeat(const std::string& part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

TEST(FilterParserTest, RefusesDeepNestingInsteadOfOverflowing) {
  constexpr int kDeep = 100000;
  for (const std::string& text :
       {Repeat("(", kDeep) + "a" + Repeat(")", kDeep), Repeat("(", kDeep),
        Repeat("NOT ", kDeep) + "a", "a = " + Repeat("- ", kDeep) + "1", Repeat("+", kDeep) + "a",
        Repeat("!", kDeep) + "a", "a IN (" + Repeat("(", kDeep) + "1"}) {
    const auto condition = ParseFilter(text);
    ASSERT_FALSE(condition.ok());
    EXPECT_THAT(condition.status().message(),
                HasSubstr("more than 200 nested parentheses, NOTs and signs"));
    EXPECT_LT(condition.status().message().size(), 500U);
  }
}

TEST(FilterParserTest, ReadsWhatIsNestedLessDeeply) {
  EXPECT_EQ(Read(Repeat("(", 150) + "a = 1" + Repeat(")", 150)), "(= c:\"a\" 1)");
  EXPECT_EQ(Read("a = " + Repeat("- ", 150) + "1"), "(= c:\"a\" 1)");
}

TEST(FilterParserTest, ReadsLongChainsAndLists) {
  constexpr int kLong = 20000;
  const auto chain = ParseFilter("a = 0" + Repeat(" OR a = 1", kLong));
  ASSERT_TRUE(chain.ok()) << chain.status();
  EXPECT_TRUE(ParseFilter("a = 0" + Repeat(" AND b OR c", kLong)).ok());
  EXPECT_TRUE(ParseFilter("a IN (0" + Repeat(", 1", kLong) + ")").ok());
  EXPECT_FALSE(ParseFilter("a" + Repeat(" = a", kLong)).ok());
}

TEST(FilterParserTest, ReadsSeveralFilters) {
  const auto filters = ParseFilters({"a = 1", "b"});
  ASSERT_TRUE(filters.ok());
  ASSERT_EQ(filters->size(), 2U);
  EXPECT_EQ(NormalForm((*filters)[1]), "c:\"b\"");
  EXPECT_TRUE(IsError(ParseFilters({"a = 1", "b ="}).status(), ErrorCode::kFilterParse));
  EXPECT_TRUE(ParseFilters({})->empty());
}

// Every string truncated at every position and with every character removed once: there is always a
// result or an error.
TEST(FilterParserTest, SurvivesDamagedStrings) {
  const std::string text =
      "NOT (a.\"b c\" >= -1.5e3) AND x NOT IN ('it''s', NULL) /* c */ OR é IS NOT NULL OR d LIKE "
      "'%x' AND e BETWEEN DATE '2024-01-31' AND TIMESTAMP '2024-01-31 10:00' -- end";
  ASSERT_TRUE(ParseFilter(text).ok());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto cut = ParseFilter(text.substr(0, i));
    const auto without = ParseFilter(text.substr(0, i) + text.substr(i + 1));
    for (const auto& result : {cut, without}) {
      EXPECT_TRUE(result.ok() || IsError(result.status(), ErrorCode::kFilterParse))
          << result.status();
    }
  }
}

}  // namespace
}  // namespace metaxy::internal
