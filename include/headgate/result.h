// How calls of this API fail: they return a value or an Error, never throw. A Result that holds an
// error has no value, and asking for it ends the program: look first. Plain values; one thread at a
// time each.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace headgate {

struct Error {
  /// From the table of codes that Headgate's HTTP API uses too: "config_invalid", "not_found",
  /// "permission_denied", "conflict", "invalid_request", "draining", "overloaded", … More may come.
  std::string code;
  /// For people: where, and what to do. Holds no secret. Several mistakes of a configuration are
  /// lines of their own.
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}      // NOLINT: meant to convert
  Result(Error error) : error_(std::move(error)) {}  // NOLINT

  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  /// REQUIRES: !ok().
  const Error& error() const { return error_; }
  /// REQUIRES: ok().
  T& value() & { return (must_be_ok(), *value_); }
  const T& value() const& { return (must_be_ok(), *value_); }
  T&& value() && { return (must_be_ok(), std::move(*value_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void must_be_ok() const {
    if (ok()) return;
    std::fprintf(stderr, "headgate::Result: the value of an error: %s\n", error_.message.c_str());
    std::abort();
  }

  std::optional<T> value_;
  Error error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: meant to convert

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  /// REQUIRES: !ok().
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace headgate
