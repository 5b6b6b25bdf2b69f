// Pictures of samples, small enough to be part of a page.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace metaxy::cli {

/// \brief The media type of a JPEG, PNG, GIF or WebP picture, by its first bytes.
std::optional<std::string_view> PictureType(std::string_view bytes);

/// \brief The thumbnail that cameras put into their JPEG files; empty if there is none.
std::string_view EmbeddedThumbnail(std::string_view jpeg);

/// \brief Makes pictures part of a page, up to limits.
class PictureBox {
 public:
  struct Limits {
    int64_t picture = 256 << 10;  ///< bytes of one
    int64_t all = 8 << 20;        ///< bytes of all; 0 if none are wanted
  };

  /// \brief Relative paths are looked for in `folders`, in this order.
  PictureBox(std::vector<std::filesystem::path> folders, Limits limits)
      : folders_(std::move(folders)), limits_(limits) {}

  /// \brief A picture as a `data:` address. `std::nullopt` if these bytes are none; an empty text
  /// for one that is too large. Of a large photograph, its thumbnail is taken.
  std::optional<std::string> FromBytes(std::string_view bytes);
  /// \brief The same of a file, if `path` ends like the name of a picture. Nothing else is read,
  /// and nothing but a picture is taken.
  std::optional<std::string> FromPath(const std::string& path);

  int64_t pictures() const { return pictures_; }

 private:
  std::vector<std::filesystem::path> folders_;
  Limits limits_;
  int64_t bytes_ = 0;
  int64_t pictures_ = 0;
};

}  // namespace metaxy::cli
