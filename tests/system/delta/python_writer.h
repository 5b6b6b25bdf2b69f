// A process in Python that writes to tables of a store.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace metaxy::testing {

/// python_writer.py, running. Used by one thread.
class PythonWriter {
 public:
  /// Null where $METAXY_DELTA_PYTHON, a Python with lancedb, is not set.
  static std::unique_ptr<PythonWriter> Start();
  ~PythonWriter();
  PythonWriter(const PythonWriter&) = delete;
  PythonWriter& operator=(const PythonWriter&) = delete;

  /// "ok", or what failed.
  std::string Do(const std::string& what, const std::filesystem::path& store,
                 const std::string& table, uint64_t seed);

 private:
  PythonWriter(int pid, int to, int from) : pid_(pid), to_(to), from_(from) {}

  int pid_;
  int to_;
  int from_;
};

}  // namespace metaxy::testing
