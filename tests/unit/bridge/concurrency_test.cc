#include <atomic>
#include <thread>

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

using ConcurrencyTest = BridgeTest;

constexpr int kThreads = 8;

/// Runs `work(i)` on threads that start together.
template <typename Work>
void Together(Work work) {
  std::atomic<int> waiting{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ConcurrencyTest, OneOfManyCreates) {
  for (int round = 0; round < 5; ++round) {
    std::string name = "t" + std::to_string(round);
    std::vector<arrow::Status> outcomes(kThreads);
    Together([&](int i) {
      // Half of them through a separate connection.
      auto other = i % 2 == 0 ? nullptr : Connect();
      LanceConnection& used = other == nullptr ? connection() : *other;
      outcomes[static_cast<size_t>(i)] = used.CreateTable(name, Numbers(i * 10, 10)).status();
    });
    int created = 0;
    for (const arrow::Status& outcome : outcomes) {
      if (outcome.ok()) {
        ++created;
      } else {
        EXPECT_THAT(outcome, FailsWith(ErrorCode::kTableAlreadyExists, name));
      }
    }
    EXPECT_EQ(created, 1);
    // Exactly the rows of the winner.
    auto ids = Int64s(*Collect(Must(Must(connection().OpenTable(name))->Scan())), "id");
    ASSERT_EQ(ids.size(), 10U);
    EXPECT_TRUE(outcomes[static_cast<size_t>(ids.front() / 10)].ok());
  }
}

TEST_F(ConcurrencyTest, NoAppendIsLost) {
  constexpr int kAppends = 5;
  for (bool shared : {true, false}) {
    std::string name = shared ? "shared" : "own";
    auto table = Create(name, Numbers(0, 1));
    std::vector<arrow::Status> outcomes(kThreads);
    std::array<std::vector<uint64_t>, kThreads> versions;
    Together([&](int i) {
      auto own = shared ? nullptr : Must(connection().OpenTable(name));
      LanceTable& used = shared ? *table : *own;
      for (int j = 0; j < kAppends; ++j) {
        auto version = used.Append(Numbers(1 + (i * kAppends + j) * 100, 100));
        if (!version.ok())
          outcomes[static_cast<size_t>(i)] = version.status();
        else
          versions[static_cast<size_t>(i)].push_back(*version);
      }
    });
    for (const arrow::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
    Must(table->CheckoutLatest());
    auto ids = Int64s(*Collect(Must(table->Scan())), "id");
    std::sort(ids.begin(), ids.end());
    ASSERT_EQ(ids.size(), size_t{1 + kThreads * kAppends * 100});
    for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<int64_t>(i));
    // Every append returns its own version.
    std::vector<uint64_t> all;
    for (const auto& some : versions) all.insert(all.end(), some.begin(), some.end());
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all.size(), size_t{kThreads * kAppends});
    for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], i + 2);
  }
}

// A reader sees one version, while others write, compact and prune.
TEST_F(ConcurrencyTest, ReadersSeeWholeVersions) {
  constexpr int64_t kBatch = 500;
  auto table = Create("t", Numbers(0, kBatch));
  std::vector<arrow::Status> outcomes(kThreads);
  std::atomic<int> reads{0};
  Together([&](int i) {
    arrow::Status& outcome = outcomes[static_cast<size_t>(i)];
    for (int j = 0; j < 6 && outcome.ok(); ++j) {
      if (i < 3) {
        outcome = table->Append(Numbers(0, kBatch)).status();
      } else if (i == 3) {
        // Cannot lose against another compaction: there is only one compactor.
        outcome = table->Compact().status();
      } else {
        auto own = Must(connection().OpenTable("t"));
        int64_t rows = Collect(Must(own->Scan({.batch_size = 100})))->num_rows();
        if (rows % kBatch != 0 || rows != Must(own->CountRows()))
          outcome = arrow::Status::Invalid(rows);
        ++reads;
      }
    }
  });
  for (const arrow::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(reads, (kThreads - 4) * 6);
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), kBatch * (1 + 3 * 6));
}

// Two concurrent deletions of the same rows: lance rebases what it can, and otherwise returns a
// retryable code.
TEST_F(ConcurrencyTest, DeletesEitherCommitOrCanBeRetried) {
  auto table = Create("t", Numbers(0, 800));
  std::vector<arrow::Status> outcomes(kThreads);
  Together([&](int i) {
    std::string predicate = "id % " + std::to_string(kThreads) + " = " + std::to_string(i);
    arrow::Status& outcome = outcomes[static_cast<size_t>(i)];
    outcome = table->Delete(predicate).status();
    for (int tries = 0; tries < 50 && IsError(outcome, ErrorCode::kCommitConflict); ++tries) {
      EXPECT_TRUE(IsRetryable(outcome)) << outcome;
      outcome = table->Delete(predicate).status();
    }
  });
  for (const arrow::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->CountRows()), 0);
}

TEST_F(ConcurrencyTest, SchemaChangesConflictOrMerge) {
  auto table = Create("t", Numbers(0, 10));
  std::vector<arrow::Status> outcomes(kThreads);
  Together([&](int i) {
    auto column = arrow::schema({arrow::field("c" + std::to_string(i), arrow::utf8())});
    arrow::Status& outcome = outcomes[static_cast<size_t>(i)];
    outcome = table->AddNullColumns(*column).status();
    for (int tries = 0; tries < 50 && IsError(outcome, ErrorCode::kCommitConflict); ++tries) {
      outcome = table->AddNullColumns(*column).status();
    }
  });
  for (const arrow::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  Must(table->CheckoutLatest());
  EXPECT_EQ(Must(table->Schema())->num_fields(), 1 + kThreads);
}

}  // namespace
}  // namespace metaxy::internal
