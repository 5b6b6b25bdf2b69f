#include "files.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

namespace overview {
namespace fs = std::filesystem;

arrow::Result<std::string> ReadFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  if (in) bytes << in.rdbuf();
  if (!in) {
    return arrow::Status::IOError("cannot read ", file.string(), ": ", std::strerror(errno));
  }
  return std::move(bytes).str();
}

arrow::Status WriteFile(const fs::path& file, std::string_view bytes) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    return arrow::Status::IOError("cannot write ", file.string(), ": ", std::strerror(errno));
  }
  return arrow::Status::OK();
}

arrow::Result<std::vector<fs::path>> ListPictures(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> pictures;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string extension = entry->path().extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (extension == ".jpg" || extension == ".jpeg") {
      pictures.push_back(entry->path());
    }
  }
  if (error) {
    return arrow::Status::IOError("cannot list ", directory.string(), ": ", error.message());
  }
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

}  // namespace overview
