#include "metaxy/scan_files.h"

#include <arrow/builder.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/expression.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <span>
#include <utility>

#include "base/contained.h"
#include "base/interrupt.h"
#include "base/quote.h"
#include "files/file_hash.h"
#include "files/file_list.h"
#include "files/file_samples.h"
#include "metaxy/errors.h"
#include "store/store_session.h"
#include "versioning/summary/execution.h"

namespace metaxy {

namespace internal {
namespace {

namespace fs = std::filesystem;

// What is read before it is written: so much is read again after an interruption at most.
constexpr int64_t kBytesPerWrite = int64_t{4} << 30;
constexpr size_t kFilesPerWrite = 65536;
// Ids in one condition of a deletion.
constexpr size_t kIdsPerDeletion = 65536;

FileTime Now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

FileTime TimeOf(int64_t nanoseconds) {
  return FileTime(std::chrono::microseconds(Microseconds(nanoseconds)));
}

// With a slash at its end. Links stay, unless that would change what ".." means.
std::string AbsoluteFolder(const fs::path& directory) {
  std::error_code code;
  fs::path path = fs::absolute(directory, code);
  const bool goes_up = std::find(path.begin(), path.end(), "..") != path.end();
  path = goes_up ? fs::weakly_canonical(path, code) : path.lexically_normal();
  std::string text = path.string();
  if (!text.ends_with('/')) text += '/';
  return text;
}

// The user's callback. Thread-safe.
class Reporter {
 public:
  explicit Reporter(const std::function<void(const FileScanProgress&)>& report) : report_(report) {}

  template <class Change>
  arrow::Status Tell(Change&& change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    change(&progress_);
    if (!report_) return arrow::Status::OK();
    try {
      report_(progress_);
    } catch (...) {
      return CaughtFromUser("on_progress");
    }
    return arrow::Status::OK();
  }

 private:
  const std::function<void(const FileScanProgress&)>& report_;
  std::mutex mutex_;
  FileScanProgress progress_;
};

enum class Known {
  kNo,         // there is no sample of it
  kUnchanged,  // its sample is up to date
  kMoved,      // the same, but for its path
  kSuspect,    // it has to be read
};

struct File {
  ListedFile listed;
  Known known = Known::kNo;
  std::string stored_version = {};  // of a sample that is written again, if anything has changed
  bool stored_differs = true;       // path, size or time of the sample are not those of the file
};

class FileScan {
 public:
  FileScan(MetadataStore& store, const FeatureSpec& spec, const fs::path& directory,
           const ScanFilesOptions& options)
      : store_(store),
        spec_(spec),
        directory_(directory),
        options_(options),
        interrupt_(options.execution),
        reporter_(options.on_progress) {}

  arrow::Result<FileScanResult> Run() {
    ARROW_RETURN_NOT_OK(List());
    ARROW_RETURN_NOT_OK(ForEachStored(store_, spec_, options_.execution, [this](StoredSample row) {
      Compare(std::move(row));
      return arrow::Status::OK();
    }));
    ARROW_RETURN_NOT_OK(WriteChanges());
    ARROW_RETURN_NOT_OK(HandleMissing());
    std::stable_sort(result_.problems.begin(), result_.problems.end(),
                     [](const FileProblem& a, const FileProblem& b) { return a.file < b.file; });
    return std::move(result_);
  }

 private:
  arrow::Status List() {
    ScanFilesOptions options = options_;
    SkipStores(store_, &options.skip);
    root_ = AbsoluteFolder(directory_);
    scanned_at_ = Now();
    ARROW_ASSIGN_OR_RAISE(
        FileList list, ListFiles(directory_, options, interrupt_, [this](int64_t count) {
          return reporter_.Tell([count](FileScanProgress* told) { told->files_found = count; });
        }));
    result_.problems = std::move(list.problems);
    result_.links_skipped = list.links_skipped;
    result_.files = static_cast<int64_t>(list.files.size());
    if (list.files.empty()) return NoFiles();
    files_.reserve(list.files.size());
    for (ListedFile& file : list.files) files_.push_back({std::move(file)});
    return reporter_.Tell([this](FileScanProgress* told) { told->files_found = result_.files; });
  }

  arrow::Status NoFiles() const {
    const std::string where = Quote(directory_.string());
    if (!result_.problems.empty()) {
      const FileProblem& first = result_.problems.front();
      return MakeError(ErrorCode::kIo, fmt::format("no file in {} can be read; {}: {}", where,
                                                   first.file, first.text));
    }
    const bool selects = !options_.include.empty() || !options_.exclude.empty();
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("there are no files in {}{}; {}", where,
                                 selects ? " that the patterns select" : "",
                                 selects ? "check include and exclude, and .metaxyignore"
                                         : "check its name, and whether a disk is mounted there"));
  }

