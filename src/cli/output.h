// Program output: results to stdout; errors, warnings and progress to stderr.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "metaxy/json.h"

namespace metaxy::cli {

class Pager;

/// \brief When colours are used.
enum class ColorMode { kAuto, kAlways, kNever };

/// \brief What the command line says about output.
struct OutputSettings {
  ColorMode color = ColorMode::kAuto;
  bool quiet = false;  ///< No notes, no log, no progress; results, warnings and errors stay.
  bool progress = true;
  bool pager = true;
};

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue, kCyan };

/// \brief The two output streams of the program. Unless settings say otherwise, colours are used on
/// terminals, not if NO_COLOR is set, and also elsewhere if FORCE_COLOR is set.
class Output {
 public:
  Output(std::FILE* out, std::FILE* err);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Configure(const OutputSettings& settings);

  /// \brief The result is for reading: on a terminal it goes through a pager, if settings allow.
  void AllowPager() { may_page_ = settings_.pager && out_is_terminal_; }

  /// \brief A result: `text` verbatim.
  void Print(std::string_view text);
  /// \brief A result: `text` and a line break.
  void PrintLine(std::string_view text = "");
  /// \brief A JSON value as the reference prints it.
  void PrintJson(const Json& json);

  /// \brief "metaxy: error: ..." on one line.
  void Error(std::string_view message);
  /// \brief "metaxy: warning: ..." on one line.
  void Warn(std::string_view message);
  /// \brief "metaxy: info: ..." on one line.
  void Inform(std::string_view message);
  /// \brief A note to stderr: what was done.
  void Note(std::string_view message);
  /// \brief Asks a question that only "y" or "yes" confirms. `std::nullopt` if nobody can answer,
  /// because stdin or stderr is not a terminal.
  std::optional<bool> Ask(std::string_view question);
  /// \brief Asks for a line; `otherwise`, shown in brackets, if it is left empty. `std::nullopt` if
  /// nobody answers.
  std::optional<std::string> AskFor(std::string_view question, std::string_view otherwise);
  /// \brief Whether somebody can answer: stdin and stderr are terminals.
  bool can_ask() const;
  /// \brief Replaces the progress line, on terminals only; "" removes it.
  void Progress(std::string_view message);

  /// \brief `text` in a style, for stdout.
  std::string Styled(Style style, std::string_view text) const {
    return Apply(color_out_, style, text);
  }

  /// \brief Whether any part of a result has been written to stdout.
  bool has_printed() const { return has_printed_; }
  /// \brief The width of stdout; 0 if unlimited.
  int width() const { return width_; }
  bool is_terminal() const { return out_is_terminal_; }
  /// \brief Whether Progress is visible.
  bool shows_progress() const { return err_is_terminal_ && settings_.progress && !settings_.quiet; }

  /// \brief Flushes pending output. False if stdout could not accept everything.
  bool Flush();

 private:
  static std::string Apply(bool color, Style style, std::string_view text);
  void Question(std::string_view question, std::string_view hint);
  void Message(std::string_view kind, Style style, std::string_view message);
  /// What stdout is written to does not read it.
  void ReaderIsGone();
  /// Shows a line on stderr, after the pager if there is one.
  void WriteMessage(const std::string& line);

  std::FILE* out_;
  std::FILE* err_;
  bool out_is_terminal_;
  bool err_is_terminal_;
  bool color_out_;
  bool color_err_;
  OutputSettings settings_;
  bool may_page_ = false;
  std::unique_ptr<Pager> pager_;
  std::string deferred_;  // messages while the pager has the terminal
  bool has_progress_ = false;
  bool has_printed_ = false;
  int width_;
};

/// \brief Ends the program silently, as SIGPIPE does: the reader of its output has seen enough. For
/// processes whose parent has blocked or ignored the signal. Temporary files are removed.
[[noreturn]] void EndByBrokenPipe();

/// \brief Line breaks and other control characters replaced by spaces, runs of spaces by one.
std::string OneLine(std::string_view text);

}  // namespace metaxy::cli
