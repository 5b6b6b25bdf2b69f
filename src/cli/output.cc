#include "cli/output.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/temporary_file.h"
#include "cli/pager.h"

namespace metaxy::cli {

namespace {

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool WantsColor(bool is_terminal, ColorMode mode) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  if (IsSet("NO_COLOR")) return false;
  if (IsSet("FORCE_COLOR")) return true;
  if (!is_terminal) return false;
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) != "dumb";
}

// COLUMNS takes effect if it is a number, also without a terminal.
int LineWidth(std::FILE* out, bool is_terminal) {
  if (const char* columns = std::getenv("COLUMNS")) {
    std::string_view text = columns;
    int width = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (code == std::errc() && end == text.data() + text.size() && width > 0) return width;
  }
  if (!is_terminal) return 0;
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// A closed standard descriptor would be reused for the next file that is opened, and results would
// be written to it. It is replaced by one that refuses them.
void OccupyClosedDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) return;
  }
}

const char* CodeOf(Style style) {
  switch (style) {
    case Style::kBold:
      return "1";
    case Style::kDim:
      return "2";
    case Style::kRed:
      return "31";
    case Style::kGreen:
      return "32";
    case Style::kYellow:
      return "33";
    case Style::kBlue:
      return "34";
    case Style::kCyan:
      return "36";
    default:
      return "0";
  }
}

}  // namespace

Output::Output(std::FILE* out, std::FILE* err)
    : out_(out),
      err_(err),
      out_is_terminal_(isatty(fileno(out)) != 0),
      err_is_terminal_(isatty(fileno(err)) != 0),
      color_out_(WantsColor(out_is_terminal_, ColorMode::kAuto)),
      color_err_(WantsColor(err_is_terminal_, ColorMode::kAuto)),
      width_(LineWidth(out, out_is_terminal_)) {
  OccupyClosedDescriptors();
}

Output::~Output() = default;

void Output::Configure(const OutputSettings& settings) {
  settings_ = settings;
  color_out_ = WantsColor(out_is_terminal_, settings.color);
  color_err_ = WantsColor(err_is_terminal_, settings.color);
}

void Output::Print(std::string_view text) {
  Progress("");
  has_printed_ = true;
  if (std::exchange(may_page_, false)) {
    if (auto pager = Pager::Start(out_)) pager_ = std::make_unique<Pager>(*std::move(pager));
  }
  if (std::fwrite(text.data(), 1, text.size(), out_) < text.size() && errno == EPIPE)
    ReaderIsGone();
}

void Output::PrintLine(std::string_view text) {
  Print(text);
  std::fputc('\n', out_);
}

void Output::PrintJson(const Json& json) { PrintLine(json.DumpIndented()); }

void Output::Error(std::string_view message) { Message("error", Style::kRed, message); }

void Output::Warn(std::string_view message) { Message("warning", Style::kYellow, message); }

void Output::Inform(std::string_view message) {
  if (!settings_.quiet) Message("info", Style::kDim, message);
}

void Output::Message(std::string_view kind, Style style, std::string_view message) {
  Progress("");
  std::fflush(out_);
  std::string line = "metaxy: " + Apply(color_err_, style, std::string(kind) + ":") + " " +
                     OneLine(message) + "\n";
  WriteMessage(line);
}

void Output::WriteMessage(const std::string& line) {
  if (pager_ != nullptr) {
    deferred_ += line;
    return;
  }
  std::fwrite(line.data(), 1, line.size(), err_);
  std::fflush(err_);
}

void Output::Note(std::string_view message) {
  if (settings_.quiet) return;
  Progress("");
  WriteMessage(Apply(color_err_, Style::kDim, message) + "\n");
}

bool Output::can_ask() const { return err_is_terminal_ && isatty(STDIN_FILENO) != 0; }

void Output::Question(std::string_view question, std::string_view hint) {
  Progress("");
  std::fflush(out_);
  const std::string line =
      Apply(color_err_, Style::kBold, OneLine(question)) + std::string(hint) + " ";
  std::fwrite(line.data(), 1, line.size(), err_);
  std::fflush(err_);
}

std::optional<bool> Output::Ask(std::string_view question) {
  if (!can_ask()) return std::nullopt;
  Question(question, " [y/N]");
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
    answer += static_cast<char>(std::tolower(c));
  answer = OneLine(answer);
  return answer == "y" || answer == "yes";
}

std::optional<std::string> Output::AskFor(std::string_view question, std::string_view otherwise) {
  if (!can_ask()) return std::nullopt;
  Question(question, otherwise.empty() ? ":" : " [" + std::string(otherwise) + "]:");
  std::string answer;
  int c = std::getchar();
  for (; c != EOF && c != '\n'; c = std::getchar()) answer += static_cast<char>(c);
  if (c == EOF) return std::nullopt;
  const size_t begin = answer.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return std::string(otherwise);
  return answer.substr(begin, answer.find_last_not_of(" \t\r") + 1 - begin);
}

void Output::Progress(std::string_view message) {
  if (!shows_progress() || pager_ != nullptr || (message.empty() && !has_progress_)) return;
  std::string line = "\r\x1b[K" + std::string(message);
  std::fwrite(line.data(), 1, line.size(), err_);
  std::fflush(err_);
  has_progress_ = !message.empty();
}

bool Output::Flush() {
  Progress("");
  const bool flushed = std::fflush(out_) == 0;
  const bool is_gone = !flushed && errno == EPIPE;
  if (is_gone) ReaderIsGone();
  const bool ok = (flushed || is_gone) && std::ferror(out_) == 0;
  if (pager_ != nullptr) {
    pager_.reset();
    WriteMessage(std::exchange(deferred_, {}));
  }
  std::fflush(err_);
  return ok;
}

void Output::ReaderIsGone() {
  if (pager_ == nullptr) EndByBrokenPipe();
  // Whoever leaves a pager has seen enough; warnings are still shown.
  __fpurge(out_);
  std::clearerr(out_);
}

std::string Output::Apply(bool color, Style style, std::string_view text) {
  if (!color || style == Style::kPlain) return std::string(text);
  return std::string("\x1b[") + CodeOf(style) + "m" + std::string(text) + "\x1b[0m";
}

void EndByBrokenPipe() {
  internal::RemoveTemporaryPaths();
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  std::raise(SIGPIPE);
  _exit(128 + SIGPIPE);
}

std::string OneLine(std::string_view text) {
  std::string result;
  for (char c : text) {
    bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (blank && (result.empty() || result.back() == ' ')) continue;
    result += blank ? ' ' : c;
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

}  // namespace metaxy::cli