  // The tables of stores are no samples.
  static void SkipStores(MetadataStore& store, std::vector<fs::path>* skip) {
    Storage& storage = StoreSession::Of(store).storage();
    if (storage.target() == StoreTarget::kDirectory) skip->emplace_back(storage.place());
    for (const auto& fallback : store.fallback_stores()) SkipStores(*fallback, skip);
  }

  // What the sample says about the file of its name, or that there is none.
  void Compare(StoredSample row) {
    const auto found = std::lower_bound(
        files_.begin(), files_.end(), row.id,
        [](const File& file, const std::string& id) { return file.listed.id < id; });
    if (found == files_.end() || found->listed.id != row.id) {
      if (row.path && !row.path->starts_with(root_)) {
        ++result_.elsewhere;
      } else {
        absent_.push_back(std::move(row.id));
      }
      return;
    }
    File& file = *found;
    const FileTime modified_at = TimeOf(file.listed.modified_ns);
    const bool moved = row.path && *row.path != root_ + row.id;
    const bool settled =
        row.modified_at && row.scanned_at && IsSettled(*row.modified_at, *row.scanned_at);
    const bool same = row.size == file.listed.size && row.modified_at == modified_at;
    file.stored_version = row.Version(spec_);
    file.stored_differs = moved || !same || !row.scanned_at;
    const bool trusted = same && settled && !options_.rehash &&
                         file.stored_version.starts_with(VersionPrefix(options_));
    file.known = !trusted ? Known::kSuspect : moved ? Known::kMoved : Known::kUnchanged;
    if (file.known != Known::kUnchanged) return;
    ++result_.unchanged;
    file.stored_version.clear();
  }

  // In pieces that are read by all threads, and then written.
  arrow::Status WriteChanges() {
    std::vector<File*> todo;
    int64_t bytes = 0;
    for (File& file : files_) {
      if (file.known == Known::kUnchanged) continue;
      todo.push_back(&file);
      if (NeedsReading(file)) bytes += file.listed.size;
    }
    const auto reading = std::count_if(todo.begin(), todo.end(),
                                       [this](const File* file) { return NeedsReading(*file); });
    ARROW_RETURN_NOT_OK(reporter_.Tell([&](FileScanProgress* told) {
      told->files_to_read = reading;
      told->bytes_to_read = bytes;
    }));
    for (size_t begin = 0; begin < todo.size();) {
      size_t end = begin;
      for (int64_t size = 0;
           end < todo.size() && end - begin < kFilesPerWrite && size < kBytesPerWrite; ++end)
        size += todo[end]->listed.size;
      ARROW_RETURN_NOT_OK(WritePiece({todo.data() + begin, end - begin}));
      begin = end;
    }
    return arrow::Status::OK();
  }

  bool NeedsReading(const File& file) const {
    return options_.version_from == FileVersion::kContents && file.known != Known::kMoved;
  }

  arrow::Status WritePiece(std::span<File* const> piece) {
    std::vector<FileReading> outcomes(piece.size());
    const FileTime looked_at = Now();
    Execution execution(options_.execution);
    ARROW_RETURN_NOT_OK(
        execution.ForEach(piece.size(), [&](size_t i) { return Read(*piece[i], &outcomes[i]); }));
    std::vector<FileSample> samples;
    for (size_t i = 0; i < piece.size(); ++i) Judge(*piece[i], outcomes[i], looked_at, &samples);
    if (samples.empty() || options_.dry_run) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto rows, ToTable(spec_, samples));
    ARROW_ASSIGN_OR_RAISE(const WriteResult written,
                          store_.Write(spec_.key, rows,
                                       {.materialization_id = options_.materialization_id,
                                        .execution = options_.execution}));
    result_.samples_written += written.rows;
    return reporter_.Tell(
        [this](FileScanProgress* told) { told->samples_written = result_.samples_written; });
  }

  arrow::Status Read(const File& file, FileReading* outcome) {
    const ListedFile& listed = file.listed;
    if (!NeedsReading(file)) {
      const std::string version = file.known == Known::kMoved
                                      ? file.stored_version
                                      : TimeVersion(listed.size, listed.modified_ns);
      outcome->state = FileState{version, listed.size, listed.modified_ns};
      return arrow::Status::OK();
    }
    const auto on_bytes = [this](int64_t bytes) {
      ARROW_RETURN_NOT_OK(interrupt_.Check("reading files"));
      return reporter_.Tell([bytes](FileScanProgress* told) { told->bytes_read += bytes; });
    };
    ARROW_ASSIGN_OR_RAISE(*outcome, HashFile(root_ + listed.id, options_.hash, on_bytes));
    return reporter_.Tell([](FileScanProgress* told) { ++told->files_read; });
  }

