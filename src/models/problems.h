// What is wrong with a definition, all of it, and where: so that a person can mend everything at
// once and a reader of a file can name lines.
#pragma once

#include <arrow/status.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace metaxy {

/// \brief A place in a JSON-like value: names of members and indices, from the outside in.
using ValuePath = std::vector<std::variant<std::string, size_t>>;

/// \brief "deps[0].select"; nothing for the whole value. On one line, whatever the names are.
std::string PathText(const ValuePath& path);

/// \brief `path` with one more step.
ValuePath operator/(ValuePath path, std::string name);
ValuePath operator/(ValuePath path, size_t index);

/// \brief One broken rule.
struct Problem {
  ValuePath path;
  std::string message;
};

/// \brief Collects problems; of a value whose shape is wrong no further problem is kept.
class Problems {
 public:
  void Add(ValuePath path, std::string message);

  /// \brief Adds what validation finds, but for places of which something is known already.
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
