// Status and Result: how every room reports what went wrong.
//
// A status has a code from a closed set and a text that names the thing and the
// reason; it grows context on its way up (Annotate). Errors are values: no
// exception crosses a room's border. Null inside means fine, so returning OK
// costs one pointer.
//
// Thread: values; a status may be moved to another thread.
#pragma once

#include <fmt/core.h>

#include <cassert>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace repartee {

enum class StatusCode : unsigned char {
  kOk,
  kInvalidArgument,     // the caller's input is wrong
  kMalformed,           // bytes from outside that do not parse
  kNotFound,            // no such file, trace, key, model
  kAlreadyExists,       // port in use, second owner of a data folder
  kUnauthenticated,     // no or wrong credentials (HTTP 401)
  kPermissionDenied,    // right credentials, not allowed (HTTP 403)
  kUnavailable,         // try again later: connection refused, 503
  kDeadlineExceeded,    // a stated time limit passed
  kResourceExhausted,   // a stated bound was reached: queue full, disk full
  kCancelled,           // asked to stop
  kFailedPrecondition,  // right call, wrong state
  kUnimplemented,       // known, and not offered
  kInternal,            // our own mistake
};

// "invalid_argument", "not_found", ...
std::string_view StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  bool ok() const { return rep_ == nullptr; }
  StatusCode code() const { return rep_ ? rep_->code : StatusCode::kOk; }
  const std::string& message() const;
  // "not_found: no such file: a.wav", or "ok".
  std::string ToString() const;

  // Puts "context: " in front of the text; does nothing to an OK status.
  template <class... Args>
  Status Annotate(fmt::format_string<Args...> format, Args&&... args) && {
    if (rep_) rep_->message = fmt::format(format, std::forward<Args>(args)...) + ": " + rep_->message;
    return std::move(*this);
  }

  template <class... Args>
  static Status InvalidArgument(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kInvalidArgument, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status Malformed(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kMalformed, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status NotFound(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kNotFound, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status AlreadyExists(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kAlreadyExists, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status Unauthenticated(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kUnauthenticated, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status PermissionDenied(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kPermissionDenied, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status Unavailable(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kUnavailable, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status DeadlineExceeded(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kDeadlineExceeded, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status ResourceExhausted(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kResourceExhausted, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status Cancelled(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kCancelled, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status FailedPrecondition(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kFailedPrecondition, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status Unimplemented(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kUnimplemented, fmt::format(f, std::forward<Args>(a)...)};
  }
  template <class... Args>
  static Status Internal(fmt::format_string<Args...> f, Args&&... a) {
    return {StatusCode::kInternal, fmt::format(f, std::forward<Args>(a)...)};
  }

 private:
  struct Rep {
    StatusCode code;
    std::string message;
  };
  std::unique_ptr<Rep> rep_;
};

inline Status OkStatus() { return {}; }

inline std::ostream& operator<<(std::ostream& out, const Status& status) { return out << status.ToString(); }

// A value, or the status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }
  Result(T value) : value_(std::move(value)) {}

  bool ok() const { return value_.has_value(); }
  const Status& status() const& { return status_; }
  Status status() && { return std::move(status_); }

  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

  T value_or(T fallback) && { return value_ ? *std::move(value_) : std::move(fallback); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace repartee
