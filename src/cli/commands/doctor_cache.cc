// The cache of remembered answers, which is shared by all stores of a user.
#include <fmt/core.h>

#include <map>
#include <string>

#include "base/byte_size.h"
#include "base/counted.h"
#include "cli/commands/doctor_checks.h"
#include "versioning/delta/cache_contents.h"

namespace metaxy::cli {

namespace {

using internal::CacheContents;
using internal::FormatBytes;
using internal::UselessFile;

constexpr const char* kClear = "`metaxy cache clear` removes what is remembered";

// A hint: whatever is wrong with it, answers are found without it.
Finding Hint(std::string subject, std::string text, std::string remedy) {
  return {Finding::Level::kHint, std::move(subject), std::move(text), std::move(remedy)};
}

std::string Files(int64_t count) { return count == 1 ? "a file" : fmt::format("{} files", count); }

void FindUseless(const std::filesystem::path& directory, const CacheContents& contents,
                 std::vector<Finding>* findings) {
  struct Found {
    int64_t files = 0;
    int64_t bytes = 0;
    std::string first;
  };
  std::map<UselessFile::Kind, Found> kinds;
  for (const UselessFile& file : contents.useless) {
    Found& found = kinds[file.kind];
    if (found.files++ == 0) found.first = file.path.lexically_relative(directory).string();
    found.bytes += file.bytes;
  }
  const auto add = [&](UselessFile::Kind kind, const char* what, const std::string& remedy) {
    const Found& found = kinds[kind];
    if (found.files == 0) return;
    findings->push_back(Hint(directory.string(),
                             fmt::format("{} {} ({}), the first is {}", Files(found.files), what,
                                         FormatBytes(found.bytes), found.first),
                             remedy));
  };
  add(UselessFile::Kind::kDamaged, "with other content than was written",
      std::string(kClear) + "; if it happens again, check the disk");
  add(UselessFile::Kind::kOtherRelease, "of another release", kClear);
  add(UselessFile::Kind::kLeftOver, "without an answer", kClear);
  add(UselessFile::Kind::kForeign, "of others",
      "move it elsewhere: what takes space here counts as the cache's");
}

}  // namespace

arrow::Result<CheckReport> CheckCache(DoctorContext& doctor) {
  CheckReport report;
  const auto directory = CacheContents::Directory();
  if (!directory) {
    report.findings.push_back(Hint("cache", "neither XDG_CACHE_HOME nor HOME is set",
                                   "set one of them, or every resolve reads all rows"));
    return report;
  }
  doctor.context.output().Progress(directory->string());
  const arrow::Result<CacheContents> contents = internal::ListCache(*directory, /*verify=*/true);
  doctor.context.output().Progress("");
  if (!contents.ok()) {
    report.findings.push_back(Hint(directory->string(), OneLine(contents.status().message()),
                                   "make it readable, or every resolve reads all rows"));
    return report;
  }
  FindUseless(*directory, *contents, &report.findings);
  if (contents->bytes > CacheContents::Limit()) {
    report.findings.push_back(
        Hint(directory->string(),
             fmt::format("it has {}, and should have at most {}", FormatBytes(contents->bytes),
                         FormatBytes(CacheContents::Limit())),
             "the next writes remove what was not used for longest; foreign files stay"));
  }
  if (contents->is_shared) {
    report.findings.push_back(Hint(
        directory->string(), "others than its owner may look into it",
        fmt::format("`chmod 700 {}`: it tells names of features and stores", directory->string())));
  }
  const auto answers = static_cast<int64_t>(contents->answers.size());
  report.details.Set("directory", directory->string());
  report.details.Set("answers", answers);
  report.details.Set("bytes", contents->bytes);
  report.text = fmt::format("{}: {}, {}\n", directory->string(),
                            internal::Counted(answers, "answer"), FormatBytes(contents->bytes));
  return report;
}

}  // namespace metaxy::cli
