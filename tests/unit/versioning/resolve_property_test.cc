// Increments of random tables: equal to those of the simple implementation, and independent of
// memory limit, threads and batch sizes.
#include <arrow/compute/initialize.h>

#include "naive_resolve.h"
#include "random_input.h"
#include "support/frames.h"
#include "support/matchers.h"
#include "support/temp_dir.h"
#include "versioning/resolve/resolve.h"

namespace metaxy::testing {
namespace {

using internal::Resolve;
using internal::ResolveInput;

std::vector<std::string> TextsOf(const std::vector<NaiveExpected>& rows,
                                 const std::vector<std::string>& columns) {
  std::vector<std::string> texts;
  for (const NaiveExpected& row : rows) {
    std::string text;
    for (const std::string& name : columns) {
      const auto cell = row.cells.find(name);
      text += (cell == row.cells.end() ? "null" : cell->second.value_or("null")) + "|";
    }
    texts.push_back(text + row.provenance.value_or("null"));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::vector<std::string> TextsOf(const std::vector<Cells>& rows,
                                 const std::vector<std::string>& columns) {
  std::vector<std::string> texts;
  for (const Cells& row : rows) {
    std::string text;
    for (const std::string& name : columns)
      text += (text.empty() ? "" : "|") + row.at(name).value_or("null");
    texts.push_back(std::move(text));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

class ResolvePropertyTest : public ::testing::TestWithParam<size_t> {};

TEST_P(ResolvePropertyTest, FindsWhatThePlainImplementationFinds) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  const Kind kind = Kinds()[GetParam()];
  SCOPED_TRACE(kind.name);
  const TempDir spill;
  for (uint32_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomInput project(kind.feature, seed * 100 + static_cast<uint32_t>(GetParam()));
    const NaiveIncrement expected = project.Expected();
    std::optional<Increment> first;
    for (const int64_t memory_limit : {int64_t{1} << 30, int64_t{10000}, int64_t{0}}) {
      for (const int threads : {1, 2, 4}) {
        for (const int64_t batch_size : {65536, 7, 1}) {
          ResolveInput input = project.Input();
          input.execution.memory_limit = memory_limit;
          input.execution.threads = threads;
          input.execution.batch_size = batch_size;
          input.execution.scan_batch_size = batch_size;
          input.execution.spill_directory = spill.path().string();
          const auto lazy = Get(Resolve(std::move(input)));
          Increment increment = Get(lazy->Collect());
          ASSERT_EQ(lazy->counts().new_samples, increment.new_samples->num_rows());
          if (!first) {
            std::vector<std::string> columns = project.ExpectedColumns();
            std::vector<std::string> with_provenance = columns;
            with_provenance.push_back("metaxy_provenance");
            if (!expected.expected.empty()) {
              ASSERT_EQ(Rows(*increment.new_samples, with_provenance),
                        TextsOf(expected.new_samples, columns));
              ASSERT_EQ(Rows(*increment.stale, with_provenance), TextsOf(expected.stale, columns));
            }
            ASSERT_EQ(Rows(*increment.orphaned, project.CurrentColumns()),
                      TextsOf(expected.orphaned, project.CurrentColumns()));
            first = std::move(increment);
          } else {
            ASSERT_TRUE(Same(*first, increment))
                << memory_limit << " bytes, " << threads << " threads, batches of " << batch_size;
          }
        }
      }
    }
  }
}

std::string KindName(const ::testing::TestParamInfo<size_t>& info) {
  std::string name = Kinds()[info.param].name;
  std::erase(name, ',');
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, ResolvePropertyTest, ::testing::Range(size_t{0}, Kinds().size()),
                         KindName);

}  // namespace
}  // namespace metaxy::testing
