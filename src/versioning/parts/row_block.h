// Row block: summaries of rows on their way from one process to another, in a few dozen bytes each.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "versioning/scan/table_state.h"
#include "versioning/summary/row_table.h"

namespace metaxy::internal {

/// What a block is of.
struct BlockHead {
  ContentHash plan = {};
  uint32_t table = 0;
  uint32_t part = 0;
  /// Whether rows are in parts by their join keys, as they are compared; else by the ids of their
  /// samples, and they have to be exchanged.
  bool by_join = true;
  /// What it was made from: fragments by their numbers, or, of an exchange, parts.
  std::vector<uint32_t> sources = {};
};

/// What of rows is in a block.
struct BlockLayout {
  RowLayout rows;
  bool with_value = true;  ///< without a payload: whether they have a digest
};

/// Rows, whose positions are elsewhere: a place, and a first place where the layout has them.
struct PlacedRows {
  RowTable rows;
  std::vector<uint64_t> places = {};
  std::vector<uint64_t> firsts = {};
};

/// `rows` are all of one layout.
std::string EncodeBlock(const BlockHead& head, const BlockLayout& layout, const PlacedRows& rows);

/// The head of a block; InvalidInput for bytes that are none, or of another plan, table or stage.
/// `expected` has no sources.
arrow::Result<BlockHead> DecodeHead(std::string_view bytes, const BlockHead& expected);
/// Adds the rows of a block to those that are there. As DecodeHead().
arrow::Result<BlockHead> DecodeBlock(std::string_view bytes, const BlockHead& expected,
                                     const BlockLayout& layout, PlacedRows* rows);

}  // namespace metaxy::internal
