// Matchers for arrow::Status and arrow::Result.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "metaxy/errors.h"

namespace metaxy::testing {

inline arrow::Status ToStatus(const arrow::Status& status) { return status; }
template <class T>
arrow::Status ToStatus(const arrow::Result<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << ToStatus(arg).ToString();
  return ToStatus(arg).ok();
}

/// A failure with this code whose message, on one line, contains these words.
MATCHER_P2(FailsWith, code, words,
           "fails with " + std::string(ErrorCodeName(code)) + " and '" + words + "'") {
  const arrow::Status& status = ToStatus(arg);
  *result_listener << status.ToString();
  return !status.ok() && GetErrorCode(status) == code &&
         status.message().find(words) != std::string::npos &&
         status.message().find('\n') == std::string::npos;
}

/// The value of a result; the test fails, with the error, if there is none.
template <class T>
T Get(arrow::Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status().ToString();
    std::abort();
  }
  return std::move(result).ValueOrDie();
}

}  // namespace metaxy::testing
