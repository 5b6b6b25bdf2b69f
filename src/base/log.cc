#include "base/log.h"

#include <mutex>
#include <set>
#include <utility>

namespace metaxy {

std::string_view LogSeverityName(LogSeverity severity) {
  return severity == LogSeverity::kInfo ? "info" : "warning";
}

std::string_view LogSubjectName(LogSubject subject) {
  switch (subject) {
    case LogSubject::kConfig:
      return "config";
    case LogSubject::kDefinitions:
      return "definitions";
    case LogSubject::kLockFile:
      return "lock_file";
    case LogSubject::kExternalFeatures:
      return "external_features";
    case LogSubject::kFallback:
      return "fallback";
    case LogSubject::kRetry:
      return "retry";
    case LogSubject::kSchema:
      return "schema";
    case LogSubject::kMaintenance:
      return "maintenance";
    case LogSubject::kClock:
      return "clock";
    case LogSubject::kBufferedWrite:
      return "buffered_write";
    case LogSubject::kClose:
      return "close";
  }
  return "unknown";
}

namespace internal {

struct Log::Shared {
  LogFunction function;
  std::mutex mutex;
  std::set<std::string> told;  // of what is told once
};

Log::Log(LogFunction function) {
  if (!function) return;
  shared_ = std::make_shared<Shared>();
  shared_->function = std::move(function);
}

void Log::Info(LogSubject subject, std::string message, Json::Object values) const {
  Tell({LogSeverity::kInfo, subject, std::move(message), std::move(values)}, /*once=*/false);
}

void Log::Warn(LogSubject subject, std::string message, Json::Object values) const {
  Tell({LogSeverity::kWarning, subject, std::move(message), std::move(values)}, /*once=*/false);
}

void Log::InfoOnce(LogSubject subject, std::string message, Json::Object values) const {
  Tell({LogSeverity::kInfo, subject, std::move(message), std::move(values)}, /*once=*/true);
}

void Log::WarnOnce(LogSubject subject, std::string message, Json::Object values) const {
  Tell({LogSeverity::kWarning, subject, std::move(message), std::move(values)}, /*once=*/true);
}

LogFunction Log::function() const {
  if (!shared_) return nullptr;
  return [log = *this](const LogRecord& record) { log.Tell(record, /*once=*/false); };
}

void Log::Tell(const LogRecord& record, bool once) const {
  if (!shared_) return;
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  if (once && !shared_->told.insert(record.message).second) return;
  try {
    shared_->function(record);
  } catch (
      ...) {  // NOLINT(bugprone-empty-catch): the operation goes on, and there is nobody to tell.
  }
}

}  // namespace internal
}  // namespace metaxy
