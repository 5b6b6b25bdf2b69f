// What a failure of the database says to the user: without secrets, and with a remedy.
#pragma once

#include <arrow/result.h>

#include <string>
#include <utility>

#include "lancedb/bridge.h"

namespace metaxy::internal {

/// Shared by a store and the tables that it has opened. Thread-safe.
class FailureReporter {
 public:
  FailureReporter(LanceConnectOptions options, std::string display_uri, bool is_server)
      : options_(std::move(options)), display_uri_(std::move(display_uri)), is_server_(is_server) {}

  /// Without the credentials of the uri and of the options, and with variables of the environment
  /// that may be the cause. OK stays OK.
  arrow::Status Redact(const arrow::Status& status) const;
  template <typename T>
  arrow::Result<T> Redact(arrow::Result<T> result) const {
    if (result.ok()) return result;
    return Redact(result.status());
  }

  /// The same for a write: CommitStateUnknown if a server may have done what it was asked for.
  arrow::Status MarkUnknownOutcome(const arrow::Status& status) const;

 private:
  const LanceConnectOptions options_;
  const std::string display_uri_;
  const bool is_server_;
};

}  // namespace metaxy::internal
