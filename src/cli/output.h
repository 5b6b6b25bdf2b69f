// What the program prints: results to stdout; errors, warnings and progress to stderr.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "metaxy/json.h"

namespace metaxy::cli {

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue, kCyan };

/// \brief The two streams of the program. Colours are used on terminals only, and not if NO_COLOR
/// is set.
class Output {
 public:
  Output(std::FILE* out, std::FILE* err);

  /// \brief A result: `text` as it is.
  void Print(std::string_view text);
  /// \brief A result: `text` and the end of the line.
  void PrintLine(std::string_view text = "");
  /// \brief A JSON value as the reference prints it.
  void PrintJson(const Json& json);

  /// \brief "metaxy: error: ..." on one line.
  void Error(std::string_view message);
  /// \brief "metaxy: warning: ..." on one line.
  void Warn(std::string_view message);
  /// \brief "metaxy: info: ..." on one line.
  void Inform(std::string_view message);
  /// \brief A remark to stderr: what was done.
  void Note(std::string_view message);
  /// \brief Asks a question of which only "y" or "yes" is agreement. Nothing where nobody can
  /// answer: if stdin or stderr is no terminal.
  std::optional<bool> Ask(std::string_view question);
  /// \brief Replaces the progress line, on terminals only; "" removes it.
  void Progress(std::string_view message);

  /// \brief `text` in a style, for stdout.
  std::string Styled(Style style, std::string_view text) const {
    return Apply(color_out_, style, text);
  }

  /// \brief Whether anything of a result has gone to stdout.
  bool has_printed() const { return has_printed_; }
  /// \brief Columns that a line of stdout may have; 0 if there is no limit.
  int width() const { return width_; }
  bool is_terminal() const { return out_is_terminal_; }
  /// \brief Whether somebody sees what Progress shows.
  bool shows_progress() const { return err_is_terminal_; }

  /// \brief Writes out what is pending. False if stdout could not take everything.
  bool Flush();

 private:
  static std::string Apply(bool color, Style style, std::string_view text);
  void Message(std::string_view kind, Style style, std::string_view message);

  std::FILE* out_;
  std::FILE* err_;
  bool out_is_terminal_;
  bool err_is_terminal_;
  bool color_out_;
  bool color_err_;
  bool has_progress_ = false;
  bool has_printed_ = false;
  int width_;
};

/// \brief Ends the program as SIGPIPE ends one, silently: whoever read its output has seen enough.
/// For where the signal was blocked or ignored by the program that started this one. Temporary
/// files are removed.
[[noreturn]] void EndByBrokenPipe();

/// \brief Line breaks and other control characters replaced by blanks, runs of blanks by one.
std::string OneLine(std::string_view text);

}  // namespace metaxy::cli
