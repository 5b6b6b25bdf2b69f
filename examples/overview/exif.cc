#include "exif.h"

#include <libexif/exif-data.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace overview {
namespace {

struct Unref {
  void operator()(ExifData* data) const { exif_data_unref(data); }
};
using ExifDataPtr = std::unique_ptr<ExifData, Unref>;

ExifDataPtr Parse(std::string_view jpeg) {
  return ExifDataPtr(exif_data_new_from_data(reinterpret_cast<const unsigned char*>(jpeg.data()),
                                             static_cast<unsigned int>(jpeg.size())));
}

bool HasEntries(ExifData* data) {
  return data != nullptr &&
         std::any_of(std::begin(data->ifd), std::end(data->ifd),
                     [](const ExifContent* ifd) { return ifd != nullptr && ifd->count > 0; });
}

arrow::Result<std::string> Serialise(ExifData* data) {
  unsigned char* bytes = nullptr;
  unsigned int size = 0;
  exif_data_save_data(data, &bytes, &size);
  if (bytes == nullptr) return arrow::Status::Invalid("libexif cannot write this EXIF block");
  std::string block(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return block;
}

std::string Text(ExifData* data, ExifTag tag) {
  ExifEntry* entry = exif_data_get_entry(data, tag);
  if (entry == nullptr || entry->format != EXIF_FORMAT_ASCII || entry->data == nullptr) return {};
  const auto* text = reinterpret_cast<const char*>(entry->data);
  return std::string(text, strnlen(text, entry->size));
}

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "2007:05:12 08:19:07" <-> "2007-05-12 08:19:07"
std::string SwapDateMarks(std::string date, char from, char to) {
  for (size_t i : {size_t{4}, size_t{7}}) {
    if (i < date.size() && date[i] == from) date[i] = to;
  }
  return date;
}

void SetText(ExifData* data, ExifIfd ifd, ExifTag tag, const std::string& text) {
  if (ExifEntry* old = exif_content_get_entry(data->ifd[ifd], tag); old != nullptr) {
    exif_content_remove_entry(data->ifd[ifd], old);
  }
  ExifEntry* entry = exif_entry_new();
  entry->tag = tag;
  entry->format = EXIF_FORMAT_ASCII;
  entry->components = text.size() + 1;
  entry->size = static_cast<unsigned int>(text.size() + 1);
  entry->data = static_cast<unsigned char*>(std::calloc(entry->size, 1));  // libexif frees it
  if (entry->data != nullptr) std::memcpy(entry->data, text.data(), text.size());
  exif_content_add_entry(data->ifd[ifd], entry);
  exif_entry_unref(entry);
}

void SetDate(ExifData* data, const std::string& taken_at) {
  SetText(data, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, SwapDateMarks(taken_at, '-', ':'));
}

unsigned char ByteAt(std::string_view bytes, size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

constexpr std::string_view kExifMark("Exif\0\0", 6);
constexpr unsigned char kStartOfScan = 0xDA;
constexpr unsigned char kApp1 = 0xE1;

// Calls `visit(marker, segment)` for every segment before the picture's data; returns where that
// begins.
template <class Visit>
arrow::Result<size_t> VisitSegments(std::string_view jpeg, Visit visit) {
  if (!jpeg.starts_with("\xFF\xD8")) return arrow::Status::Invalid("this is not a JPEG file");
  size_t at = 2;
  while (at + 4 <= jpeg.size() && ByteAt(jpeg, at) == 0xFF &&
         ByteAt(jpeg, at + 1) != kStartOfScan) {
    const size_t length = 2 + (size_t{ByteAt(jpeg, at + 2)} << 8) + ByteAt(jpeg, at + 3);
    if (at + length > jpeg.size()) break;
    visit(ByteAt(jpeg, at + 1), jpeg.substr(at, length));
    at += length;
  }
  return at;
}

}  // namespace

Exif ReadExif(std::string_view jpeg, bool trim) {
  ExifDataPtr data = Parse(jpeg);
  if (!HasEntries(data.get())) return {};
  Exif exif;
  // A file that is damaged after the block still has a block.
  (void)VisitSegments(jpeg, [&](unsigned char marker, std::string_view segment) {
    if (marker == kApp1 && segment.substr(4).starts_with(kExifMark) && exif.block.empty()) {
      exif.block = segment.substr(4);
    }
  });
  std::string maker = Text(data.get(), EXIF_TAG_MAKE);
  std::string model = Text(data.get(), EXIF_TAG_MODEL);
  std::string taken_at = Text(data.get(), EXIF_TAG_DATE_TIME_ORIGINAL);
  if (taken_at.empty()) taken_at = Text(data.get(), EXIF_TAG_DATE_TIME);
  if (trim) {
    maker = Trimmed(maker);
    model = Trimmed(model);
    taken_at = Trimmed(taken_at);
  }
  // Many models already include the name of their maker.
  exif.camera = model.starts_with(maker) ? model : maker + " " + model;
  exif.taken_at = SwapDateMarks(taken_at, ':', '-');
  return exif;
}

std::string ExifPreview(std::string_view jpeg) {
  ExifDataPtr data = Parse(jpeg);
  if (data == nullptr || data->data == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(data->data), data->size);
}

arrow::Result<std::string> ExifWithoutPreview(std::string_view jpeg) {
  ExifDataPtr data = Parse(jpeg);
  if (!HasEntries(data.get())) return std::string();
  std::free(data->data);
  data->data = nullptr;
  data->size = 0;
  return Serialise(data.get());
}

arrow::Result<std::string> MakeExif(const std::string& camera, const std::string& taken_at) {
  ExifDataPtr data(exif_data_new());
  if (data == nullptr) return arrow::Status::OutOfMemory("cannot make an EXIF block");
  SetText(data.get(), EXIF_IFD_0, EXIF_TAG_MODEL, camera);
  SetDate(data.get(), taken_at);
  return Serialise(data.get());
}

arrow::Result<std::string> ExifWithDate(std::string_view jpeg, const std::string& taken_at) {
  ExifDataPtr data = Parse(jpeg);
  if (data == nullptr) return arrow::Status::OutOfMemory("cannot read an EXIF block");
  SetDate(data.get(), taken_at);
  return Serialise(data.get());
}

arrow::Result<std::string> ReplaceExif(std::string_view jpeg, std::string_view block) {
  // The length of a segment has 16 bits and includes itself.
  if (block.size() + 2 > 0xFFFF) return arrow::Status::Invalid("the EXIF block is too large");
  std::string result = "\xFF\xD8";
  if (!block.empty()) {
    const size_t length = block.size() + 2;
    result += {'\xFF', static_cast<char>(kApp1), static_cast<char>(length >> 8),
               static_cast<char>(length & 0xFF)};
    result += block;
  }
  ARROW_ASSIGN_OR_RAISE(
      size_t rest, VisitSegments(jpeg, [&](unsigned char marker, std::string_view segment) {
        const bool exif = marker == kApp1 && segment.substr(4).starts_with(kExifMark);
        if (!exif) result += segment;
      }));
  return result.append(jpeg.substr(rest));
}

}  // namespace overview
