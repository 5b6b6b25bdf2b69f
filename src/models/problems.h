// Validation problems: all errors in a definition with their locations, so that a user can fix them
// in one go and a file reader can report lines.
#pragma once

#include <arrow/status.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace metaxy {

/// \brief A location in a JSON-like value: names of members and indices, from the outside in.
using ValuePath = std::vector<std::variant<std::string, size_t>>;

/// \brief "deps[0].select"; empty for the whole value. On one line, whatever the names are.
std::string PathText(const ValuePath& path);

/// \brief `path` with one more step.
ValuePath operator/(ValuePath path, std::string name);
ValuePath operator/(ValuePath path, size_t index);

/// \brief One violated rule.
struct Problem {
  ValuePath path;
  std::string message;
};

/// \brief Collects problems; for a value with a wrong shape no further problem is kept.
class Problems {
 public:
  void Add(ValuePath path, std::string message);

  /// \brief Adds the results of validation, except for locations that already have a problem.
  void AddUnlessKnown(std::vector<Problem> problems);

  bool empty() const { return list_.empty(); }
  const std::vector<Problem>& list() const { return list_; }

  /// \brief OK without problems, else InvalidDefinition: "`subject` is not valid: place: message;
  /// place: message".
  arrow::Status ToStatus(std::string_view subject) const;

 private:
  std::vector<Problem> list_;
};

}  // namespace metaxy
