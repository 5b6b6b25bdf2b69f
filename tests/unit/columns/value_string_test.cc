// String form of values, compared with the reference: goldens/value_texts.arrow.
#include "columns/value_string.h"

#include <arrow/array/array_binary.h>
#include <arrow/compute/initialize.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/util/key_value_metadata.h>

#include <set>
#include <sstream>

#include "base/sha256.h"
#include "columns/exact_cast.h"
#include "support/matchers.h"
#include "test_paths.h"
#include "versioning/hash/row_hash.h"

namespace metaxy::testing {
namespace {

using internal::StringForm;
using internal::TimeZone;
using internal::ValueStrings;

std::shared_ptr<arrow::RecordBatch> ReadGolden(const std::string& name) {
  EXPECT_THAT(arrow::compute::Initialize(), IsOk());
  const auto file =
      Get(arrow::io::ReadableFile::Open(SourceDir() + "/tests/reference/recorded/goldens/" + name));
  return Get(Get(arrow::ipc::RecordBatchFileReader::Open(file))->ReadRecordBatch(0));
}

const arrow::LargeStringArray& TextColumn(const arrow::RecordBatch& batch,
                                          const std::string& name) {
  return static_cast<const arrow::LargeStringArray&>(*batch.GetColumnByName(name));
}

// Values whose string form in the reference is ambiguous.
const std::set<std::string> kRefusedHere = {
    "list|stored",
    "list of texts|stored",
    "large_list|stored",
    "struct of floats|version",
    "struct of moments|version",
    "struct of lists|version",
};

// The string form of one value alone.
std::string TextOf(const arrow::Array& values, int64_t row, StringForm form) {
  const auto texts = ValueStrings(values.Slice(row, 1), form);
  // Some types have no string form even for nulls.
  if (!texts.ok()) return values.IsNull(row) ? "null" : "refused";
  return (*texts)->IsNull(0) ? "null" : "text " + std::string((*texts)->GetView(0));
}

std::string Expected(const arrow::Array& values, const arrow::LargeStringArray& texts,
                     int64_t row) {
  if (texts.IsValid(row)) return "text " + std::string(texts.GetView(row));
  return values.IsNull(row) ? "null" : "refused";
}

TEST(ValueTextTest, IsTheReferencesForValuesOfEveryType) {
  const auto golden = ReadGolden("value_texts.arrow");
  int compared = 0;
  std::set<std::string> refused;
  for (const auto& field : golden->schema()->fields()) {
    if (field->name().find('|') != std::string::npos) continue;
    const auto values = golden->GetColumnByName(field->name());
    for (const auto& [suffix, form] :
         {std::pair{"|version", StringForm::kVersion}, std::pair{"|stored", StringForm::kStored}}) {
      const std::string name = field->name() + suffix;
      const auto& texts = TextColumn(*golden, name);
      for (int64_t row = 0; row < values->length(); ++row) {
        const std::string text = TextOf(*values, row, form);
        if (kRefusedHere.contains(name) && texts.IsValid(row)) {
          EXPECT_EQ(text, "refused") << name << " row " << row;
          refused.insert(name);
        } else {
          EXPECT_EQ(text, Expected(*values, texts, row)) << name << " row " << row;
          ++compared;
        }
      }
    }
  }
  EXPECT_EQ(refused, kRefusedHere);
  EXPECT_GT(compared, 5000);
}

TEST(ValueTextTest, AllValuesAtOnceHaveTheSameStrings) {
  const auto golden = ReadGolden("value_texts.arrow");
  for (const auto& field : golden->schema()->fields()) {
    if (field->name().find('|') != std::string::npos) continue;
    const auto& expected = TextColumn(*golden, field->name() + "|version");
    const auto values = golden->GetColumnByName(field->name());
    // From the first supported value to the last one before a gap.
    int64_t begin = 0;
    while (begin < values->length() && expected.IsNull(begin)) ++begin;
    int64_t end = begin;
    while (end < values->length() && Expected(*values, expected, end) != "refused") ++end;
    if (begin == end || kRefusedHere.contains(field->name() + "|version")) continue;
    const auto texts = ValueStrings(values->Slice(begin, end - begin), StringForm::kVersion);
    ASSERT_THAT(texts, IsOk()) << field->name();
    EXPECT_TRUE((*texts)->Equals(*expected.Slice(begin, end - begin))) << field->name();
  }
}

TEST(ValueTextTest, HashesAreTheReferences) {
  const auto golden = ReadGolden("value_texts.arrow");
  const auto hasher = Get(internal::RowHasher::Make(HashAlgorithm::kXxhash64, 64));
  char hash[internal::RowHasher::kMaxText];
  for (const auto& field : golden->schema()->fields()) {
    if (!field->name().ends_with("|hash")) continue;
    const std::string name = field->name().substr(0, field->name().size() - 5);
    if (kRefusedHere.contains(name + "|version")) continue;
    const auto values = golden->GetColumnByName(name);
    const auto& hashes = TextColumn(*golden, field->name());
    for (int64_t row = 0; row < values->length(); ++row) {
      if (hashes.IsNull(row)) continue;
      const auto texts = Get(ValueStrings(values->Slice(row, 1), StringForm::kVersion));
      EXPECT_EQ(std::string_view(hash, hasher.Hash(texts->GetView(0), hash)), hashes.GetView(row))
          << name << " row " << row;
    }
  }
}

// The same as zones() of capture_value_texts.py.
std::vector<int64_t> RandomTimestamps() {
  std::vector<int64_t> seconds;
  uint64_t state = 1;
  for (int i = 0; i < 400; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    seconds.push_back(static_cast<int64_t>((state >> 11) % 10'000'000'000) - 5'000'000'000);
  }
  return seconds;
}

TEST(ValueTextTest, EveryZoneHasTheReferencesOffsets) {
  const auto golden = ReadGolden("value_texts.arrow");
  std::istringstream zones(Get(golden->schema()->metadata()->Get("zones")));
  const std::vector<int64_t> timestamps = RandomTimestamps();
  int compared = 0;
  for (std::string name, hash; zones >> name >> hash; ++compared) {
    const auto zone = TimeZone::Find(name);
    ASSERT_TRUE(zone) << name;
    std::string texts;
    for (const int64_t second : timestamps) {
      if (!texts.empty()) texts += '|';
      texts += *internal::TimestampString(second * 1000, arrow::TimeUnit::MILLI, &*zone,
                                          StringForm::kVersion);
    }
    EXPECT_EQ(Sha256().Update(texts).Finish(), hash) << name;
  }
  EXPECT_GT(compared, 590);
}

TEST(ValueTextTest, ZonesAreCalledWhatTheReferenceCallsThem) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"UTC", "UTC"},
                                                                  {"utc", "UTC"},
                                                                  {"+00:00", "UTC"},
                                                                  {"-00:00", "Etc/GMT+0"},
                                                                  {"+0000", "Etc/GMT-0"},
                                                                  {"-08:00", "Etc/GMT+8"},
                                                                  {"14:00", "Etc/GMT-14"},
                                                                  {"Etc/UTC", "Etc/UTC"},
                                                                  {"US/Eastern", "US/Eastern"},
                                                                  {"+15:00", ""},
                                                                  {"-13:00", ""},
                                                                  {"+05:30", ""},
                                                                  {"Z", ""},
                                                                  {"Utc", ""},
                                                                  {"america/new_york", ""},
                                                                  {"", ""},
                                                                  {"America", ""},
                                                                  {"America/New_York ", ""},
                                                                  {"+1:00", ""},
                                                                  {"+01", ""},
                                                                  {"\t0", ""}};
  for (const auto& [name, stored] : cases) {
    const auto zone = TimeZone::Find(name);
    EXPECT_EQ(zone ? zone->name() : "", stored) << name;
  }
}

std::string Conversion(const arrow::Array& values, int64_t row,
                       const std::shared_ptr<arrow::DataType>& type) {
  const auto cast = internal::CastColumn(values.Slice(row, 1), type, "t");
  return cast.ok() ? Get((*cast)->GetScalar(0))->ToString() : "refused";
}

// What is converted here is converted to the same by the reference, or refused.
TEST(ValueConversionTest, IsTheReferencesOrRefused) {
  const auto golden = ReadGolden("value_conversions.arrow");
  int same = 0;
  int refused = 0;
  for (const auto& field : golden->schema()->fields()) {
    const size_t bar = field->name().find('|');
    if (bar == std::string::npos) continue;
    const auto values = golden->GetColumnByName(field->name().substr(0, bar));
    const auto expected = golden->GetColumnByName(field->name());
    for (int64_t row = 0; row < values->length(); ++row) {
      if (expected->IsNull(row)) continue;
      const std::string found = Conversion(*values, row, field->type());
      (found == "refused" ? refused : same) += 1;
      if (found != "refused") {
        EXPECT_EQ(found, Get(expected->GetScalar(row))->ToString())
            << field->name() << " row " << row;
      }
    }
  }
  EXPECT_GT(same, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace metaxy::testing
