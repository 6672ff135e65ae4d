// Result<T>: a value, or an Error from the one table (base/errc.h) with a sentence for the person
// who reads it. Used for everything that can be expected to fail; exceptions are for start-up and
// libraries.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>

#include "base/errc.h"

namespace headgate::base {

struct Error {
  Errc code = Errc::internal;
  std::string detail;  // says where and what to do; never carries a secret
  std::string param;   // the request field at fault, where there is one
};

[[noreturn]] void throw_error(const Error& error);
/// Called by result<T>::value() on an error: a programming mistake outside start-up.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw_error(error);
}

template <class T>
using Result = boost::system::result<T, Error>;

inline Error fail(Errc code, std::string detail, std::string param = {}) {
  return Error{code, std::move(detail), std::move(param)};
}

}  // namespace headgate::base
