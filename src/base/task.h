// Task<T>: a coroutine that ends in a Result<T>. GCC 12 miscompiles braced temporaries and
// capturing lambdas inside a co_await expression, so: one co_await a statement, its arguments named
// variables, its result bound to one plain name (docs/style.md; tools/tidy.py checks).
#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace headgate::base {

namespace asio = boost::asio;

template <class T>
using Task = asio::awaitable<Result<T>>;

}  // namespace headgate::base
