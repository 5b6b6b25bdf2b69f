#include "lancedb/failure_reporter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "lancedb/secrets.h"
#include "lancedb/store_errors.h"
#include "lancedb/store_place.h"
#include "metaxy/errors.h"

namespace metaxy::internal {
namespace {

// Failures that settings can cause of a store on the network.
bool IsOfTheOutside(const arrow::Status& status) {
  switch (GetErrorCode(status)) {
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kTimeout:
    case ErrorCode::kNetwork:
    case ErrorCode::kIo:
      return true;
    default:
      return false;
  }
}

// The libraries below take options of object stores out of the environment also without the
// service's name: an empty TIMEOUT that some other program wants makes every store fail.
std::string EnvironmentRemedy(const LanceConnectOptions& options) {
  const auto names = LanceConnection::EnvironmentStorageOptions(options);
  if (!names.ok() || names->empty()) return "";
  std::vector<std::string> settings;
  for (std::string name : *names) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    settings.push_back("storage_options." + name);
  }
  const bool one = names->size() == 1;
  return fmt::format("; {} in the environment {} taken as {} of the store: unset {}, or set {}",
                     fmt::join(*names, ", "), one ? "is" : "are", one ? "an option" : "options",
                     one ? "it" : "them", fmt::join(settings, ", "));
}

}  // namespace

arrow::Status FailureReporter::Redact(const arrow::Status& status) const {
  if (status.ok()) return status;
  std::string message = status.message();
  if (!LocalDirectory(options_.uri) && options_.uri != display_uri_) {
    for (size_t at = message.find(options_.uri); at != std::string::npos;
         at = message.find(options_.uri, at + display_uri_.size()))
      message.replace(at, options_.uri.size(), display_uri_);
  }
  message = WithoutSecrets(std::move(message), options_);
  if (IsOfTheOutside(status)) message += EnvironmentRemedy(options_);
  return status.WithMessage(message);
}

// Where files are written, lance itself knows whether the commit was reached.
arrow::Status FailureReporter::MarkUnknownOutcome(const arrow::Status& status) const {
  const bool unanswered = IsError(status, ErrorCode::kTimeout) ||
                          (IsError(status, ErrorCode::kNetwork) &&
                           status.message().find(kNoConnection) == std::string::npos &&
                           status.message().find(kNoAddress) == std::string::npos);
  if (status.ok() || !is_server_ || !unanswered) return Redact(status);
  const std::string message = status.message().substr(0, status.message().rfind("; "));
  return Redact(
      MakeError(ErrorCode::kCommitStateUnknown, fmt::format("{}; {}", message, kReadFirst)));
}

}  // namespace metaxy::internal
