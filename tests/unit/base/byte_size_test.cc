// Byte size syntax.
#include "base/byte_size.h"

#include <limits>

#include "support/matchers.h"

namespace metaxy::testing {
namespace {

using internal::FormatBytes;
using internal::ParseByteSize;

TEST(ByteSizeTest, ReadsUnits) {
  const std::vector<std::pair<const char*, int64_t>> cases = {
      {"0", 0},
      {"1000000", 1000000},
      {"512MiB", 512 << 20},
      {"512 mib", 512 << 20},
      {"1.5GiB", 3 << 29},
      {"2GB", 2000000000},
      {"7b", 7},
      {"1KiB", 1024},
      {"1kb", 1000},
      {"3TiB", int64_t{3} << 40},
  };
  for (const auto& [text, bytes] : cases) EXPECT_EQ(Get(ParseByteSize(text)), bytes) << text;
}

TEST(ByteSizeTest, RefusesInvalidSizes) {
  for (const char* text :
       {"", "GiB", "-1GiB", "2 gigs", "2G", "1e9", "nan", "inf", "99999999TiB", "1 2", "0x10"}) {
    EXPECT_THAT(
        ParseByteSize(text),
        FailsWith(ErrorCode::kInvalidInput,
                  "is not a valid size; write a number with a unit, such as 512MiB or 2GiB"))
        << text;
  }
}

TEST(ByteSizeTest, Writes) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(4000), "3.9 KiB");
  EXPECT_EQ(FormatBytes(int64_t{256} << 20), "256.0 MiB");
  EXPECT_EQ(FormatBytes(std::numeric_limits<int64_t>::max()), "8388608.0 TiB");
}

}  // namespace
}  // namespace metaxy::testing
