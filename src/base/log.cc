#include "base/log.h"

#include <deque>
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
    case LogSubject::kDelta:
      return "delta";
    case LogSubject::kClose:
      return "close";
    case LogSubject::kFailures:
      return "failures";
  }
  return "unknown";
}

namespace internal {

struct Log::Shared {
  LogFunction function;
  std::mutex mutex;
  std::set<std::string> reported;  // messages that are reported only once
  std::deque<LogRecord> waiting;   // for the thread that is telling
  bool telling = false;
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

// The function is not called under the lock: it may wait for a thread that has something to say
// itself, or say something by what it calls.
void Log::Tell(LogRecord record, bool once) const {
  if (!shared_) return;
  const std::shared_ptr<Shared> shared = shared_;
  std::unique_lock<std::mutex> lock(shared->mutex);
  if (once && !shared->reported.insert(record.message).second) return;
  shared->waiting.push_back(std::move(record));
  if (shared->telling) return;
  shared->telling = true;
  while (!shared->waiting.empty()) {
    const LogRecord next = std::move(shared->waiting.front());
    shared->waiting.pop_front();
    lock.unlock();
    try {
      shared->function(next);
      // NOLINTNEXTLINE(bugprone-empty-catch): the operation goes on, and there is nobody to tell.
    } catch (...) {
    }
    lock.lock();
  }
  shared->telling = false;
}

}  // namespace internal
}  // namespace metaxy
