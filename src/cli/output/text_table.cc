#include "cli/output/text_table.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace metaxy::cli {

namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowest = 8;

// The next code point, and its length in bytes. An invalid byte is taken as a character.
std::pair<uint32_t, size_t> NextCodePoint(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  size_t length = first < 0x80           ? 1
                  : (first >> 5) == 0x6  ? 2
                  : (first >> 4) == 0xe  ? 3
                  : (first >> 3) == 0x1e ? 4
                                         : 1;
  if (length == 1 || length > text.size()) return {first, 1};
  uint32_t point = first & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {first, 1};
    point = (point << 6) | (byte(i) & 0x3fu);
  }
  return {point, length};
}

// East Asian wide characters and emoji take two columns, combining marks none.
size_t WidthOf(uint32_t point) {
  if ((point >= 0x300 && point <= 0x36f) || point == 0x200b || point == 0x200d ||
      (point >= 0xfe00 && point <= 0xfe0f)) {
    return 0;
  }
  bool wide = (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
              (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
              (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
              (point >= 0x1f300 && point <= 0x1faff) || (point >= 0x20000 && point <= 0x3fffd);
  return wide ? 2 : 1;
}

void AppendPadded(std::string_view text, const std::string& styled, size_t width,
                  TextTable::Align align, bool last, std::string* line) {
  size_t taken = DisplayWidth(text);
  std::string padding(width > taken ? width - taken : 0, ' ');
  if (align == TextTable::Align::kRight) *line += padding;
  *line += styled;
  if (align == TextTable::Align::kLeft && !last) *line += padding;
  if (!last) *line += std::string(kGap, ' ');
}

size_t Total(const std::vector<size_t>& widths, size_t columns) {
  size_t total = columns > 0 ? kGap * (columns - 1) : 0;
  for (size_t i = 0; i < columns; ++i) total += widths[i];
  return total;
}

// The column, among the first ones, that can be narrowed the most; the number of columns if none
// can.
size_t Widest(const std::vector<size_t>& widths, const std::vector<size_t>& least, size_t columns) {
  size_t found = columns;
  for (size_t i = 0; i < columns; ++i) {
    if (widths[i] > least[i] && (found == columns || widths[i] > widths[found])) found = i;
  }
  return found;
}

// Narrows the widest columns down to `least`, those that are `minor` first, then omits the last
// ones. Returns how many columns are shown.
size_t Fit(size_t limit, const std::vector<size_t>& least, const std::vector<bool>& minor,
           std::vector<size_t>* widths) {
  for (size_t i = widths->size(); i-- > 0;) {
    const size_t total = Total(*widths, widths->size());
    if (!minor[i] || total <= limit || (*widths)[i] <= least[i]) continue;
    (*widths)[i] -= std::min(total - limit, (*widths)[i] - least[i]);
  }
  size_t columns = widths->size();
  const std::vector<size_t> wanted = *widths;
  while (columns > 0 && Total(*widths, columns) > limit) {
    size_t widest = Widest(*widths, least, columns);
    if (widest < columns) {
      --(*widths)[widest];
    } else if (columns > 1) {
      --columns;
      *widths = wanted;
    } else {
      (*widths)[0] = limit;
    }
  }
  return columns;
}

}  // namespace

void TextTable::AddColumn(std::string_view title, Align align, Weight weight) {
  columns_.push_back({OneLine(title), align, weight});
}

void TextTable::AddRow(std::vector<Cell> cells) {
  for (Cell& cell : cells) cell.text = Shorten(cell.text, std::numeric_limits<size_t>::max());
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

void TextTable::AddTexts(const std::vector<std::string>& texts) {
  std::vector<Cell> cells;
  for (const std::string& text : texts) cells.push_back({text});
  AddRow(std::move(cells));
}

void TextTable::Print(Output* output) const {
  std::vector<size_t> widths;
  std::vector<size_t> least;  // titles are not cut
  std::vector<bool> minor;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].title);
    least.push_back(std::max(width, kNarrowest));
    minor.push_back(columns_[i].weight == Weight::kMinor);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
    widths.push_back(width);
  }
  size_t shown = output->width() > 0
                     ? Fit(static_cast<size_t>(output->width()), least, minor, &widths)
                     : widths.size();
  std::string line;
  for (size_t i = 0; i < shown; ++i) {
    std::string title = Shorten(columns_[i].title, widths[i]);
    AppendPadded(title, output->Styled(Style::kBold, title), widths[i], columns_[i].align,
                 i + 1 == shown, &line);
  }
  output->PrintLine(line);
  for (const auto& row : rows_) {
    line.clear();
    for (size_t i = 0; i < shown; ++i) {
      std::string text = Shorten(row[i].text, widths[i]);
      AppendPadded(text, output->Styled(row[i].style, text), widths[i], columns_[i].align,
                   i + 1 == shown, &line);
    }
    output->PrintLine(line);
  }
  if (shown == columns_.size()) return;
  std::string names;
  for (size_t i = shown; i < columns_.size(); ++i)
    names += (names.empty() ? "" : ", ") + columns_[i].title;
  output->PrintLine(output->Styled(Style::kDim, "not shown for lack of space: " + names));
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    auto [point, length] = NextCodePoint(text);
    width += WidthOf(point);
    text.remove_prefix(length);
  }
  return width;
}

std::string Shorten(std::string_view text, size_t width) {
  std::string line;
  for (char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  if (DisplayWidth(line) <= width) return line;
  std::string result;
  size_t taken = 0;
  std::string_view rest = line;
  while (!rest.empty()) {
    auto [point, length] = NextCodePoint(rest);
    if (taken + WidthOf(point) + 1 > width) break;
    taken += WidthOf(point);
    result += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return width == 0 ? "" : result + "…";
}

}  // namespace metaxy::cli
