// Runs a target on files of a corpus, with any compiler: `fuzz_replay TARGET FILE|FOLDER...`.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "targets.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> FilesOf(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const metaxy::fuzz::Target* target = argc > 2 ? metaxy::fuzz::FindTarget(argv[1]) : nullptr;
  if (target == nullptr) {
    std::fputs("usage: fuzz_replay TARGET FILE|FOLDER...; targets:", stderr);
    for (const auto& known : metaxy::fuzz::Targets())
      std::fprintf(stderr, " %s", std::string(known.name).c_str());
    std::fputs("\n", stderr);
    return 2;
  }
  size_t count = 0;
  for (int i = 2; i < argc; ++i) {
    for (const fs::path& file : FilesOf(argv[i])) {
      std::ifstream stream(file, std::ios::binary);
      const std::vector<char> bytes((std::istreambuf_iterator<char>(stream)), {});
      // The name is printed first: if the input ends the process, it is the last one.
      std::printf("%s\n", file.filename().c_str());
      std::fflush(stdout);
      target->run({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
      ++count;
    }
  }
  std::printf("%zu inputs\n", count);
  return count > 0 ? 0 : 1;
}
