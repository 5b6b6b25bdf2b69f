// Which differences between two versions of a table leave its rows as they were.
#include "versioning/delta/table_difference.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace metaxy::testing {
namespace {

using internal::FragmentState;
using internal::Rewrite;
using internal::RowsSince;
using internal::TableState;

// A fragment of a file, and of a file of deletions.
FragmentState Fragment(uint64_t id, uint64_t file, uint64_t deletions = 0) {
  return {id, {file, 0}, {deletions, 0}};
}

TableState Table(std::vector<FragmentState> fragments) {
  return {.version = 1, .columns = {{{"id"}, "0:int64"}}, .fragments = std::move(fragments)};
}

RowsSince Since(const TableState& before, const TableState& now,
                const std::vector<Rewrite>& rewrites = {}) {
  return internal::Compare(before, now, rewrites).rows;
}

// What is different, where rows were added or removed.
std::string Described(const TableState& before, const TableState& now,
                      const std::vector<Rewrite>& rewrites = {}) {
  const internal::TableDifference difference = internal::Compare(before, now, rewrites);
  EXPECT_EQ(difference.rows, RowsSince::kEdited);
  std::string text;
  const auto add = [&](const std::string& what, const std::string& numbers) {
    if (!numbers.empty()) text += (text.empty() ? "" : "; ") + what + numbers;
  };
  std::string fresh;
  std::string gone;
  std::string edited;
  for (const size_t i : difference.new_fragments) fresh += " " + std::to_string(i);
  for (const size_t i : difference.gone_fragments) gone += " " + std::to_string(i);
  for (const auto& [i, j] : difference.edits)
    edited += " " + std::to_string(i) + "-" + std::to_string(j);
  add("new", fresh);
  add("gone", gone);
  add("edited", edited);
  return text + (difference.reordered ? "; reordered" : "");
}

const FragmentState kA = Fragment(0, 10);
const FragmentState kB = Fragment(1, 11);
const FragmentState kC = Fragment(2, 12);
const FragmentState kD = Fragment(3, 13);

TEST(TableDifferenceTest, FilesDecideNotNumbers) {
  EXPECT_EQ(Since(Table({kA, kB}), Table({kA, kB})), RowsSince::kUnchanged);
  EXPECT_EQ(Since(Table({}), Table({})), RowsSince::kUnchanged);
  // Other numbers, as after a restore of an earlier version.
  TableState restored = Table({Fragment(7, 10), Fragment(8, 11)});
  restored.version = 99;
  EXPECT_EQ(Since(Table({kA, kB}), restored), RowsSince::kUnchanged);
  // The same numbers, as of a table that was dropped and created anew.
  EXPECT_EQ(Described(Table({kA, kB}), Table({Fragment(0, 20), Fragment(1, 21)})),
            "new 0 1; gone 0 1");
  EXPECT_EQ(Since(Table({kA, kB}), Table({kB, kA})), RowsSince::kReordered);
}

TEST(TableDifferenceTest, NoticesEveryChange) {
  EXPECT_EQ(Described(Table({kA, kB}), Table({kA})), "gone 1");
  EXPECT_EQ(Described(Table({kA}), Table({Fragment(0, 10, 5)})), "edited 0-0");
  EXPECT_EQ(Described(Table({kB, Fragment(0, 10, 5)}), Table({Fragment(0, 10, 6)})),
            "gone 0; edited 1-0");
  EXPECT_EQ(Described(Table({Fragment(0, 10, 5)}), Table({kA})), "edited 0-0");
  TableState other_type = Table({kA});
  other_type.columns.front().stored = "0:int32";
  EXPECT_EQ(Since(Table({kA}), other_type), RowsSince::kChanged);
  EXPECT_EQ(Described(Table({kA, kB}), Table({kA, kC, kD})), "new 1 2; gone 1");
  const internal::TableDifference difference =
      internal::Compare(Table({kA, kB}), Table({kA, kC, kD}), {});
  EXPECT_EQ(difference.added, 2U);
  EXPECT_EQ(difference.removed, 1U);
}

TEST(TableDifferenceTest, TellsWhatIsNew) {
  EXPECT_EQ(Described(Table({kA}), Table({kA, kB})), "new 1");
  EXPECT_EQ(Described(Table({}), Table({kA, kB})), "new 0 1");
  EXPECT_EQ(Described(Table({kB}), Table({kA, kB, kC})), "new 0 2");
  EXPECT_EQ(Described(Table({kA, kB}), Table({kB, kC, kA})), "new 1; reordered");
  // Earlier rows were rewritten.
  EXPECT_EQ(Described(Table({kA, kB}), Table({kD, kC}), {{{kA, kB}, {kD}}}), "new 1; reordered");
  // New ones were.
  EXPECT_EQ(Described(Table({kA}), Table({kA, kD}), {{{kB, kC}, {kD}}}), "new 1");
  // Both were, apart from each other.
  const FragmentState e = Fragment(4, 14);
  const FragmentState f = Fragment(5, 15);
  const FragmentState g = Fragment(6, 16);
  EXPECT_EQ(Described(Table({kA, kB}), Table({e, g}), {{{kC, f}, {g}}, {{kA, kB}, {e}}}),
            "new 1; reordered");
  EXPECT_EQ(Described(Table({kA, kB}), Table({e, g}), {{{kA, kB}, {e}}, {{kC, f}, {g}}}),
            "new 1; reordered");
  // Both were, and are in one file: nobody knows which rows are new, and all count as such.
  EXPECT_EQ(Described(Table({kA}), Table({kD}), {{{kA, kB}, {kD}}}), "new 0; gone 0");
  EXPECT_EQ(Described(Table({kA}), Table({e}), {{{kD, kC}, {e}}, {{kA, kB}, {kD}}}),
            "new 0; gone 0");
  // Which of two equal ones is new cannot be told.
  EXPECT_EQ(Since(Table({kA}), Table({kA, Fragment(1, 10)})), RowsSince::kChanged);
  EXPECT_EQ(Since(Table({kA, Fragment(1, 10)}), Table({kA})), RowsSince::kChanged);
}

TEST(TableDifferenceTest, FollowsCompaction) {
  EXPECT_EQ(Since(Table({kA, kB, kC}), Table({kC, kD}), {{{kA, kB}, {kD}}}), RowsSince::kReordered);
  // One after the other, the latest first.
  const FragmentState e = Fragment(4, 14);
  EXPECT_EQ(Since(Table({kA, kB, kC}), Table({e}), {{{kD, kC}, {e}}, {{kA, kB}, {kD}}}),
            RowsSince::kReordered);
  // Deletions from before are gone with the file.
  const FragmentState deleted = Fragment(0, 10, 5);
  EXPECT_EQ(Since(Table({deleted, kB}), Table({kD}), {{{deleted, kB}, {kD}}}),
            RowsSince::kReordered);
}

TEST(TableDifferenceTest, DoesNotFollowWhatItDoesNotKnow) {
  // Unknown rewrites, or only the later one of two.
  EXPECT_EQ(Described(Table({kA, kB}), Table({kD})), "new 0; gone 0 1");
  const FragmentState e = Fragment(4, 14);
  EXPECT_EQ(Described(Table({kA, kB, kC}), Table({e}), {{{kD, kC}, {e}}}), "new 0; gone 0 1 2");
  // Rows were deleted before the rewrite, or after it.
  EXPECT_EQ(Described(Table({kA, kB}), Table({kD}), {{{Fragment(0, 10, 5), kB}, {kD}}}),
            "new 0; gone 0 1");
  EXPECT_EQ(Described(Table({kA, kB}), Table({Fragment(3, 13, 5)}), {{{kA, kB}, {kD}}}),
            "new 0; gone 0 1");
  // Rows were added before the rewrite.
  EXPECT_EQ(Described(Table({kA}), Table({kD}), {{{kA, kB}, {kD}}}), "new 0; gone 0");
  // Of two fragments that were written only one is there.
  EXPECT_EQ(Described(Table({kA, kB}), Table({kC}), {{{kA, kB}, {kC, kD}}}), "new 0; gone 0 1");
  // Those of another table with the same numbers.
  EXPECT_EQ(Described(Table({kA, kB}), Table({kD}),
                      {{{Fragment(0, 20), Fragment(1, 21)}, {Fragment(3, 23)}}}),
            "new 0; gone 0 1");
  TableState other_type = Table({kD});
  other_type.columns.front().stored = "0:int32";
  EXPECT_EQ(Since(Table({kA, kB}), other_type, {{{kA, kB}, {kD}}}), RowsSince::kChanged);
}

TEST(TableDifferenceTest, AsksForRewritesOnlyWhereSomethingIsGone) {
  EXPECT_FALSE(internal::MayBeRewritten(Table({kA}), Table({kA})));
  EXPECT_FALSE(internal::MayBeRewritten(Table({kA}), Table({kA, kB})));
  EXPECT_FALSE(internal::MayBeRewritten(Table({}), Table({kA})));
  EXPECT_FALSE(internal::MayBeRewritten(Table({kA}), Table({Fragment(0, 10, 5)})));
  EXPECT_TRUE(internal::MayBeRewritten(Table({kA, kB}), Table({kD})));
  TableState other_type = Table({kD});
  other_type.columns.front().stored = "0:int32";
  EXPECT_FALSE(internal::MayBeRewritten(Table({kA}), other_type));
}

}  // namespace
}  // namespace metaxy::testing
