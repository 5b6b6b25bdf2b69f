#include "base/control_group.h"

#include <fstream>

namespace metaxy::internal {

void ForEachControlGroup(
    const std::string& controller, const std::string& root,
    const std::function<void(const std::string& directory, int version)>& look) {
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    // "0::/path" is version 2; "4:cpu,cpuacct:/path" is version 1.
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    if (!unified && ("," + controllers + ",").find("," + controller + ",") == std::string::npos)
      continue;
    const std::string mount = root + "/sys/fs/cgroup" + (unified ? "" : "/" + controller);
    std::string path = line.substr(second + 1);
    while (true) {
      if (path == "/") path.clear();
      look(mount + path, unified ? 2 : 1);
      if (path.empty()) break;
      path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
    }
  }
}

}  // namespace metaxy::internal
