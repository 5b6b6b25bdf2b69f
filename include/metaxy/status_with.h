// A result that is also a status.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <string>
#include <utility>

namespace metaxy {

/// \brief An arrow::Result that can be used as a status, for functions whose callers often need
/// only success or failure:
///
///   ARROW_RETURN_NOT_OK(store->Write("video", rows));
///   ARROW_ASSIGN_OR_RAISE(const metaxy::WriteResult written, store->Write("video", rows));
template <class T>
class [[nodiscard]] StatusWith : public arrow::Result<T> {
 public:
  // NOLINTBEGIN(google-explicit-constructor): it is a result, and a status.
  using arrow::Result<T>::Result;
  StatusWith(arrow::Result<T> result) : arrow::Result<T>(std::move(result)) {}
  operator arrow::Status() const { return this->status(); }
  // NOLINTEND(google-explicit-constructor)

  /// \brief That of the status.
  const std::string& message() const { return this->status().message(); }
};

}  // namespace metaxy

// How newer versions of Arrow find the status in the argument of ARROW_RETURN_NOT_OK; older ones do
// not use this.
namespace arrow {
template <typename T>
struct IntoStatus;

template <typename T>
struct IntoStatus<metaxy::StatusWith<T>> : IntoStatus<Result<T>> {};
}  // namespace arrow
