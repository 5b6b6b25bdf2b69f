// Rows with one more column, of any type.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "backends.h"

namespace metaxy::testing {

using Type = std::shared_ptr<arrow::DataType>;

// Samples of `video` with one more column, `v`: ids a, b, c ... and the given values as JSON.
inline std::shared_ptr<arrow::Table> Values(const Type& type,
                                            const std::vector<std::string>& values,
                                            char first_id = 'a') {
  std::string json = "[";
  for (const std::string& value : values) {
    json += std::string(json.size() > 1 ? "," : "") + R"({"id": ")" + first_id++ + R"(", "v": )" +
            value + R"(, "metaxy_provenance_by_field": {"audio": "1", "frames": "2"}})";
  }
  return TableFromJson({{"id", arrow::utf8()},
                        {"v", type},
                        {"metaxy_provenance_by_field", ByField({"audio", "frames"})}},
                       json + "]");
}

inline Type LargeList(const Type& value) { return arrow::large_list(arrow::field("item", value)); }

}  // namespace metaxy::testing
