// A whole session over a socket pair: arbitrary bytes, cut at arbitrary places, for a handler that
// reads every body and answers in each way there is. Nothing may crash, hang or leak.
#include "http/server/session.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/async/task_group.h"

using namespace headgate;
using namespace headgate::http;
namespace asio = boost::asio;

namespace {

constexpr std::size_t kBodyBytesMax = 4096;

struct Harness {
  base::RealClock clock;
  base::Loop loop{clock};
  HttpDate date;
  SessionConfig config;
  int handled = 0;

  Harness() {
    config.limits.head_bytes_max = 2048;
    config.limits.headers_max = 16;
    config.error_body = [](const base::Error& error) { return error.detail; };
    config.on_escape = [](std::string_view) { std::abort(); };
    config.handler = [this](Exchange& exchange) { return handle(exchange); };
  }

  base::Async<void> handle(Exchange& exchange) {
    ++handled;
    const std::string_view path = exchange.request().path;
    const ReplyHead head(200);
    if (path == "/none") co_return;
    if (path == "/unread") {
      const std::string_view text = "reply";
      auto sent = co_await exchange.reply(head, text);
      co_return;
    }
    auto body = co_await exchange.read_body(kBodyBytesMax);
    if (body && body->size() > kBodyBytesMax) std::abort();
    const std::string text = body ? std::string(*body) : std::string("refused");
    if (path == "/stream") {
      auto started = co_await exchange.start(head);
      auto written = co_await exchange.write(text);
      const std::string_view none;
      auto done = co_await exchange.finish(none, none);
      co_return;
    }
    auto sent = co_await exchange.reply(head, text);
  }
};

void feed(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string drain(int fd) {
  std::string out;
  char buffer[4096];
  ssize_t n = 0;
  while ((n = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 16 * 1024) return 0;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 0;
  Harness harness;
  std::string replies;
  {
    Transport::Socket socket(harness.loop.io());
    socket.assign(asio::ip::tcp::v4(), ends[0]);
    Session session(harness.loop, std::move(socket), harness.config, harness.date);
    base::TaskGroup tasks(harness.loop, harness.config.on_escape);
    tasks.spawn(session.run());
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t step = data[0] + 1U;
    for (std::size_t at = 0; at < input.size(); at += step) {
      feed(ends[1], input.substr(at, step));
      harness.loop.io().poll();
      replies += drain(ends[1]);
    }
    ::shutdown(ends[1], SHUT_WR);
    for (int turns = 0; tasks.running() > 0 && turns < 1000; ++turns) {
      harness.loop.io().run_one_for(std::chrono::milliseconds(1));
      replies += drain(ends[1]);
    }
    session.close_now();
    harness.loop.io().poll();
    if (tasks.running() > 0) std::abort();  // hung with its client gone
  }
  replies += drain(ends[1]);
  ::close(ends[1]);
  return 0;
}
