// Torture test: many processes write, delete and compact one table, and are killed at random times;
// then every row is compared with the journals of the writers.
//
//   torture DIRECTORY [--writers N] [--python-writers N] [--kills N] [--commits N] [--seed N]
//                     [--python PROGRAM --python-writer SCRIPT]
//                     [--clock-shim LIBRARY --clock-days N]
//
// With a clock shim (tests/support/clock_shim.c) every process of a writer has another time, up to
// so many days ahead or behind; a writer in Python keeps the same one, as nobody corrects it.
//
// Exit code 0: nothing was lost, duplicated or unreadable.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "journal.h"
#include "table.h"
#include "writer.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to programs.

namespace metaxy::torture {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path directory;
  int writers = 4;
  int python_writers = 0;
  int kills = 8;
  int64_t commits = 60;
  uint64_t seed = 1;
  std::string python;
  std::string python_writer;
  std::string clock_shim;
  int clock_days = 0;
};

class Torture {
 public:
  explicit Torture(Options options) : options_(std::move(options)), random_(options_.seed) {}

  int Run() {
    fs::create_directories(options_.directory);
    const int count = options_.writers + options_.python_writers;
    for (int i = 0; i < count; ++i) {
      names_.push_back((i < options_.writers ? "c" : "p") + std::to_string(i));
      pids_.push_back(Spawn(i));
    }
    while (kills_ < options_.kills || Commits() < options_.commits) {
      Pause();
      if (KillIsDue()) Kill(static_cast<int>(random_() % pids_.size()));
      if (Died()) break;
      LookFromOutside();
    }
    std::ofstream(options_.directory / "stop") << "stop\n";
    for (const pid_t pid : pids_) {
      int status = 0;
      if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0) ++failed_;
    }
    return CompareWithJournals();
  }

 private:
  pid_t Spawn(int index) {
    const std::string& name = names_[static_cast<size_t>(index)];
    const std::string seed = std::to_string(random_());
    std::vector<std::string> words;
    if (index < options_.writers) {
      words = {"/proc/self/exe", "writer", options_.directory.string(), name, seed};
    } else {
      words = {options_.python, options_.python_writer, options_.directory.string(), name, seed};
    }
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = 0;
    std::vector<std::string> clock = Clock(index);
    std::vector<char*> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
      variables.push_back(*variable);
    for (std::string& variable : clock) variables.push_back(variable.data());
    variables.push_back(nullptr);
    if (posix_spawn(&pid, words[0].c_str(), nullptr, nullptr, arguments.data(), variables.data()) !=
        0) {
      std::fprintf(stderr, "torture: cannot start %s\n", words[0].c_str());
      std::exit(1);
    }
    return pid;
  }

  // The variables that give a process its time.
  std::vector<std::string> Clock(int index) {
    if (options_.clock_shim.empty()) return {};
    const int days = options_.clock_days;
    const int any = static_cast<int>(random_() % static_cast<unsigned>(2 * days + 1));
    const int kept = static_cast<int>((options_.seed + static_cast<uint64_t>(index) * 7) %
                                      static_cast<uint64_t>(2 * days + 1));
    const int ahead = (index < options_.writers ? any : kept) - days;
    return {"LD_PRELOAD=" + options_.clock_shim,
            "METAXY_TEST_CLOCK_AHEAD_S=" + std::to_string(ahead * 86400)};
  }

  void Pause() { std::this_thread::sleep_for(std::chrono::milliseconds(20 + random_() % 200)); }

  // Kills are spread over all commits: at the start they would hit an almost empty table, and slow
  // programs that never get to write.
  bool KillIsDue() const {
    return kills_ < options_.kills && (kills_ * options_.commits <= Commits() * options_.kills);
  }

  void Kill(int index) {
    pid_t& pid = pids_[static_cast<size_t>(index)];
    if (waitpid(pid, nullptr, WNOHANG) != 0) {  // It exited by itself: that is a failure.
      ++failed_;
    } else {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      ++kills_;
    }
    pid = Spawn(index);
  }

  // Whether a writer gave up; killed ones are restarted immediately.
  bool Died() {
    for (pid_t& pid : pids_) {
      if (pid > 0 && waitpid(pid, nullptr, WNOHANG) == pid) {
        ++failed_;
        pid = -1;
      }
    }
    return failed_ > 0;
  }

  // Committed data is readable at any time, also for an external process.
  void LookFromOutside() {
    const auto look = [this]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(const auto store,
                            OpenStore(options_.directory / "db", AccessMode::kRead));
      return Observe(*store).status();
    };
    const arrow::Status status = look();
    ++looks_;
    if (status.ok()) return;
    ++unreadable_;
    std::fprintf(stderr, "torture: unreadable: %s\n", status.ToString().c_str());
  }

  int64_t Commits() const {
    int64_t commits = 0;
    for (const std::string& name : names_)
      commits += Journal::Replay(options_.directory / (name + ".journal")).commits;
    return commits;
  }

  // Compares the table with the journals.
  int CompareWithJournals() {
    auto store = OpenStore(options_.directory / "db", AccessMode::kWrite);
    if (!store.ok()) return Fail(store.status());
    Replayed total;
    int64_t python_commits = 0;
    const auto seen = Observe(**store);
    if (!seen.ok()) return Fail(seen.status());
    for (const std::string& name : names_) {
      Replayed replayed = Journal::Replay(options_.directory / (name + ".journal"));
      // Killed, and not restarted since.
      if (replayed.pending) {
        const History after = After(replayed.history, *replayed.pending);
        if (SameOf(replayed.pending->ids, *seen, after)) replayed.history = after;
      }
      total.commits += replayed.commits;
      if (name[0] == 'p') python_commits += replayed.commits;
      total.operations += replayed.operations;
      total.refused += replayed.refused;
      for (const auto& [id, rows] : replayed.history) total.history[id] = rows;
      total.torn.insert(total.torn.end(), replayed.torn.begin(), replayed.torn.end());
      total.errors.insert(total.errors.end(), replayed.errors.begin(), replayed.errors.end());
    }
    Compare(total.history, *seen);
    const auto consistent = CheckReads(**store, total.history);
    if (!consistent.ok()) return Fail(consistent.status());
    for (const auto* messages : {&total.torn, &total.errors}) {
      for (const std::string& message : *messages)
        std::fprintf(stderr, "torture: %s\n", message.c_str());
    }
    std::printf(
        "torture: %d C++ and %d Python writers, clocks up to %d days apart, %d kills, %lld "
        "operations, %lld commits (%lld of "
        "Python), %lld cut off or refused, %lld looks from outside; rows: %lld, lost: %lld, "
        "doubled: %lld, unreadable: %lld, half visible: %zu, unexpected errors: %zu, writers that "
        "gave up: %d\n",
        options_.writers, options_.python_writers, 2 * options_.clock_days, kills_,
        static_cast<long long>(total.operations), static_cast<long long>(total.commits),
        static_cast<long long>(python_commits), static_cast<long long>(total.refused),
        static_cast<long long>(looks_), static_cast<long long>(rows_),
        static_cast<long long>(lost_), static_cast<long long>(doubled_),
        static_cast<long long>(unreadable_), total.torn.size(), total.errors.size(), failed_);
    const bool good = lost_ == 0 && doubled_ == 0 && unreadable_ == 0 && total.torn.empty() &&
                      total.errors.empty() && failed_ == 0 && *consistent;
    return good ? 0 : 1;
  }

  void Compare(const History& expected, const History& seen) {
    std::map<std::string, int64_t> balance;  // by sample and row: seen - expected
    for (const auto& [id, rows] : expected) {
      for (const std::string& row : rows) --balance[id + " " + row];
    }
    for (const auto& [id, rows] : seen) {
      rows_ += static_cast<int64_t>(rows.size());
      for (const std::string& row : rows) ++balance[id + " " + row];
    }
    for (const auto& [row, difference] : balance) {
      if (difference == 0) continue;
      std::fprintf(stderr, "torture: %s: %lld\n", row.c_str(), static_cast<long long>(difference));
      (difference < 0 ? lost_ : doubled_) += std::abs(difference);
    }
  }

  // A plain read and a resolve agree with the histories, before and after a final compaction.
  arrow::Result<bool> CheckReads(MetadataStore& store, const History& expected) {
    History latest;
    for (const auto& [id, rows] : expected) {
      if (!rows.empty() && rows.back().back() != '!') latest[id] = {rows.back()};
    }
    bool good = true;
    for (const bool compacted : {false, true}) {
      if (compacted) {
        ARROW_RETURN_NOT_OK(
            store.administration()
                .CompactMetadata(kFeature, {.keep_versions_for = std::chrono::seconds(0)})
                .status());
      }
      ARROW_ASSIGN_OR_RAISE(const History read, ObserveLatest(store));
      ARROW_ASSIGN_OR_RAISE(const auto increment, store.ResolveUpdateLazy(kChild));
      const bool same =
          read == latest && increment->counts().new_samples == static_cast<int64_t>(latest.size());
      if (!same) {
        std::fprintf(stderr, "torture: a plain read differs from the journals%s\n",
                     compacted ? " after compaction" : "");
      }
      good = good && same;
    }
    return good;
  }

  static int Fail(const arrow::Status& status) {
    std::fprintf(stderr, "torture: %s\n", status.ToString().c_str());
    return 1;
  }

  Options options_;
  std::minstd_rand random_;
  std::vector<std::string> names_;
  std::vector<pid_t> pids_;
  int kills_ = 0;
  int failed_ = 0;
  int64_t looks_ = 0;
  int64_t rows_ = 0;
  int64_t lost_ = 0;
  int64_t doubled_ = 0;
  int64_t unreadable_ = 0;
};

