#include "story.h"

#include <arrow/table.h>
#include <metaxy/metaxy.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "account.h"
#include "camera_roll.h"
#include "files.h"
#include "pipeline.h"
#include "tables.h"

namespace overview {
namespace fs = std::filesystem;
namespace {

constexpr const char* kCorrectedDate = "1999-12-31 23:59:00";

using Counts = metaxy::IncrementCounts;
constexpr Counts kNothing = {};
constexpr Counts kOneStale = {.stale = 1};

struct Chapter {
  std::string title;
  /// What happens to the photographs before this run.
  std::function<arrow::Status()> change;
  /// The code of this run.
  CodeVersions code;
  /// The expected work of the run for photo/raw, photo/thumbnail, photo/histogram and
  /// photo/caption_text.
  std::array<Counts, 4> expected;
};

arrow::Status NoChange() { return arrow::Status::OK(); }

std::vector<Chapter> Chapters(const std::vector<fs::path>& photos) {
  const Counts all_new = {.new_samples = static_cast<int64_t>(photos.size())};
  const fs::path& touched = photos[0];
  const fs::path& retouched = photos[1];
  const fs::path& corrected = photos[2];
  const CodeVersions first;
  const CodeVersions larger_thumbnails = {.thumbnail = "2"};
  return {
      {"The first run: nothing is recorded yet.",
       NoChange,
       first,
       {all_new, all_new, all_new, all_new}},
      {"Again: nothing has changed.", NoChange, first, {kNothing, kNothing, kNothing, kNothing}},
      {touched.filename().string() + " gets a new modification time. Hashes are computed from the "
                                     "content, not from timestamps.",
       [=] { return Touch(touched); },
       first,
       {kNothing, kNothing, kNothing, kNothing}},
      {retouched.filename().string() + " is made brighter: different pixels, the same EXIF block.",
       [=] { return Retouch(retouched); },
       first,
       {kOneStale, kOneStale, kOneStale, kNothing}},
      {corrected.filename().string() +
           " gets another date: the same pixels, a different EXIF block.",
       [=] { return CorrectDate(corrected, kCorrectedDate); },
       first,
       {kOneStale, kNothing, kNothing, kOneStale}},
      {"Larger thumbnails: photo/thumbnail gets code version 2, under which nothing is recorded "
       "yet.",
       NoChange,
       larger_thumbnails,
       {kNothing, all_new, kNothing, kNothing}},
      {"Spaces around camera names are removed: field exif of photo/raw gets code version 2. "
       "Captions depend on it.",
       NoChange,
       CodeVersions::Latest(),
       {all_new, kNothing, kNothing, all_new}},
  };
}

arrow::Status CheckExpectations(const Chapter& chapter, const RunReport& run) {
  for (size_t i = 0; i < run.features.size(); ++i) {
    const FeatureReport& found = run.features[i];
    if (found.counts == chapter.expected[i]) continue;
    return arrow::Status::UnknownError("expected ", Describe(chapter.expected[i]), " for ",
                                       found.feature.ToString(), ", but found ",
                                       Describe(found.counts));
  }
  return arrow::Status::OK();
}

// What is recorded about one photograph, by its name.
arrow::Result<std::string> ReadCaption(metaxy::MetadataStore& store, const std::string& photo_id) {
  ARROW_ASSIGN_OR_RAISE(auto filter, metaxy::ParseFilter("photo_id = '" + photo_id + "'"));
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        store.Read(kCaption, {.filters = {filter}, .columns = {"caption"}}));
  ARROW_ASSIGN_OR_RAISE(TablePtr table, reader->ToTable());
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> captions, Texts(*table, "caption"));
  if (captions.size() != 1) {
    return arrow::Status::UnknownError("expected one row for ", photo_id, ", but found ",
                                       captions.size());
  }
  return captions.front();
}

// Reads back in the same way as any other program: with metaxy.toml and the definitions it names.
arrow::Status CheckRecords(const std::vector<fs::path>& photos) {
  ARROW_ASSIGN_OR_RAISE(auto project, metaxy::Project::Load({.config_file = "metaxy.toml"}));
  ARROW_ASSIGN_OR_RAISE(auto store, project->OpenStore());
  for (const metaxy::FeatureKey& feature : project->graph()->ListFeatures()) {
    ARROW_ASSIGN_OR_RAISE(int64_t rows, store->CountRows(feature));
    if (rows != static_cast<int64_t>(photos.size())) {
      return arrow::Status::UnknownError(feature.ToString(), " has ", rows, " rows for ",
                                         photos.size(), " photographs");
    }
  }
  const std::string corrected = photos[2].filename().string();
  ARROW_ASSIGN_OR_RAISE(std::string caption, ReadCaption(*store, corrected));
  if (caption.find("of 1999-12-31") == std::string::npos) {
    return arrow::Status::UnknownError("the caption of ", corrected,
                                       " was not recomputed; it still says: ", caption);
  }
  PrintCaption(corrected, caption);
  return arrow::Status::OK();
}

}  // namespace

arrow::Status TellStory() {
  ARROW_ASSIGN_OR_RAISE(std::vector<fs::path> photos, ListPictures("photos"));
  if (photos.size() < 3) {
    return arrow::Status::Invalid("photos/ has ", photos.size(), " JPEG files; the demo needs 3");
  }
  PrintTitle(photos.size());
  int number = 0;
  for (const Chapter& chapter : Chapters(photos)) {
    PrintChapter(++number, chapter.title);
    ARROW_RETURN_NOT_OK(chapter.change());
    ARROW_ASSIGN_OR_RAISE(RunReport run, RunPipeline(chapter.code));
    PrintRun(run);
    ARROW_RETURN_NOT_OK(CheckExpectations(chapter, run));
  }
  return CheckRecords(photos);
}

}  // namespace overview
