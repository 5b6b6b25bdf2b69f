#include "metaxy/errors.h"

#include <arrow/util/io_util.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "metaxy/hash_algorithm.h"

namespace metaxy {
namespace {

TEST(ErrorsTest, StatusCarriesCodeAndMessage) {
  arrow::Status status = MakeError(ErrorCode::kFeatureNotFound, "feature 'a' is not there");
  EXPECT_TRUE(status.IsKeyError());
  EXPECT_EQ(GetErrorCode(status), ErrorCode::kFeatureNotFound);
  EXPECT_TRUE(IsError(status, ErrorCode::kFeatureNotFound));
  EXPECT_FALSE(IsError(status, ErrorCode::kTableNotFound));
  EXPECT_FALSE(IsRetryable(status));
  EXPECT_EQ(status.message(), "feature 'a' is not there");
  EXPECT_EQ(status.detail()->ToString(), "FeatureNotFound");
}

TEST(ErrorsTest, OkIsNotAnError) {
  EXPECT_FALSE(IsError(arrow::Status::OK(), ErrorCode::kInternal));
  EXPECT_FALSE(IsRetryable(arrow::Status::OK()));
  EXPECT_TRUE(WithContext(arrow::Status::OK(), "x").ok());
}

TEST(ErrorsTest, ContextKeepsCodeAndRetryable) {
  arrow::Status inner = MakeError(ErrorCode::kCommitConflict, "lost the race", true);
  arrow::Status status = WithContext(inner, "writing 'a'");
  EXPECT_EQ(status.message(), "writing 'a': lost the race");
  EXPECT_EQ(GetErrorCode(status), ErrorCode::kCommitConflict);
  EXPECT_TRUE(IsRetryable(status));
}

TEST(ErrorsTest, StatusesOfArrowGetTheNearestCode) {
  EXPECT_EQ(GetErrorCode(arrow::Status::Invalid("x")), ErrorCode::kInvalidInput);
  EXPECT_EQ(GetErrorCode(arrow::Status::NotImplemented("x")), ErrorCode::kNotSupported);
  EXPECT_EQ(GetErrorCode(arrow::Status::OutOfMemory("x")), ErrorCode::kResourceExhausted);
  EXPECT_EQ(GetErrorCode(arrow::Status::Cancelled("x")), ErrorCode::kCancelled);
  EXPECT_EQ(GetErrorCode(arrow::Status::UnknownError("x")), ErrorCode::kInternal);
  EXPECT_EQ(GetErrorCode(arrow::Status::IOError("x")), ErrorCode::kIo);
  EXPECT_EQ(GetErrorCode(arrow::internal::IOErrorFromErrno(EACCES, "x")),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(GetErrorCode(arrow::internal::IOErrorFromErrno(ENOSPC, "x")),
            ErrorCode::kResourceExhausted);
}

TEST(ErrorsTest, EveryCodeHasItsOwnName) {
  std::vector<std::string_view> names;
  for (int code = 1; code <= 50; ++code) {
    std::string_view name = ErrorCodeName(static_cast<ErrorCode>(code));
    if (name != "Internal") names.push_back(name);
  }
  EXPECT_EQ(names.size(), 29u);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(ErrorCodeName(ErrorCode::kInternal), "Internal");
}

TEST(HashAlgorithmTest, NamesGoBothWays) {
  for (const char* name :
       {"xxh3_64", "xxhash64", "xxhash32", "wyhash", "sha256", "md5", "farmhash"}) {
    arrow::Result<HashAlgorithm> algorithm = ParseHashAlgorithm(name);
    ASSERT_TRUE(algorithm.ok()) << algorithm.status();
    EXPECT_EQ(HashAlgorithmName(*algorithm), name);
  }
  arrow::Status status = ParseHashAlgorithm("SHA256").status();
  EXPECT_TRUE(IsError(status, ErrorCode::kHashAlgorithmNotSupported));
  EXPECT_THAT(status.message(), ::testing::HasSubstr("'SHA256'"));
  EXPECT_THAT(status.message(), ::testing::HasSubstr("xxhash32, wyhash, sha256"));
}

}  // namespace
}  // namespace metaxy
