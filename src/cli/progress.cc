#include "cli/progress.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace metaxy::cli {

namespace {

constexpr int kBarWidth = 20;
constexpr double kNoRateBefore = 0.5;  // seconds; earlier rates are not meaningful
constexpr std::chrono::milliseconds kBetween{100};

std::string WithCommas(int64_t number) {
  std::string digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string Duration(double seconds) {
  const int64_t whole = std::llround(seconds);
  if (whole < 90) return fmt::format("{} s", whole);
  if (whole < 5400) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  const int64_t minutes = (whole + 30) / 60;
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

}  // namespace

std::string ProgressText(int64_t done, std::optional<int64_t> total, double seconds,
                         const std::string& what) {
  std::string text;
  const bool has_end = total && *total > 0;
  if (has_end) {
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(*total));
    const auto filled = static_cast<size_t>(part * kBarWidth);
    text = fmt::format("[{}{}] {:3.0f} %  {} of {} {}", std::string(filled, '#'),
                       std::string(kBarWidth - filled, '-'), part * 100, WithCommas(done),
                       WithCommas(*total), what);
  } else {
    text = fmt::format("{} {}", WithCommas(done), what);
  }
  if (seconds < kNoRateBefore || done == 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  text += rate < 10 ? fmt::format(", {:.1f}/s", rate)
                    : fmt::format(", {}/s", WithCommas(static_cast<int64_t>(rate)));
  if (has_end && done < *total)
    text += fmt::format(", {} left", Duration(static_cast<double>(*total - done) / rate));
  return text;
}

Progress::Progress(Output* output, std::string what, std::optional<int64_t> total, Clock clock)
    : output_(output),
      what_(std::move(what)),
      total_(total),
      clock_(std::move(clock)),
      start_(clock_()) {}

Progress::~Progress() { output_->Progress(""); }

void Progress::Add(int64_t count) {
  done_ += count;
  const auto now = clock_();
  if (shown_ && now - *shown_ < kBetween) return;
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  output_->Progress(ProgressText(done_, total_, seconds, what_));
}

}  // namespace metaxy::cli