  // Counts a file, and makes the row of it that has to be written.
  void Judge(const File& file, const FileReading& outcome, FileTime looked_at,
             std::vector<FileSample>* samples) {
    if (outcome.problem) {
      result_.problems.push_back({file.listed.id, *outcome.problem});
      return;
    }
    if (!outcome.state) return;
    const FileState& state = *outcome.state;
    if (NeedsReading(file)) {
      ++result_.files_read;
      result_.bytes_read += state.size;
    }
    const bool time_alone = options_.version_from == FileVersion::kModificationTime;
    FileSample sample{.id = file.listed.id,
                      .path = root_ + file.listed.id,
                      .size = state.size,
                      .modified_at = TimeOf(state.modified_ns),
                      .scanned_at = time_alone ? scanned_at_ : looked_at,
                      .version = state.version};
    if (file.known == Known::kNo) {
      ++result_.new_samples;
    } else if (state.version != file.stored_version) {
      ++result_.changed;
    } else {
      ++result_.unchanged;
      // Also if it is worth saying that it was looked at later: it need not be read again then.
      const bool settles = !time_alone && file.known == Known::kSuspect && !options_.rehash &&
                           IsSettled(sample.modified_at, sample.scanned_at);
      if (!file.stored_differs && !settles) return;
      ++result_.refreshed;
    }
    samples->push_back(std::move(sample));
  }

  // A sample without a file in the list: the file is gone, or it is excluded, or it cannot be seen.
  bool IsGone(const std::string& id) const {
    struct stat status{};
    return lstat((root_ + id).c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
  }

  arrow::Status HandleMissing() {
    std::vector<std::string> gone;
    for (std::string& id : absent_)
      if (IsGone(id)) gone.push_back(std::move(id));
    result_.missing = static_cast<int64_t>(gone.size());
    if (!options_.delete_missing || options_.dry_run) return arrow::Status::OK();
    for (size_t begin = 0; begin < gone.size(); begin += kIdsPerDeletion) {
      arrow::LargeStringBuilder ids;
      for (size_t i = begin; i < std::min(gone.size(), begin + kIdsPerDeletion); ++i)
        ARROW_RETURN_NOT_OK(ids.Append(gone[i]));
      ARROW_ASSIGN_OR_RAISE(const auto values, ids.Finish());
      const auto condition =
          arrow::compute::call("is_in", {arrow::compute::field_ref(spec_.id_columns.front())},
                               arrow::compute::SetLookupOptions(values));
      ARROW_ASSIGN_OR_RAISE(
          const int64_t deleted,
          store_.Delete(spec_.key, {Filter(condition)}, {.execution = options_.execution}));
      result_.deleted += deleted;
    }
    return arrow::Status::OK();
  }

  MetadataStore& store_;
  const FeatureSpec& spec_;
  const fs::path& directory_;
  const ScanFilesOptions& options_;
  Interrupt interrupt_;
  Reporter reporter_;
  std::string root_;  // absolute, with a slash at its end
  FileTime scanned_at_;
  std::vector<File> files_;  // by id
  std::vector<std::string> absent_;
  FileScanResult result_;
};

}  // namespace
}  // namespace internal

arrow::Status ScanFilesOptions::Validate() const {
  for (const auto* patterns : {&include, &exclude}) {
    const bool usable =
        std::none_of(patterns->begin(), patterns->end(), [](const std::string& pattern) {
          return pattern.find_first_not_of('/') == std::string::npos || pattern.front() == '!';
        });
    if (usable) continue;
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("a pattern of {} is empty or begins with '!'; write one such as "
                                 "'*.jpg' or 'raw/**'",
                                 patterns == &include ? "include" : "exclude"));
  }
  return execution.Validate();
}

arrow::Result<FileScanResult> ScanFiles(MetadataStore& store, const FeatureKey& feature,
                                        const std::filesystem::path& directory,
                                        const ScanFilesOptions& options) {
  return internal::Contained([&]() -> arrow::Result<FileScanResult> {
    ARROW_RETURN_NOT_OK(options.Validate());
    const auto graph = store.graph();
    if (graph == nullptr) {
      return MakeError(ErrorCode::kInvalidInput, "the store has no graph; give it one");
    }
    ARROW_ASSIGN_OR_RAISE(const FeatureDefinition* definition,
                          graph->GetFeatureDefinition(feature));
    ARROW_RETURN_NOT_OK(internal::CheckFileFeature(definition->spec));
    return internal::FileScan(store, definition->spec, directory, options).Run();
  });
}

}  // namespace metaxy
