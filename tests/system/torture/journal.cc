#include "journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace metaxy::torture {

History After(const History& before, const Operation& operation) {
  History after = before;
  for (const std::string& id : operation.ids) {
    std::vector<std::string>& rows = after[id];
    if (operation.kind == "write") {
      rows.push_back(operation.tag);
    } else if (operation.kind == "soft" && !rows.empty() && rows.back().back() != '!') {
      rows.push_back(rows.back() + "!");
    } else if (operation.kind == "hard") {
      rows.clear();
    }
  }
  return after;
}

bool SameOf(const std::vector<std::string>& ids, const History& a, const History& b) {
  const auto rows = [](const History& history, const std::string& id) {
    const auto found = history.find(id);
    std::vector<std::string> sorted =
        found == history.end() ? std::vector<std::string>() : found->second;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  };
  return std::all_of(ids.begin(), ids.end(),
                     [&](const std::string& id) { return rows(a, id) == rows(b, id); });
}

Journal::Journal(const std::filesystem::path& path)
    : file_(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {
  if (file_ < 0) throw std::runtime_error("cannot open " + path.string());
}

Journal::~Journal() { close(file_); }

void Journal::Append(const std::string& line) {
  const std::string bytes = line + "\n";
  if (write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("cannot write the journal");
}

void Journal::Begin(const Operation& operation) {
  std::string ids;
  for (const std::string& id : operation.ids) ids += " " + id;
  Append("begin " + std::to_string(operation.number) + " " + operation.kind + " " + operation.tag +
         ids);
}

void Journal::Done(int64_t number) { Append("done " + std::to_string(number)); }

void Journal::Error(int64_t number, const std::string& code, const std::string& message) {
  Append("error " + std::to_string(number) + " " + code + " " + message);
}

void Journal::Found(int64_t number, const std::string& outcome) {
  Append("found " + std::to_string(number) + " " + outcome);
}

Replayed Journal::Replay(const std::filesystem::path& path) {
  Replayed result;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string event;
    Operation operation;
    words >> event >> operation.number;
    if (event == "begin") {
      words >> operation.kind >> operation.tag;
      for (std::string id; words >> id;) operation.ids.push_back(id);
      result.pending = operation;
      ++result.operations;
      continue;
    }
    std::string word;
    words >> word;
    if (event == "error") {
      if (word != "CommitConflict") result.errors.push_back(line);
      continue;
    }
    if (!result.pending) continue;
    const bool landed = event == "done" || word == "yes";
    if (word == "torn")
      result.torn.push_back(line + ": " + result.pending->kind + " " + result.pending->tag);
    if (landed) {
      History after = After(result.history, *result.pending);
      // Deleting what does not exist commits nothing.
      if (after != result.history) ++result.commits;
      result.history = std::move(after);
    } else {
      ++result.refused;
    }
    result.pending.reset();
  }
  return result;
}

}  // namespace metaxy::torture
