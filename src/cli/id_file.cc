#include "cli/id_file.h"

#include <arrow/util/utf8.h>
#include <fmt/core.h>

#include <string_view>

#include "cli/input/input_bytes.h"
#include "cli/input/text_lines.h"
#include "cli/signals.h"
#include "filter/filter_parser.h"
#include "metaxy/errors.h"

namespace metaxy::cli {

arrow::Result<std::vector<std::string>> ReadIds(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const InputBytes bytes, InputBytes::Open(path, SignalStopToken()));
  ARROW_ASSIGN_OR_RAISE(auto stream, bytes.Stream());
  TextLines lines(std::move(stream));
  arrow::util::InitializeUTF8();
  std::vector<std::string> ids;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<std::string_view> next, lines.Next());
    if (!next) return ids;
    std::string_view line = *next;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    if (!arrow::util::ValidateUTF8(line)) {
      return MakeError(
          ErrorCode::kInvalidInput,
          fmt::format("cannot read {}: line {} is not valid UTF-8", bytes.name(), lines.number()));
    }
    ids.emplace_back(line);
  }
}

arrow::Result<arrow::compute::Expression> FilterOf(const std::string& text) {
  return internal::ParseFilterIn(internal::FilterGrammar::kExtended, text, ReadIds);
}

arrow::Result<std::vector<arrow::compute::Expression>> FiltersOf(const Arguments& arguments,
                                                                 const std::string& option) {
  return internal::ParseFiltersIn(internal::FilterGrammar::kExtended, arguments.Texts(option),
                                  ReadIds);
}

}  // namespace metaxy::cli
