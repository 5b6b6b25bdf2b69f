// Casts of times, timestamps and dates, which are exact or refused.
#include "columns/exact_cast.h"

#include <arrow/compute/initialize.h>
#include <arrow/json/from_string.h>
#include <arrow/scalar.h>

#include "columns/stored_types.h"
#include "support/matchers.h"

namespace metaxy::testing {
namespace {

using Type = std::shared_ptr<arrow::DataType>;
using arrow::TimeUnit;

std::shared_ptr<arrow::Array> Array(const Type& type, const std::string& json) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  return Get(arrow::json::ArrayFromJSONString(type, json));
}

const Type kLocal = arrow::timestamp(TimeUnit::MICRO);
const Type kLocalMillis = arrow::timestamp(TimeUnit::MILLI);
const Type kUtc = arrow::timestamp(TimeUnit::MICRO, "UTC");
const Type kUtcMillis = arrow::timestamp(TimeUnit::MILLI, "UTC");
const Type kNewYork = arrow::timestamp(TimeUnit::MICRO, "America/New_York");
const Type kKathmandu = arrow::timestamp(TimeUnit::NANO, "Asia/Kathmandu");

struct Case {
  Type from;
  std::string value;
  Type to;
  std::string same_as;  // in the type `to`
};

TEST(ExactCastTest, TimestampsStayTheSameTimestamps) {
  const std::vector<Case> cases = {
      {kUtc, "1714557600250000", kNewYork, "1714557600250000"},
      {kNewYork, "1714557600250000", kUtcMillis, "1714557600250"},
      {kUtcMillis, "-1", kKathmandu, "-1000000"},
      {kKathmandu, "-1000", kUtc, "-1"},
      {kLocal, "1714557600250000", kLocalMillis, "1714557600250"},
      {kLocalMillis, "1714557600250", kLocal, "1714557600250000"},
      {arrow::date32(), "19844", kLocal, "1714521600000000"},
      {kLocal, "1714521600000000", arrow::date32(), "19844"},
      {arrow::utf8(), "\"2024-05-01 10:00:00.25\"", kLocal, "1714557600250000"},
      {arrow::utf8(), "\"2024-05-01T10:00:00.25Z\"", kUtc, "1714557600250000"},
      {arrow::utf8(), "\"2024-05-01T15:45:00.25+05:45\"", kNewYork, "1714557600250000"},
      {arrow::utf8(), "\"2024-05-01\"", arrow::date32(), "19844"},
      {arrow::time32(TimeUnit::MILLI), "36000250", arrow::time64(TimeUnit::NANO), "36000250000000"},
      {arrow::time64(TimeUnit::NANO), "36000250000000", arrow::time32(TimeUnit::MILLI), "36000250"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.from->ToString() + " " + c.value + " as " + c.to->ToString());
    const auto cast = internal::CastColumn(Array(c.from, "[" + c.value + "]"), c.to, "t");
    ASSERT_THAT(cast, IsOk());
    EXPECT_TRUE((*cast)->Equals(*Array(c.to, "[" + c.same_as + "]"))) << (*cast)->ToString();
  }
}

TEST(ExactCastTest, WhatWouldChangeIsRefused) {
  struct Refused {
    Type from;
    std::string value;
    Type to;
    ErrorCode code;
    std::string words;
  };
  const std::vector<Refused> cases = {
      {kLocal, "0", kUtc, ErrorCode::kMetadataSchema, "add the time zone to the values first"},
      {kLocal, "0", kNewYork, ErrorCode::kMetadataSchema, "without a time zone"},
      {kUtc, "0", kLocal, ErrorCode::kMetadataSchema, "convert the timestamps to local times"},
      {kNewYork, "0", kLocalMillis, ErrorCode::kMetadataSchema, "without a time zone"},
      {kUtc, "0", arrow::date32(), ErrorCode::kMetadataSchema, "a date without a time zone"},
      {arrow::date32(), "0", kUtc, ErrorCode::kMetadataSchema, "a date without a time zone"},
      {kUtc, "0", arrow::time64(TimeUnit::NANO), ErrorCode::kMetadataSchema,
       "a time without a time zone"},
      {kLocal, "1", kLocalMillis, ErrorCode::kLossyCast, "does not fit"},
      {kLocal, "1", arrow::date32(), ErrorCode::kLossyCast, "does not fit"},
      {kUtcMillis, "253402300800000", kKathmandu, ErrorCode::kLossyCast, "does not fit"},
      {arrow::utf8(), "\"2024-05-01 10:00:00\"", kUtc, ErrorCode::kLossyCast, "zone offset"},
      {arrow::utf8(), "\"2024-05-01 10:00:00Z\"", kLocal, ErrorCode::kLossyCast, "no zone offset"},
      {arrow::utf8(), "\"2024-05-01 10:00:00.0001\"", kLocalMillis, ErrorCode::kLossyCast,
       "does not fit"},
      {arrow::binary(), "\"\\u0000\"", kUtc, ErrorCode::kMetadataSchema, "cannot be stored as"},
      {arrow::list(arrow::int32()), "[1]", arrow::large_utf8(), ErrorCode::kMetadataSchema,
       "cannot be stored as"},
      {arrow::time64(TimeUnit::NANO), "-1", arrow::large_utf8(), ErrorCode::kLossyCast,
       "-1 is not a time within one day"},
      {arrow::timestamp(TimeUnit::MICRO, "Mars/Base"), "0", arrow::large_utf8(),
       ErrorCode::kMetadataSchema, "the time zone 'Mars/Base' is not known"},
  };
  for (const Refused& c : cases) {
    SCOPED_TRACE(c.from->ToString() + " " + c.value + " as " + c.to->ToString());
    EXPECT_THAT(internal::CastColumn(Array(c.from, "[" + c.value + "]"), c.to, "t"),
                FailsWith(c.code, c.words));
  }
}

TEST(StoredTypesTest, AreWhatPolarsMakesOfThem) {
  const std::vector<std::pair<Type, Type>> cases = {
      {arrow::timestamp(TimeUnit::SECOND), kLocalMillis},
      {arrow::timestamp(TimeUnit::SECOND, "+00:00"), kUtcMillis},
      {arrow::timestamp(TimeUnit::MICRO, "-08:00"), arrow::timestamp(TimeUnit::MICRO, "Etc/GMT+8")},
      {kKathmandu, kKathmandu},
      {arrow::date64(), kLocalMillis},
      {arrow::duration(TimeUnit::SECOND), arrow::duration(TimeUnit::MILLI)},
      {arrow::time32(TimeUnit::SECOND), arrow::time64(TimeUnit::NANO)},
      {arrow::time64(TimeUnit::MICRO), arrow::time64(TimeUnit::NANO)},
      {arrow::decimal32(5, 2), arrow::decimal128(5, 2)},
      {arrow::decimal64(15, 4), arrow::decimal128(15, 4)},
      {arrow::float16(), arrow::float16()},
  };
  for (const auto& [given, stored] : cases) {
    EXPECT_TRUE(internal::StoredType(given)->Equals(*stored))
        << given->ToString() << " is stored as " << internal::StoredType(given)->ToString();
    const auto list = internal::StoredType(arrow::list(given));
    EXPECT_TRUE(list->field(0)->type()->Equals(*stored)) << list->ToString();
  }
}

TEST(StoredTypesTest, RefusesZonesThatTheReferenceCannotRead) {
  const auto zone = arrow::timestamp(TimeUnit::MICRO, "+05:30");
  const std::vector<Type> cases = {zone, arrow::list(zone),
                                   arrow::struct_({arrow::field("x", zone)}),
                                   arrow::dictionary(arrow::int8(), zone)};
  for (const Type& type : cases) {
    const auto schema = arrow::schema({arrow::field("t", type)});
    const auto rows = Get(arrow::RecordBatch::MakeEmpty(schema));
    EXPECT_THAT(internal::WithStoredTypes(rows),
                FailsWith(ErrorCode::kMetadataSchema, "does not know the time zone '+05:30'"));
  }
}

}  // namespace
}  // namespace metaxy::testing
