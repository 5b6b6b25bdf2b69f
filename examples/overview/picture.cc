#include "picture.h"

#include <gd.h>

#include <algorithm>
#include <cstdarg>

#include "content_hash.h"
#include "files.h"

namespace overview {
namespace {

// libgd prints messages about damaged files to stderr by itself; here the status reports them.
void Silence(int /*priority*/, const char* /*format*/, va_list /*arguments*/) {}

constexpr int kJpegQuality = 90;

struct FreeBuffer {
  void operator()(void* buffer) const { gdFree(buffer); }
};

}  // namespace

void Picture::Free::operator()(gdImageStruct* image) const { gdImageDestroy(image); }

arrow::Result<Picture> Picture::Make(int width, int height) {
  gdImagePtr image = gdImageCreateTrueColor(width, height);
  if (image == nullptr) {
    return arrow::Status::OutOfMemory("cannot make a picture of ", width, " x ", height, " pixels");
  }
  return Picture(image);
}

arrow::Result<Picture> Picture::FromJpeg(std::string_view bytes) {
  gdSetErrorMethod(Silence);
  // libgd reads through a pointer to non-const, but does not write.
  gdImagePtr image =
      gdImageCreateFromJpegPtr(static_cast<int>(bytes.size()), const_cast<char*>(bytes.data()));
  if (image == nullptr) return arrow::Status::Invalid("not a JPEG picture that can be read");
  return Picture(image);
}

arrow::Result<Picture> Picture::Load(const std::filesystem::path& file) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadFile(file));
  auto picture = FromJpeg(bytes);
  if (picture.ok()) return picture;
  return picture.status().WithMessage(file.string(), ": ", picture.status().message());
}

int Picture::width() const { return gdImageSX(image_.get()); }
int Picture::height() const { return gdImageSY(image_.get()); }

int Picture::pixel(int x, int y) const {
  return gdImageTrueColorPixel(image_.get(), x, y) & 0xFFFFFF;
}

void Picture::set_pixel(int x, int y, int colour) { gdImageSetPixel(image_.get(), x, y, colour); }

arrow::Result<Picture> Picture::ScaledToFit(int edge) const {
  const double scale = std::min(1.0, static_cast<double>(edge) / std::max(width(), height()));
  ARROW_ASSIGN_OR_RAISE(Picture scaled, Make(std::max(1, static_cast<int>(width() * scale)),
                                             std::max(1, static_cast<int>(height() * scale))));
  gdImageCopyResampled(scaled.image_.get(), image_.get(), 0, 0, 0, 0, scaled.width(),
                       scaled.height(), width(), height());
  return scaled;
}

arrow::Result<Picture> Picture::Brightened(int amount) const {
  ARROW_ASSIGN_OR_RAISE(Picture result, Make(width(), height()));
  const auto brighter = [amount](int channel) { return std::min(255, channel + amount); };
  for (int y = 0; y < height(); ++y) {
    for (int x = 0; x < width(); ++x) {
      const int colour = pixel(x, y);
      result.set_pixel(
          x, y,
          gdTrueColor(brighter(gdTrueColorGetRed(colour)), brighter(gdTrueColorGetGreen(colour)),
                      brighter(gdTrueColorGetBlue(colour))));
    }
  }
  return result;
}

arrow::Result<std::string> Picture::ToJpeg() const {
  int size = 0;
  std::unique_ptr<void, FreeBuffer> bytes(gdImageJpegPtr(image_.get(), &size, kJpegQuality));
  if (bytes == nullptr) return arrow::Status::OutOfMemory("cannot write a picture as JPEG");
  return std::string(static_cast<const char*>(bytes.get()), static_cast<size_t>(size));
}

std::string Picture::ContentHash() const {
  ContentHasher hasher;
  hasher.Add(std::to_string(width()) + "x" + std::to_string(height()) + ":");
  std::string row(static_cast<size_t>(width()) * 3, '\0');
  for (int y = 0; y < height(); ++y) {
    for (int x = 0; x < width(); ++x) {
      const int colour = pixel(x, y);
      char* out = &row[static_cast<size_t>(x) * 3];
      out[0] = static_cast<char>(gdTrueColorGetRed(colour));
      out[1] = static_cast<char>(gdTrueColorGetGreen(colour));
      out[2] = static_cast<char>(gdTrueColorGetBlue(colour));
    }
    hasher.Add(row);
  }
  return hasher.Finish();
}

Histogram Picture::Luminance() const {
  Histogram histogram{};
  for (int y = 0; y < height(); ++y) {
    for (int x = 0; x < width(); ++x) {
      const int colour = pixel(x, y);
      // ITU-R BT.601, in integers, so that the result is the same on every machine.
      const int luma = (299 * gdTrueColorGetRed(colour) + 587 * gdTrueColorGetGreen(colour) +
                        114 * gdTrueColorGetBlue(colour)) /
                       1000;
      ++histogram[static_cast<size_t>(luma * kHistogramBins / 256)];
    }
  }
  return histogram;
}

}  // namespace overview
