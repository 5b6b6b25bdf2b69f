// Images in memory. The only part of the example that uses the image library, libgd.
#pragma once

#include <arrow/result.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

extern "C" {
struct gdImageStruct;  // NOLINT(readability-identifier-naming): libgd's name
}

namespace overview {

inline constexpr int kHistogramBins = 16;

/// \brief How many pixels have each of 16 levels of brightness, from black to white.
using Histogram = std::array<int32_t, kHistogramBins>;

/// \brief A picture with 8 bits each of red, green and blue. Owns its pixels; movable, not
/// copyable.
class Picture {
 public:
  /// \brief A black picture of this size.
  static arrow::Result<Picture> Make(int width, int height);
  /// \brief Reads a JPEG file.
  static arrow::Result<Picture> Load(const std::filesystem::path& file);
  /// \brief Reads a JPEG file from memory.
  static arrow::Result<Picture> FromJpeg(std::string_view bytes);

  int width() const;
  int height() const;

  /// \brief The same picture in a box of `edge` by `edge` pixels; never enlarged.
  arrow::Result<Picture> ScaledToFit(int edge) const;
  /// \brief A copy with every pixel brighter by `amount`.
  arrow::Result<Picture> Brightened(int amount) const;
  /// \brief The picture as a JPEG file.
  arrow::Result<std::string> ToJpeg() const;

  /// \brief A hash of size and pixels. It is unchanged if the file is rewritten and looks the same.
  std::string ContentHash() const;
  Histogram Luminance() const;

  /// \brief Colours are 0xRRGGBB.
  int pixel(int x, int y) const;
  void set_pixel(int x, int y, int colour);

 private:
  struct Free {
    void operator()(gdImageStruct* image) const;
  };
  explicit Picture(gdImageStruct* image) : image_(image) {}

  std::unique_ptr<gdImageStruct, Free> image_;
};

}  // namespace overview
