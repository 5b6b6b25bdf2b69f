// Narrow scans: no column is read that is not needed for the comparison.
#include "versioning/scan/scan_columns.h"

#include <arrow/api.h>
#include <gmock/gmock.h>

#include "metaxy/system_columns.h"
#include "support/matchers.h"
#include "versioning/scan/memory_table.h"

namespace metaxy::testing {
namespace {

namespace cp = arrow::compute;

TEST(ScanColumnsTest, ColumnsAreReadAtOnceUnlessAFilterIsExpectedToKeepFewRows) {
  const auto schema =
      arrow::schema({arrow::field("id", arrow::utf8()), arrow::field("size", arrow::int64()),
                     arrow::field(std::string(kFeatureVersion), arrow::utf8())});
  const auto table = Get(internal::MemoryTable::Make(Get(arrow::Table::MakeEmpty(schema))));
  const auto by_id = cp::equal(cp::field_ref("id"), cp::literal("a"));
  const auto by_size = cp::greater(cp::field_ref("size"), cp::literal(7));
  const struct {
    std::optional<std::string> version;
    std::vector<cp::Expression> filters;
    bool pushed;
    bool eager;
  } cases[] = {
      {std::nullopt, {}, false, true},      {"v", {}, true, true},
      {"v", {by_size}, true, true},         {"v", {by_id}, true, false},
      {std::nullopt, {by_id}, true, false}, {std::nullopt, {by_size}, false, true},
  };
  for (const auto& each : cases) {
    const auto scan = Get(internal::NarrowScan({.table = table,
                                                .id_columns = {"id"},
                                                .feature_version = each.version,
                                                .filters = each.filters}));
    EXPECT_EQ(!scan.filters.empty(), each.pushed) << each.filters.size();
    EXPECT_EQ(scan.eager, each.eager) << each.version.value_or("all") << each.filters.size();
  }
}

}  // namespace
}  // namespace metaxy::testing
