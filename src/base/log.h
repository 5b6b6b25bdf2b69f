// The way of a record to the user's function.
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
  /// Unless the same message was told once before.
  void InfoOnce(LogSubject subject, std::string message, Json::Object values = {}) const;
  void WarnOnce(LogSubject subject, std::string message, Json::Object values = {}) const;

  /// A function that tells this log, for what keeps a log of its own; null if this one is silent.
  LogFunction function() const;

 private:
  struct Shared;

  void Tell(LogRecord record, bool once) const;

  std::shared_ptr<Shared> shared_;
};

}  // namespace metaxy::internal
