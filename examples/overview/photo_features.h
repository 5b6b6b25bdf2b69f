// The features of the example, declared in C++.
#pragma once

#include <arrow/result.h>
#include <metaxy/metaxy.h>

#include <filesystem>
#include <memory>
#include <string>

namespace overview {

/// \brief The project that owns the features; the same as in metaxy.toml.
inline constexpr const char* kProject = "overview";

inline const metaxy::FeatureKey kRaw = "photo/raw";
inline const metaxy::FeatureKey kThumbnail = "photo/thumbnail";
inline const metaxy::FeatureKey kHistogram = "photo/histogram";
inline const metaxy::FeatureKey kCaption = "photo/caption_text";

/// \brief The versions of the code that computes the features.
///
/// In your own program these are strings in the declarations below, which you change together with
/// the code. Here they are variables, so that the demo can go through three stages of development
/// without being recompiled.
struct CodeVersions {
  std::string exif_reader =
      "1";  ///< "1" leaves blanks around texts as cameras write them, "2" removes them.
  std::string thumbnail = "1";  ///< "1" makes thumbnails of 64 pixels, "2" of 96.

  static CodeVersions Latest() { return {.exif_reader = "2", .thumbnail = "2"}; }
};

/// \brief The graph of the four features. Fails if a declaration is invalid.
arrow::Result<std::shared_ptr<metaxy::FeatureGraph>> DeclareFeatures(const CodeVersions& code,
                                                                     int hash_truncation_length);

/// \brief Writes the declarations to the file named by metaxy.toml, for the program `metaxy`.
arrow::Status WriteDefinitions(const metaxy::FeatureGraph& graph,
                               const std::filesystem::path& file);

}  // namespace overview
