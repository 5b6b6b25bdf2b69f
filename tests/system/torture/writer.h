// A process that writes until it is killed or told to stop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace metaxy::torture {

struct WriterOptions {
  std::filesystem::path directory;  ///< With the database, the journals and the file "stop".
  std::string name;                 ///< Unique; prefix of the writer's samples.
  uint64_t seed = 0;
};

/// \brief Determines the outcome of the operation during which it was last killed, and continues
/// with others. The exit code is 0 if it was told to stop.
int RunWriter(const WriterOptions& options);

}  // namespace metaxy::torture
