// The way of a record to the user's function.
#pragma once

#include <memory>
#include <string>

#include "metaxy/log.h"

namespace metaxy::internal {

/// Calls the user's callback, one thread at a time. Copies share the callback. Thread-safe.
class Log {
 public:
  /// Silent.
  Log() = default;
  explicit Log(LogFunction function);

  void Info(LogSubject subject, std::string message, Json::Object values = {}) const;
  void Warn(LogSubject subject, std::string message, Json::Object values = {}) const;
  /// Unless the same message has been logged before.
  void InfoOnce(LogSubject subject, std::string message, Json::Object values = {}) const;
  void WarnOnce(LogSubject subject, std::string message, Json::Object values = {}) const;

  /// A callback that writes to this log, for components that take a callback; null if this log is
  /// silent.
  LogFunction function() const;

 private:
  struct Shared;

  void Tell(const LogRecord& record, bool once) const;

  std::shared_ptr<Shared> shared_;
};

}  // namespace metaxy::internal
