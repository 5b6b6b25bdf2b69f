// Log records received from the library under test.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "metaxy/log.h"

namespace metaxy::testing {

/// Collects records. It must outlive the loggers. Thread-safe.
class Records {
 public:
  LogFunction function() {
    return [this](const LogRecord& record) {
      const std::lock_guard<std::mutex> lock(mutex_);
      records_.push_back(record);
    };
  }

  std::vector<LogRecord> Of(LogSubject subject) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<LogRecord> found;
    for (const LogRecord& record : records_) {
      if (record.subject == subject) found.push_back(record);
    }
    return found;
  }

  /// The messages of all warnings.
  std::vector<std::string> warnings() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> messages;
    for (const LogRecord& record : records_) {
      if (record.severity == LogSeverity::kWarning) messages.push_back(record.message);
    }
    return messages;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<LogRecord> records_;
};

/// A number among the values of a record; 0 if it is missing.
inline int64_t NumberIn(const LogRecord& record, std::string_view name) {
  const Json* value = record.values.Find(name);
  return value == nullptr ? 0 : std::stoll(value->as_integer().digits);
}

/// A string among them; empty if it is missing.
inline std::string TextIn(const LogRecord& record, std::string_view name) {
  const Json* value = record.values.Find(name);
  return value == nullptr ? "" : value->as_string();
}

}  // namespace metaxy::testing
