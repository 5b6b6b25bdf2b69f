// Files of a project: metaxy.toml and metaxy.lock.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "metaxy/config.h"
#include "project/lock_file.h"
#include "targets.h"

namespace metaxy::fuzz {
namespace {

// A file of this process, removed at its end.
class InputFile {
 public:
  explicit InputFile(const std::string& name)
      : directory_(std::filesystem::temp_directory_path() /
                   ("metaxy-fuzz-" + std::to_string(getpid()))),
        path_(directory_ / name) {
    std::filesystem::create_directories(directory_);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    std::error_code code;
    std::filesystem::remove_all(directory_, code);
  }

  const std::filesystem::path& Hold(Input input) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << TextOf(input);
    return path_;
  }

 private:
  std::filesystem::path directory_;
  std::filesystem::path path_;
};

}  // namespace

void FuzzConfig(Input input) {
  static const InputFile file("metaxy.toml");
  ConfigLoadOptions options;
  options.config_file = file.Hold(input);
  options.environment = std::vector<std::pair<std::string, std::string>>{{"HOME", "/home/fuzz"}};
  const auto config = MetaxyConfig::Load(options);
  RequireOneLine(config.status());
  if (!config.ok()) return;
  const std::string form = config->ToJson().DumpPython();
  Require(form == config->ToJson().DumpPython(), "a configuration has one form");
  for (const StoreConfig& store : config->stores) {
    RequireOneLine(config->GetLanceDBStore(store.name).status());
    RequireOneLine(config->maintenance(store.name).status());
  }
  RequireOneLine(config->cpp_entrypoints().status());
}

void FuzzLockFile(Input input) {
  static const InputFile file("metaxy.lock");
  const auto features = internal::ReadLockFile(file.Hold(input));
  RequireOneLine(features.status());
  if (!features.ok()) return;
  for (const internal::LockedFeature& feature : *features)
    Require(feature.definition.is_external, "what is locked is external");
}

}  // namespace metaxy::fuzz
