// Arrow tables from bytes: random columns with random values.
#pragma once

#include <arrow/table.h>

#include <cstdint>
#include <memory>
#include <string>

#include "targets.h"

namespace metaxy::fuzz {

/// \brief Bytes as decisions; zeros once they are exhausted.
class Decisions {
 public:
  explicit Decisions(Input input) : input_(input) {}

  uint8_t Byte() {
    if (input_.empty()) return 0;
    const uint8_t byte = input_.front();
    input_ = input_.subspan(1);
    return byte;
  }
  int Below(int n) { return Byte() % n; }
  bool OneIn(int n) { return Below(n) == 0; }
  bool done() const { return input_.empty(); }

 private:
  Input input_;
};

/// \brief Rows with the id column `id`, some user columns, and metaxy's provenance; any of them may
/// have a wrong type, or be missing.
std::shared_ptr<arrow::Table> MakeRows(Decisions& decisions);

}  // namespace metaxy::fuzz
