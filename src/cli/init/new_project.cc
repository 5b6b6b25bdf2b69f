#include "cli/init/new_project.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/quote.h"
#include "cli/init/templates.h"
#include "cli/output/filled_template.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

namespace {

namespace fs = std::filesystem;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c);
}

std::string ShellWord(const std::string& text) {
  constexpr std::string_view kPlain = "_-./+,:@%";
  const bool plain =
      !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [&](char c) {
        return IsWordCharacter(c) || kPlain.find(c) != std::string_view::npos;
      });
  if (plain) return text;
  std::string word = text.starts_with('-') ? "'./" : "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

// A file that a scan would find: whatever it is, only that there is one matters.
bool HasFiles(const fs::path& folder) {
  std::error_code code;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         code);
  for (; !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    std::error_code ignored;
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden && entry->is_directory(ignored)) entry.disable_recursion_pending();
    if (!hidden && entry->is_regular_file(ignored)) return true;
  }
  return false;
}

// Without links; of a path that does not exist, as far as it does.
fs::path Whole(const fs::path& path) {
  std::error_code code;
  fs::path whole = fs::weakly_canonical(fs::absolute(path, code), code);
  return whole.has_filename() ? whole : whole.parent_path();
}

// Whether `path` is `folder` or below it.
bool LiesIn(const fs::path& path, const fs::path& folder) {
  const fs::path inner = Whole(path);
  const fs::path outer = Whole(folder);
  const auto end = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first;
  return end == outer.end();
}

}  // namespace

std::string KeyPartOf(std::string_view name) {
  std::string part;
  for (const char c : name) {
    if (IsWordCharacter(c)) {
      part += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!part.empty() && part.back() != '_') {
      part += '_';
    }
  }
  while (!part.empty() && part.back() == '_') part.pop_back();
  if (part.empty()) return "data";
  return IsDigit(part.front()) ? "data_" + part : part;
}

std::string TomlString(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04X}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string ConfigFor(const std::string& project) {
  std::string config = kInitConfig;
  constexpr std::string_view kLine = "project = \"quickstart\"";
  const size_t at = config.find(kLine);
  return config.replace(at, kLine.size(), fmt::format("project = \"{}\"", project));
}

std::string ShellPath(const fs::path& path, const fs::path& directory) {
  if (path.is_absolute()) return ShellWord(path.string());
  const fs::path relative = Whole(path).lexically_relative(Whole(directory));
  return ShellWord(relative.empty() ? Whole(path).string() : relative.string());
}

NewProject ExampleProject(const ProjectRequest& request) {
  return {.files = {{"metaxy.toml", ConfigFor(request.name)},
                    {"features.toml", kInitFeatures},
                    {"videos.jsonl", kInitSamples}},
          .next = {"metaxy graph render", "metaxy metadata write example/video --from videos.jsonl",
                   "metaxy metadata resolve example/transcript --to todo",
                   "metaxy metadata write example/transcript --from todo/new.parquet",
                   "metaxy metadata status --all-features"}};
}

arrow::Result<NewProject> FolderProject(const ProjectRequest& request) {
  const fs::path folder = *request.from;
  if (!request.id_columns.empty()) {
    return MakeError(ErrorCode::kInvalidInput,
                     "--id-columns describes a table; leave it out for a folder, where the ids are "
                     "the paths of the files");
  }
  if (LiesIn(request.directory, folder)) {
    return MakeError(
        ErrorCode::kInvalidInput,
        fmt::format("the project would lie among its own files in {}; name a directory outside of "
                    "it, as in `metaxy init {} --from {}`",
                    Quote(folder.string()), ShellWord(Whole(folder).string() + "-metaxy"),
                    ShellWord(Whole(folder).string())));
  }
  if (!HasFiles(folder)) {
    return MakeError(ErrorCode::kInvalidInput,
                     fmt::format("there are no files in {}; check its name, and whether a disk is "
                                 "mounted there",
                                 Quote(folder.string())));
  }
  const std::string name = Whole(folder).filename().string();
  const std::string root = KeyPartOf(name) + "/file";
  const std::string child = KeyPartOf(name) + "/summary";
  return NewProject{
      .files = {{"metaxy.toml", ConfigFor(request.name)},
                {"features.toml", Filled(kInitFolder, {{"ROOT", root},
                                                       {"CHILD", child},
                                                       {"DESCRIPTION", TomlString("The files of " +
                                                                                  Quote(name))}})}},
      .next = {"metaxy scan " + ShellPath(folder, request.directory),
               "metaxy metadata resolve " + child + " --to todo",
               "# compute something for each row of todo/new.parquet, add it as a column, then:",
               "metaxy metadata write " + child + " --from todo/new.parquet"}};
}

}  // namespace metaxy::cli
