#include "camera_roll.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "exif.h"
#include "files.h"
#include "picture.h"

namespace overview {
namespace fs = std::filesystem;
namespace {

// A JPEG file with both a picture and an EXIF block; Invalid if the file has no picture.
arrow::Result<std::string> WholePhoto(std::string file) {
  if (Picture::FromJpeg(file).ok()) return file;
  const std::string preview = ExifPreview(file);
  ARROW_RETURN_NOT_OK(Picture::FromJpeg(preview));
  ARROW_ASSIGN_OR_RAISE(std::string block, ExifWithoutPreview(file));
  return ReplaceExif(preview, block);
}

// "2004-01-11-22-45-15-sep-2004-01-11-22-45-15a.jpg", the name of a goexif sample, contains
// everything twice.
std::string ShortName(const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.substr(0, stem.find("-sep-")) + ".jpg";
}

// Hills in front of an evening sky; every seed gives a different landscape.
arrow::Result<Picture> DrawLandscape(int seed) {
  constexpr int kWidth = 320;
  constexpr int kHeight = 240;
  ARROW_ASSIGN_OR_RAISE(Picture picture, Picture::Make(kWidth, kHeight));
  for (int x = 0; x < kWidth; ++x) {
    const double far_hills =
        140 + 20 * std::sin(x * 0.02 + seed) + 9 * std::sin(x * 0.05 * (1 + seed % 3));
    const double near_hills = 180 + 25 * std::sin(x * 0.013 + 2.0 * seed);
    for (int y = 0; y < kHeight; ++y) {
      const int shade = (seed * 23) % 80;
      int colour = ((90 + shade + y / 3) << 16) | ((110 + y / 3) << 8) | (200 - y / 2);
      if (y > far_hills) colour = (60 << 16) | ((90 + shade) << 8) | 80;
      if (y > near_hills) colour = (40 << 16) | ((60 + shade / 2) << 8) | 30;
      picture.set_pixel(x, y, colour);
    }
  }
  return picture;
}

}  // namespace

arrow::Result<int> ImportPhotos(const fs::path& from, const fs::path& to) {
  ARROW_ASSIGN_OR_RAISE(std::vector<fs::path> files, ListPictures(from));
  int count = 0;
  for (const fs::path& file : files) {
    ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFile(file));
    auto photo = WholePhoto(std::move(bytes));
    if (!photo.ok()) continue;
    ARROW_RETURN_NOT_OK(WriteFile(to / ShortName(file), *photo));
    ++count;
  }
  return count;
}

arrow::Status GeneratePhotos(int count, const fs::path& to) {
  // The last one pads its field with spaces, as real cameras do.
  const std::array<std::string, 3> cameras = {"Pinhole One", "Obscura 35", "Lucida X      "};
  for (int i = 0; i < count; ++i) {
    std::array<char, 32> date{};
    std::snprintf(date.data(), date.size(), "20%02d-%02d-%02d 18:%02d:00", 10 + i % 10, 1 + i % 12,
                  1 + i % 28, i % 60);
    ARROW_ASSIGN_OR_RAISE(Picture picture, DrawLandscape(i));
    ARROW_ASSIGN_OR_RAISE(std::string jpeg, picture.ToJpeg());
    ARROW_ASSIGN_OR_RAISE(std::string block,
                          MakeExif(cameras[static_cast<size_t>(i) % cameras.size()], date.data()));
    ARROW_ASSIGN_OR_RAISE(std::string photo, ReplaceExif(jpeg, block));
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "landscape-%02d.jpg", i + 1);
    ARROW_RETURN_NOT_OK(WriteFile(to / name.data(), photo));
  }
  return arrow::Status::OK();
}

arrow::Status Touch(const fs::path& photo) {
  std::error_code error;
  fs::last_write_time(photo, fs::file_time_type::clock::now(), error);
  if (error) return arrow::Status::IOError("cannot touch ", photo.string(), ": ", error.message());
  return arrow::Status::OK();
}

arrow::Status Retouch(const fs::path& photo) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFile(photo));
  ARROW_ASSIGN_OR_RAISE(Picture picture, Picture::FromJpeg(bytes));
  ARROW_ASSIGN_OR_RAISE(Picture brighter, picture.Brightened(40));
  ARROW_ASSIGN_OR_RAISE(std::string jpeg, brighter.ToJpeg());
  ARROW_ASSIGN_OR_RAISE(std::string retouched, ReplaceExif(jpeg, ReadExif(bytes, false).block));
  return WriteFile(photo, retouched);
}

arrow::Status CorrectDate(const fs::path& photo, const std::string& taken_at) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFile(photo));
  ARROW_ASSIGN_OR_RAISE(std::string block, ExifWithDate(bytes, taken_at));
  ARROW_ASSIGN_OR_RAISE(std::string corrected, ReplaceExif(bytes, block));
  return WriteFile(photo, corrected);
}

}  // namespace overview
