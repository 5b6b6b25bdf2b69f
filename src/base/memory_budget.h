// Memory budget: what an operation's memory limit leaves to each part of it that takes memory.
#pragma once

#include <cstdint>

#include "base/program_export.h"

namespace metaxy::internal {

/// A value. The parts add up to less than the limit: the rest is for what nobody can bound, such as
/// the columns that LanceDB collects for a page of a file.
class METAXY_PROGRAM_EXPORT MemoryBudget {
 public:
  /// That of an operation without a limit of its own: a quarter of the machine's memory.
  MemoryBudget();
  explicit MemoryBudget(int64_t limit);

  int64_t limit() const { return limit_; }
  /// Bytes of what is remembered of rows; what exceeds them goes to a temporary file.
  int64_t memory_usage() const;
  /// Bytes of a batch of rows. Some ten are on their way at a time.
  int64_t batch() const;
  /// Batches that are decoded at the same time.
  int batches_ahead() const;
  /// Bytes of files that a scan reads ahead of decoding.
  int64_t read_ahead() const;
  /// The same for a scan of narrow columns. Several tables are read at once.
  int64_t narrow_read_ahead() const;
  /// Bytes of rows that are kept so that a write can be repeated; the others go to a temporary
  /// file.
  int64_t spool() const;
  /// Bytes of rows that wait until a row group of a file is complete.
  int64_t row_group() const;
  /// Bytes of manifests and footers that LanceDB remembers.
  int64_t caches() const;

 private:
  int64_t limit_;
};

/// Makes a budget the one of this thread, for what is called in the meantime and takes none.
class METAXY_PROGRAM_EXPORT MemoryScope {
 public:
  explicit MemoryScope(MemoryBudget budget);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

  /// That of the innermost scope of this thread, else the default.
  static MemoryBudget Current();

 private:
  const MemoryBudget budget_;
  const MemoryBudget* const outer_;
};

}  // namespace metaxy::internal
