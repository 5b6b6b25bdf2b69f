// A process that writes until it is killed or told to stop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace metaxy::torture {

struct WriterOptions {
  std::filesystem::path directory;  ///< With the database, the journals and the file "stop".
  std::string name;                 ///< Unique; the writer's samples begin with it.
  uint64_t seed = 0;
};

/// \brief Finds out how the operation ended in which it was killed last time, and goes on with
/// others. The exit code is 0 if it was told to stop.
int RunWriter(const WriterOptions& options);

}  // namespace metaxy::torture
