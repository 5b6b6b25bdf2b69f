// A writer's intentions, in a file that survives it; and the resulting expected content of the
// table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace metaxy::torture {

/// \brief An operation of a writer on its own samples, in one commit.
struct Operation {
  int64_t number = 0;
  std::string kind;  ///< "write", "soft" or "hard" (deletion), "compact"
  std::string tag;   ///< The tag of the rows of a write; unique among all writers.
  std::vector<std::string> ids;
};

/// \brief The rows of each sample: tags in the order of writing, followed by "!" for those that
/// mark a deletion.
using History = std::map<std::string, std::vector<std::string>>;

/// \brief The result of applying `operation` to `before`.
History After(const History& before, const Operation& operation);

/// \brief Whether two histories are equal for these samples, regardless of the order of rows.
bool SameOf(const std::vector<std::string>& ids, const History& a, const History& b);

/// \brief A parsed journal: what is known about the outcome of each operation.
struct Replayed {
  History history;  ///< Of all operations that have landed.
  int64_t operations = 0;
  int64_t commits = 0;               ///< Of those, the ones that changed rows and have landed.
  int64_t refused = 0;               ///< Ended with an error, and did not land.
  std::vector<std::string> torn;     ///< Half landed, or different from what was expected.
  std::vector<std::string> errors;   ///< Errors other than conflicts.
  std::optional<Operation> pending;  ///< Started last, outcome unknown.
};

/// \brief One line per event. Lines are whole even if the writer is killed: each is one write() to
/// a file opened for appending.
class Journal {
 public:
  explicit Journal(const std::filesystem::path& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void Begin(const Operation& operation);
  /// \brief Committed, according to the call.
  void Done(int64_t number);
  void Error(int64_t number, const std::string& code, const std::string& message);
  /// \brief The result of inspecting the table: "yes", "no" or "torn".
  void Found(int64_t number, const std::string& outcome);

  static Replayed Replay(const std::filesystem::path& path);

 private:
  void Append(const std::string& line);

  int file_;
};

}  // namespace metaxy::torture
