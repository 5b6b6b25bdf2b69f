// Typed values from SourceValues, as lenient as the reference's models: "yes" is a boolean, 16.0 an
// integer.
#pragma once

#include <arrow/status.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/source_value.h"

namespace metaxy::internal {

/// \brief InvalidConfig with the location before the message: "metaxy.toml:3: ...".
arrow::Status ConfigError(const Origin& origin, std::string_view message);

/// \brief "metaxy.toml:3: hash_truncation_length must be an integer, not a list". The value itself
/// is not shown, because it may be secret.
arrow::Status WrongType(const SourceValue& value, std::string_view name, std::string_view expected);

/// \brief Each sets `*out`, or fails with WrongType, naming `name`.
arrow::Status ReadText(const SourceValue& value, std::string_view name, std::string* out);
arrow::Status ReadOptionalText(const SourceValue& value, std::string_view name,
                               std::optional<std::string>* out);
arrow::Status ReadBool(const SourceValue& value, std::string_view name, bool* out);
arrow::Status ReadInt(const SourceValue& value, std::string_view name, int minimum, int* out);
arrow::Status ReadStrings(const SourceValue& value, std::string_view name,
                          std::vector<std::string>* out);

/// \brief Rejects members that are not in `known`, suggesting the closest one.
arrow::Status CheckKeys(const SourceValue& table, std::string_view name,
                        const std::vector<std::string>& known);

/// \brief Collects all messages of a check, so that a user can correct a file in one go.
class ErrorList {
 public:
  /// \brief Keeps a failure; ignores OK.
  void Add(const arrow::Status& status);
  /// \brief OK, or one InvalidConfig with all messages.
  arrow::Status Finish() const;

 private:
  std::vector<std::string> messages_;
};

}  // namespace metaxy::internal
