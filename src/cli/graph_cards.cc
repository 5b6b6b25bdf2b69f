#include <algorithm>
#include <map>
#include <vector>

#include "cli/graph_drawing.h"
#include "cli/output/text_table.h"

namespace metaxy::cli {

namespace {

using internal::Padded;
using internal::Said;
using internal::SayFeature;
using internal::SayField;

constexpr size_t kGap = 2;

struct Piece {
  Style style = Style::kPlain;
  std::string text;
};

// The content of a card: lines of segments.
using Content = std::vector<std::vector<Piece>>;

struct Card {
  std::string title;
  Style style = Style::kPlain;
  Content content;
  size_t width = 0;  // of the inside
};

size_t WidthOf(const std::vector<Piece>& line) {
  size_t width = 0;
  for (const Piece& piece : line) width += DisplayWidth(piece.text);
  return width;
}

Card CardOf(const render::GraphNode& node, const render::RenderConfig& config) {
  const Said said = SayFeature(node, config);
  Card card{.title = node.key.ToString() + (said.badge.empty() ? "" : " " + said.badge),
            .style = said.style};
  if (!said.version.empty()) card.content.push_back({{Style::kYellow, said.version}});
  if (config.show_projects && node.project)
    card.content.push_back({{Style::kDim, "project " + *node.project}});
  size_t names = 0;
  for (const render::FieldNode& field : node.fields)
    names = std::max(names, DisplayWidth(field.key.ToString()));
  if (config.show_fields) {
    for (const render::FieldNode& field : node.fields) {
      const Said field_said = SayField(field, config);
      const bool alone = field_said.version.empty() && field_said.badge.empty();
      std::string name = field.key.ToString();
      card.content.push_back(
          {{Style::kDim, "• "},
           {field_said.style, alone ? name : Padded(name, names + kGap)},
           {Style::kYellow, field_said.version},
           {field_said.style, field_said.badge.empty() ? "" : " " + field_said.badge}});
    }
  }
  for (const FeatureKey& parent : node.dependencies)
    card.content.push_back({{Style::kBlue, "← " + parent.ToString()}});
  card.width = DisplayWidth(card.title) + 2;
  for (const auto& line : card.content) card.width = std::max(card.width, WidthOf(line));
  return card;
}

std::string Repeat(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

// One line of a card with its border; spaces below its end.
std::string LineOf(const Card& card, size_t row, const Paint& paint) {
  if (row == 0) {
    return paint(card.style, "╭─ ") + paint(Style::kBold, card.title) +
           paint(card.style, " " + Repeat("─", card.width - DisplayWidth(card.title) - 1) + "╮");
  }
  if (row == card.content.size() + 1)
    return paint(card.style, "╰" + Repeat("─", card.width + 2) + "╯");
  if (row > card.content.size() + 1) return std::string(card.width + 4, ' ');
  const std::vector<Piece>& line = card.content[row - 1];
  std::string text = paint(card.style, "│") + " ";
  for (const Piece& piece : line) text += piece.text.empty() ? "" : paint(piece.style, piece.text);
  return text + std::string(card.width - WidthOf(line), ' ') + " " + paint(card.style, "│");
}

std::string DrawRow(const std::vector<Card>& cards, const Paint& paint) {
  size_t height = 0;
  for (const Card& card : cards) height = std::max(height, card.content.size() + 2);
  std::string text;
  for (size_t row = 0; row < height; ++row) {
    std::string line;
    for (const Card& card : cards) {
      if (&card != &cards.front()) line += std::string(kGap, ' ');
      line += LineOf(card, row, paint);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::string DrawCards(const render::GraphData& data, const render::RenderConfig& config,
                      size_t width, const Paint& paint) {
  std::map<std::string, size_t> depths;
  std::vector<std::vector<Card>> layers;
  for (const render::GraphNode* node : TopologicalOrder(data)) {
    size_t depth = 0;
    for (const FeatureKey& parent : node->dependencies) {
      auto above = depths.find(parent.ToString());
      if (above != depths.end()) depth = std::max(depth, above->second + 1);
    }
    depths[node->key.ToString()] = depth;
    if (layers.size() <= depth) layers.resize(depth + 1);
    layers[depth].push_back(CardOf(*node, config));
  }
  std::string text = internal::Heading(data, config, paint);
  for (const std::vector<Card>& layer : layers) {
    std::vector<Card> row;
    size_t taken = 0;
    for (const Card& card : layer) {
      const size_t needed = card.width + 4 + (row.empty() ? 0 : kGap);
      if (width > 0 && !row.empty() && taken + needed > width) {
        text += DrawRow(row, paint);
        row.clear();
        taken = 0;
      }
      taken += card.width + 4 + (row.empty() ? 0 : kGap);
      row.push_back(card);
    }
    text += DrawRow(row, paint);
  }
  return text;
}

}  // namespace metaxy::cli
