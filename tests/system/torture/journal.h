// What a writer intends, in a file that survives it; and what must be in the table because of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace metaxy::torture {

/// \brief Something that a writer does to samples of its own, in one commit.
struct Operation {
  int64_t number = 0;
  std::string kind;  ///< "write", "soft" or "hard" (deletion), "compact"
  std::string tag;   ///< What the rows of a write carry; unique among all writers.
  std::vector<std::string> ids;
};

/// \brief The rows of each sample: tags in the order of writing, "!" behind those that mark a
/// deletion.
using History = std::map<std::string, std::vector<std::string>>;

/// \brief What `operation` makes of `before`.
History After(const History& before, const Operation& operation);

/// \brief Whether two histories say the same of these samples, whatever the order of rows.
bool SameOf(const std::vector<std::string>& ids, const History& a, const History& b);

/// \brief A journal as it was read: of each operation what is known of its end.
struct Replayed {
  History history;  ///< Of all operations that have landed.
  int64_t operations = 0;
  int64_t commits = 0;               ///< Of those, the ones that changed rows and have landed.
  int64_t refused = 0;               ///< Ended with an error, and had not landed.
  std::vector<std::string> torn;     ///< Half landed, or other than it should be.
  std::vector<std::string> errors;   ///< Other errors than conflicts.
  std::optional<Operation> pending;  ///< Begun last, and nothing is known of its end.
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
  /// \brief It has been committed, as the call said.
  void Done(int64_t number);
  void Error(int64_t number, const std::string& code, const std::string& message);
  /// \brief What a look at the table showed: "yes", "no" or "torn".
  void Found(int64_t number, const std::string& outcome);

  static Replayed Replay(const std::filesystem::path& path);

 private:
  void Append(const std::string& line);

  int file_;
};

}  // namespace metaxy::torture
