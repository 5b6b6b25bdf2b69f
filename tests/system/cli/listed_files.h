// Programs that convert files for scripts that compare the results.
#pragma once

#include <arrow/status.h>

#include <fstream>
#include <iostream>
#include <string>

namespace metaxy::testing {

/// Converts each file that standard input lists, in lines of PATH TAB OUTPUT. Where `convert`,
/// which gets both, fails, its message goes to OUTPUT.error.
template <class Convert>
void ConvertListedFiles(Convert convert) {
  std::string line;
  while (std::getline(std::cin, line)) {
    const size_t tab = line.find('\t');
    const std::string output = line.substr(tab + 1);
    const arrow::Status status = convert(line.substr(0, tab), output);
    if (!status.ok()) std::ofstream(output + ".error") << status.message() << '\n';
  }
}

}  // namespace metaxy::testing