int Main(const std::vector<std::string>& words) {
  if (words.size() == 4 && words[0] == "writer") {
    // Terminating the torture test terminates its writers.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return RunWriter({.directory = words[1], .name = words[2], .seed = std::stoull(words[3])});
  }
  if (words.empty() || words.size() % 2 == 0) {
    std::fprintf(stderr, "torture: give a directory and pairs of options and values\n");
    return 2;
  }
  Options options;
  options.directory = words[0];
  for (size_t i = 1; i < words.size(); i += 2) {
    const std::string& value = words[i + 1];
    if (words[i] == "--writers") options.writers = std::stoi(value);
    if (words[i] == "--python-writers") options.python_writers = std::stoi(value);
    if (words[i] == "--kills") options.kills = std::stoi(value);
    if (words[i] == "--commits") options.commits = std::stoll(value);
    if (words[i] == "--seed") options.seed = std::stoull(value);
    if (words[i] == "--python") options.python = value;
    if (words[i] == "--python-writer") options.python_writer = value;
    if (words[i] == "--clock-shim") options.clock_shim = value;
    if (words[i] == "--clock-days") options.clock_days = std::stoi(value);
  }
  return Torture(std::move(options)).Run();
}

}  // namespace
}  // namespace metaxy::torture

int main(int argc, char** argv) {
  return metaxy::torture::Main(std::vector<std::string>(argv + 1, argv + argc));
}
