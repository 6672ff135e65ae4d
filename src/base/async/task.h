// Task<T>: a coroutine that ends in a Result<T>. GCC 12 miscompiles braced temporaries and
// capturing lambdas inside a co_await expression, so: one co_await a statement, its arguments named
// variables, its result bound to one plain name (docs/style.md; tools/tidy.py checks).
// Everything runs on an io_context whose type is known: Asio's type-erased executors would cost an
// allocation-free but counted copy and several virtual calls an operation.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace headgate::base {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
template <class T>
using Async = asio::awaitable<T, Executor>;
template <class T>
using Task = Async<Result<T>>;

/// Completion token of every operation that a coroutine waits for.
inline constexpr asio::use_awaitable_t<Executor> kAwait;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace headgate::base
