// Exit codes, and the error codes that lead to them, with causes and remedies: one table for the
// program, its help and the documentation.
#pragma once

#include <arrow/status.h>

#include <span>
#include <string>

#include "metaxy/errors.h"

namespace metaxy::cli {

/// \brief Exit codes. A successful command exits with kDone even if there is nothing to show.
enum ExitCode : int {
  kDone = 0,
  kCheckFailed = 1,    ///< The requested check failed (`--assert-in-sync`).
  kUserError = 2,      ///< Invalid input, configuration or command line.
  kStoreError = 3,     ///< The store, the file system or the network failed.
  kInterrupted = 130,  ///< By SIGINT; for another signal N it is 128 + N.
};

struct ExitCodeInfo {
  const char* code;  ///< "0", or several: "130, 143, 129"
  const char* meaning;
  const char* remedy;
};

std::span<const ExitCodeInfo> ExitCodeTable();

struct ErrorInfo {
  ErrorCode code;
  ExitCode exit_code;
  const char* cause;
  const char* remedy;
};

/// \brief Every ErrorCode once, in their order.
std::span<const ErrorInfo> ErrorTable();

/// \brief A code that only the program has, for requests that it refuses itself.
struct RefusalInfo {
  const char* code;  ///< As in JSON: "MISSING_REQUIRED_FLAG".
  ExitCode exit_code;
  const char* cause;
  const char* remedy;
};

std::span<const RefusalInfo> RefusalTable();

/// \brief The JSON code of an error: "FEATURE_NOT_FOUND" for FeatureNotFound.
std::string JsonErrorCode(ErrorCode code);

/// \brief The exit code for a failure.
int ExitCodeOf(const arrow::Status& status);

}  // namespace metaxy::cli
