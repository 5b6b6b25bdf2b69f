#include "account.h"

#include <cstdio>
#include <iostream>

namespace overview {
namespace {

void AppendCount(int64_t count, const char* what, std::string* text) {
  if (count == 0) return;
  if (!text->empty()) *text += ", ";
  *text += std::to_string(count) + " " + what;
}

}  // namespace

std::string Describe(const metaxy::IncrementCounts& counts) {
  std::string text;
  AppendCount(counts.new_samples, "new", &text);
  AppendCount(counts.stale, "stale", &text);
  AppendCount(counts.orphaned, "orphaned", &text);
  return text.empty() ? "up to date" : text;
}

void PrintTitle(size_t photos) {
  std::cout << photos << " photographs in photos/, four features, a local LanceDB in metadata/.\n";
}

void PrintChapter(int number, const std::string& title) {
  // Flushed, so that the title is visible during the run.
  std::cout << "\n" << number << ". " << title << "\n" << std::flush;
}

void PrintRun(const RunReport& run) {
  std::printf("     %lld files read and hashed in %.0f ms\n", static_cast<long long>(run.photos),
              run.scan_ms);
  for (const FeatureReport& feature : run.features) {
    std::printf("     %-19s %-12s resolve %4.0f ms", feature.feature.ToString().c_str(),
                Describe(feature.counts).c_str(), feature.resolve_ms);
    if (feature.write_ms > 0) {
      std::printf("   compute %4.0f ms   write %4.0f ms", feature.compute_ms, feature.write_ms);
    }
    std::printf("\n");
  }
  std::fflush(stdout);
}

void PrintCaption(const std::string& photo, const std::string& caption) {
  std::cout << "\nRead back from the store, " << photo << ": \"" << caption << "\"\n";
}

}  // namespace overview
