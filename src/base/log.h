// Logging: how a record reaches the user's callback.
#pragma once

#include <memory>
#include <string>

#include "metaxy/log.h"

namespace metaxy::internal {

/// Tells the user's function, one thread at a time: what comes up while a thread is in the function
/// waits for that thread to tell it, too. Copies are one: they share the function. Thread-safe.
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

  void Tell(LogRecord record, bool once) const;

  std::shared_ptr<Shared> shared_;
};

}  // namespace metaxy::internal
