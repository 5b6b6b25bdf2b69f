// Messages for a store's error responses.
#include "lancedb/store_errors.h"

#include "bridge_testing.h"

namespace metaxy::internal {
namespace {

struct Case {
  StoreAnswer answer;
  ErrorCode code;
  const char* text;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> kCases = {
      {{.kind = MXL_KIND_ANSWER, .http_status = 403, .store_error = "AccessDenied"},
       ErrorCode::kPermissionDenied,
       "these credentials lack the permission (AccessDenied); "},
      {{.kind = MXL_KIND_ANSWER, .http_status = 403, .host = "h:1"},
       ErrorCode::kPermissionDenied,
       "these credentials lack the permission (HTTP 403 of h:1); "},
      {{.code = ErrorCode::kTableNotFound,
        .kind = MXL_KIND_ANSWER,
        .http_status = 404,
        .store_error = "NoSuchBucket"},
       ErrorCode::kIo,
       "the bucket or container does not exist (NoSuchBucket); "},
      {{.kind = MXL_KIND_ANSWER, .http_status = 407, .host = "h:1"},
       ErrorCode::kPermissionDenied,
       "a proxy requires authentication (HTTP 407 of h:1); "},
      {{.kind = MXL_KIND_ANSWER, .http_status = 511, .host = "h:1"},
       ErrorCode::kNetwork,
       "the network requires a login"},
      {{.kind = MXL_KIND_ANSWER, .http_status = 418, .host = "h:1"},
       ErrorCode::kIo,
       "the store refused the request (HTTP 418 of h:1); "},
      {{.kind = MXL_KIND_ANSWER, .http_status = 599, .host = "h", .store_error = "Strange"},
       ErrorCode::kNetwork,
       "the store failed to answer the request (HTTP 599, Strange of h); "},
      {{.kind = MXL_KIND_ANSWER,
        .http_status = 400,
        .store_error = "AuthorizationHeaderMalformed",
        .region = "eu-west-1"},
       ErrorCode::kIo,
       "the bucket is in another region (eu-west-1); set aws_region"},
      {{.kind = MXL_KIND_NO_ADDRESS, .doing = "cannot list", .host = "nowhere"},
       ErrorCode::kNetwork,
       "cannot list: the store's host name has no address (nowhere); "},
      {{.kind = MXL_KIND_TLS, .host = "h:1", .store_error = "it has expired"},
       ErrorCode::kNetwork,
       "certificate is not accepted (h:1: it has expired); "},
      {{.kind = MXL_KIND_NOT_A_STORE, .http_status = 404, .host = "h:1"},
       ErrorCode::kIo,
       "a web page, a proxy or another service (HTTP 404 of h:1); check the address"},
      {{.kind = MXL_KIND_COMMIT_UNKNOWN},
       ErrorCode::kCommitStateUnknown,
       "the rows may or may not have been written: read before writing them again"},
      {{.kind = MXL_KIND_FOREIGN_FILE, .doing = "cannot list", .store_error = "t.lance/\xff"},
       ErrorCode::kIo,
       "not UTF-8 or has control characters (t.lance/\xff); rename"},
      {{.kind = MXL_KIND_NO_HARD_LINKS, .doing = "cannot append"},
       ErrorCode::kIo,
       "cannot append: the store's file system does not support hard links"},
      {{.kind = MXL_KIND_STOPPED}, ErrorCode::kCancelled, "cancelled"},
  };
  return kCases;
}

TEST(StoreErrorsTest, EachHasItsWords) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.text);
    const auto failure = RecogniseStoreFailure(c.answer);
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(ErrorCodeName(failure->code), ErrorCodeName(c.code));
    EXPECT_THAT(failure->message, ::testing::HasSubstr(c.text));
  }
}

TEST(StoreErrorsTest, OrdinaryAnswersAreNotFailuresOfTheStore) {
  for (const ErrorCode code : {ErrorCode::kTableNotFound, ErrorCode::kCommitConflict,
                               ErrorCode::kInvalidInput, ErrorCode::kCorruptTable})
    EXPECT_FALSE(RecogniseStoreFailure(
        {.code = code, .kind = MXL_KIND_ANSWER, .http_status = 404, .store_error = "NoSuchKey"}));
  EXPECT_FALSE(RecogniseStoreFailure({.code = ErrorCode::kIo}));
}

}  // namespace
}  // namespace metaxy::internal
