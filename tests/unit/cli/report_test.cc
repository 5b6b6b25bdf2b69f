// The parts of a report: pictures, rows over time, templates
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output/filled_template.h"
#include "cli/report/pictures.h"
#include "cli/report/table_history.h"
#include "support/temp_dir.h"

namespace metaxy::testing {
namespace {

using namespace std::string_literals;
using cli::Filled;
using cli::PictureBox;
using ::testing::Optional;
using ::testing::StartsWith;

const std::string kPng = "\x89PNG\r\n\x1a\n....";
// A JPEG with a thumbnail of eight bytes in its Exif segment.
const std::string kThumbnail = "\xff\xd8\xff\xdb\x01\x02\xff\xd9"s;
const std::string kPhoto =
    "\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xe1\x00\x12"
    "Exif\x00\x00"
    "II"s +
    kThumbnail + "\xff\xda\x00\x02"s + std::string(100, 'x') + "\xff\xd9"s;

TEST(PictureType, IsKnownByTheFirstBytes) {
  EXPECT_THAT(cli::PictureType(kPhoto), Optional("image/jpeg"s));
  EXPECT_THAT(cli::PictureType(kPng), Optional("image/png"s));
  EXPECT_THAT(cli::PictureType("GIF89a..."), Optional("image/gif"s));
  EXPECT_THAT(cli::PictureType("RIFF....WEBPVP8 "), Optional("image/webp"s));
  for (const char* other : {"", "RIFF", "RIFF....WAVEfmt ", "<svg", "\x89PN", "GIF"})
    EXPECT_EQ(cli::PictureType(other), std::nullopt) << other;
}

TEST(EmbeddedThumbnail, IsFoundInTheExifSegment) {
  EXPECT_EQ(cli::EmbeddedThumbnail(kPhoto), kThumbnail);
  for (size_t size = 0; size + 1 < kPhoto.size(); ++size)  // whatever is cut off
    cli::EmbeddedThumbnail(std::string_view(kPhoto).substr(0, size));
  EXPECT_EQ(cli::EmbeddedThumbnail("\xff\xd8\xff\xe1\x00\x00"s), "");
  EXPECT_EQ(cli::EmbeddedThumbnail("\xff\xd8\xff\xe1\x00\x08"
                                   "Exif\x00\x00"s),
            "");
  EXPECT_EQ(cli::EmbeddedThumbnail(kPng), "");
}

TEST(PictureBoxTest, TakesSmallPicturesAndThumbnailsOfLargeOnes) {
  PictureBox box({}, {.picture = 64, .all = 1000});
  EXPECT_THAT(box.FromBytes(kPng), Optional("data:image/png;base64,iVBORw0KGgouLi4u"s));
  EXPECT_THAT(box.FromBytes(kPhoto), Optional("data:image/jpeg;base64,/9j/2wEC/9k="s));
  EXPECT_THAT(box.FromBytes(kPng + std::string(100, 'x')), Optional(""s));
  EXPECT_EQ(box.FromBytes("no picture"), std::nullopt);
  EXPECT_EQ(box.pictures(), 2);
}

TEST(PictureBoxTest, EndsWhereThePageWouldBecomeTooLarge) {
  PictureBox box({}, {.picture = 64, .all = 30});
  EXPECT_NE(box.FromBytes(kPng)->size(), 0U);
  EXPECT_NE(box.FromBytes(kPng)->size(), 0U);
  EXPECT_THAT(box.FromBytes(kPng), Optional(""s));
  EXPECT_EQ(PictureBox({}, {.all = 0}).FromBytes(kPng), std::nullopt);
}

TEST(PictureBoxTest, ReadsPicturesAndNothingElse) {
  const TempDir folder;
  folder.Write("a.PNG", kPng);
  folder.Write("a.txt", kPng);
  folder.Write("secret.png", "root:x:0:0");
  folder.Write("sub/b.png", kPng);
  PictureBox box({"nowhere", folder.path(), folder.path() / "sub"}, {});
  EXPECT_THAT(box.FromPath("a.PNG"), Optional(StartsWith("data:image/png")));
  EXPECT_THAT(box.FromPath("b.png"), Optional(StartsWith("data:image/png")));
  EXPECT_THAT(box.FromPath((folder.path() / "a.PNG").string()), Optional(StartsWith("data:")));
  for (const std::string& other : {"a.txt"s, "secret.png"s, "c.png"s, ""s, "a.PNG\0.png"s, "."s})
    EXPECT_EQ(box.FromPath(other), std::nullopt) << other;
}

TEST(RowsOverTime, HaveEqualStepsThatPeopleKnow) {
  struct Case {
    std::vector<int64_t> seconds;
    int64_t start;
    int64_t step;
    std::vector<int64_t> counts;
  };
  constexpr int64_t kDay = 86400;
  const Case cases[] = {
      {{600, 659, 720}, 600, 60, {2, 0, 1}},
      {{600, 600 + 240}, 600, 600, {2}},  // within ten minutes
      {{0, 3 * 3600 - 1}, 0, 3600, {1, 0, 1}},
      {{-1, 0}, -60, 60, {1, 1}},  // before 1970
      {{0, 3 * kDay}, 0, kDay, {1, 0, 0, 1}},
      {{0, 100000 * kDay}, 0, 364 * kDay * 128, {1, 0, 1}},
  };
  for (const Case& known : cases) {
    cli::RowsOverTime rows;
    for (const int64_t seconds : known.seconds) rows.Add(seconds * 1'000'000);
    const Json json = rows.ToJson(/*most=*/4);
    EXPECT_EQ(*json.Find("start"), Json(known.start));
    EXPECT_EQ(*json.Find("step"), Json(known.step));
    EXPECT_EQ(*json.Find("counts"), Json(Json::Array(known.counts.begin(), known.counts.end())));
  }
  EXPECT_TRUE(cli::RowsOverTime().ToJson(4).is_null());
}

TEST(Filled, ReplacesNamesOnce) {
  EXPECT_EQ(Filled("a %X% b %Y%", {{"X", "%Y%"}, {"Y", "y"}}), "a %Y% b y");
  EXPECT_EQ(Filled("50 % of %X%", {{"X", "x"}}), "50 % of x");
  EXPECT_EQ(Filled("%Z% % %%", {{"X", "x"}}), "%Z% % %%");
  EXPECT_EQ(Filled("", {}), "");
}

}  // namespace
}  // namespace metaxy::testing
