// What a resolve has found, in Python.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "metaxy/increment.h"
#include "metaxy/metadata_store.h"
#include "native_call.h"
#include "rows.h"

namespace metaxy::python {

/// An increment with the store that it came from, which stays as long as it is needed.
class LazyUpdate {
 public:
  LazyUpdate(Owned<MetadataStore> store, Owned<LazyIncrement> increment,
             std::shared_ptr<CallState> state)
      : store_(std::move(store)), increment_(std::move(increment)), state_(std::move(state)) {}

  /// New, stale, orphaned.
  std::tuple<int64_t, int64_t, int64_t> counts() const;
  /// Failed samples that would be new, and those that would be stale.
  std::tuple<int64_t, int64_t> failed_counts() const;
  std::optional<double> input_progress() const { return increment_->input_progress(); }
  /// Whether it took the delta way, why it did not, keys and rows that were looked at.
  std::tuple<bool, std::string, int64_t, int64_t> report() const;
  /// Bytes for Store.read_slice; `part` is "new", "stale", "orphaned" or "failed".
  nb::bytes Slice(const std::string& part, int64_t begin, int64_t count) const;
  Rows new_samples() const { return Part(&LazyIncrement::new_samples); }
  Rows stale() const { return Part(&LazyIncrement::stale); }
  Rows orphaned() const { return Part(&LazyIncrement::orphaned); }
  Rows failed() const { return Part(&LazyIncrement::failed); }

 private:
  using PartOfIncrement =
      arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> (LazyIncrement::*)() const;
  Rows Part(PartOfIncrement part) const;

  Owned<MetadataStore> store_;
  Owned<LazyIncrement> increment_;
  std::shared_ptr<CallState> state_;
};

}  // namespace metaxy::python
