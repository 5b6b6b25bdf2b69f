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

/// \brief The content of a .env file. A name without "=" has no value.
struct DotenvFile {
  std::vector<std::pair<std::string, std::optional<std::string>>> variables;
  std::vector<int> bad_lines;  ///< the positions of invalid statements
};

/// \brief Parses a .env file; `${NAME}` is not expanded.
DotenvFile ParseDotenv(std::string_view text);

/// \brief Sets those variables of a .env file, if there is one, that the environment does not have
/// yet. Must be called before any thread is started.
void LoadDotenv(const std::filesystem::path& path,
                const std::function<void(const std::string&)>& warn);

}  // namespace metaxy::cli
