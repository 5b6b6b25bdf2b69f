// What a library under test has told its log.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "metaxy/log.h"

namespace metaxy::testing {

/// Keeps records. It must outlive what tells them. Thread-safe.
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

/// A number among the values of a record; 0 if it is not there.
inline int64_t NumberIn(const LogRecord& record, std::string_view name) {
  const Json* value = record.values.Find(name);
  return value == nullptr ? 0 : std::stoll(value->as_integer().digits);
}

/// A text among them; empty if it is not there.
inline std::string TextIn(const LogRecord& record, std::string_view name) {
  const Json* value = record.values.Find(name);
  return value == nullptr ? "" : value->as_string();
}

}  // namespace metaxy::testing
