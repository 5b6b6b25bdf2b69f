// Time zone offsets, compared with Python's zoneinfo.
#include "cli/output/zone_offset.h"

#include <gtest/gtest.h>

#include "cli/output/civil_time.h"

namespace metaxy::cli {
namespace {

int64_t At(int64_t year, int month, int day, int64_t hour = 12, int64_t second = 0) {
  return DayOfDate({year, month, day}) * 86400 + hour * 3600 + second;
}

struct Case {
  const char* zone;
  int64_t utc;
  int64_t offset;
};

TEST(ZoneOffsetTest, KnowsOffsetsOfAllTimes) {
  const Case cases[] = {
      {"UTC", At(2024, 7, 1), 0},
      {"utc", 0, 0},
      {"Z", 0, 0},
      {"+05:30", 0, 19800},
      {"-0930", 0, -34200},
      {"+14", 0, 50400},
      {"Europe/Berlin", At(2024, 1, 1), 3600},
      {"Europe/Berlin", At(2024, 3, 31, 1, -1), 3600},
      {"Europe/Berlin", At(2024, 3, 31, 1), 7200},
      {"Europe/Berlin", At(2024, 10, 27, 1, -1), 7200},
      {"Europe/Berlin", At(2024, 10, 27, 1), 3600},
      {"Europe/Berlin", At(1880, 1, 1), 3208},
      // Arrow's own reader of the system's database has no daylight saving time after 2037.
      {"Europe/Berlin", At(2050, 3, 27, 1, -1), 3600},
      {"Europe/Berlin", At(2050, 3, 27, 1), 7200},
      {"America/New_York", At(2024, 7, 1), -14400},
      {"America/New_York", At(2090, 1, 1), -18000},
      {"America/New_York", At(2090, 7, 1), -14400},
      {"America/St_Johns", At(2060, 7, 1), -9000},
      // Summer spans the turn of the year.
      {"Australia/Sydney", At(2050, 1, 1), 39600},
      {"Australia/Sydney", At(2050, 7, 1), 36000},
      {"Australia/Lord_Howe", At(2050, 7, 1), 37800},
      {"Australia/Lord_Howe", At(2050, 1, 1), 39600},
      {"America/Sao_Paulo", At(2050, 1, 1), -10800},
      {"Europe/Dublin", At(2050, 1, 1), 0},
      {"Europe/Dublin", At(2050, 7, 1), 3600},
      {"Asia/Kathmandu", At(2050, 1, 1), 20700},
      // Dates for which no rules exist yet.
      {"Europe/Berlin", At(60000, 7, 1), 3600},
      {"Europe/Berlin", At(-60000, 7, 1), 3208},
  };
  for (const Case& test : cases) {
    const ZoneOffset* zone = ZoneOffset::Find(test.zone);
    ASSERT_NE(zone, nullptr) << test.zone;
    EXPECT_EQ(zone->At(test.utc), test.offset) << test.zone << " at " << test.utc;
  }
}

TEST(ZoneOffsetTest, DoesNotKnowOthers) {
  for (const char* name : {"Mars/Base", "", "+25:00", "+01:60", "+1", "+01:00:00", "Europe",
                           "../../etc/passwd", "+aa:bb"})
    EXPECT_EQ(ZoneOffset::Find(name), nullptr) << name;
}

TEST(CivilTimeTest, DaysAndDatesAreEachOthersInverse) {
  for (const int64_t day : {int64_t{0}, int64_t{-1}, int64_t{59}, int64_t{11016}, int64_t{-719468},
                            int64_t{-719529}, int64_t{1} << 40, -(int64_t{1} << 40)}) {
    const CivilDate date = DateOfDay(day);
    EXPECT_EQ(DayOfDate(date), day) << date.year << "-" << date.month << "-" << date.day;
  }
  const CivilDate leap = DateOfDay(11016);
  EXPECT_EQ(leap.year, 2000);
  EXPECT_EQ(leap.month, 2);
  EXPECT_EQ(leap.day, 29);
}

}  // namespace
}  // namespace metaxy::cli
