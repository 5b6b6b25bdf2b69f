// .env files, by the rules of python-dotenv.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace metaxy::cli {

/// \brief What a .env file says. A name without "=" has no value.
struct DotenvFile {
  std::vector<std::pair<std::string, std::optional<std::string>>> variables;
  std::vector<int> bad_lines;  ///< where statements begin that are none
};

/// \brief Reads the text of a .env file; `${NAME}` is left as it is.
DotenvFile ParseDotenv(std::string_view text);

/// \brief Sets the variables of a .env file, if there is one, that the environment does not have
/// yet. Call it before any thread is started.
void LoadDotenv(const std::filesystem::path& path,
                const std::function<void(const std::string&)>& warn);

}  // namespace metaxy::cli
