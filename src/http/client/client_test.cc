// The client's times, under virtual time and over sockets that the test hands out. (What it does
// with providers is tested in gateway/ and tests/sim.)
#include "http/client/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/async/task_group.h"

namespace headgate::http {
namespace {

using base::Errc;

constexpr base::Duration kDeadline = base::milliseconds(1'000);

// Connections that nobody answers: their buffers are full, so they never become writable.
class Nobody final : public Dialer {
 public:
  ~Nobody() override {
    for (const int fd : peers_) ::close(fd);
  }
  base::Result<int> dial(const BaseUrl&) override {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    peers_.push_back(fds[0]);
    const std::array<char, 4096> filling{};
    while (::send(fds[1], filling.data(), filling.size(), MSG_NOSIGNAL) > 0) {
    }
    return fds[1];
  }

 private:
  std::vector<int> peers_;
};

// A proxy whose answer is there before it is asked, and that says no more.
class Proxy final : public Dialer {
 public:
  explicit Proxy(std::string answer) : answer_(std::move(answer)) {}
  ~Proxy() override { ::close(peer_); }
  base::Result<int> dial(const BaseUrl&) override {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    peer_ = fds[0];
    EXPECT_EQ(::send(peer_, answer_.data(), answer_.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer_.size()));
    return fds[1];
  }

 private:
  std::string answer_;
  int peer_ = -1;
};

class ClientTimesTest : public testing::Test {
 protected:
  base::Async<void> call(std::shared_ptr<Client> client) {
    base::Cancellation cancellation;
    ClientCall call(client, cancellation);
    const base::MonoTime deadline = loop_.now() + kDeadline;
    auto started =
        co_await call.start(Method::post, "/", "", "{}", deadline, Errc::timeout_first_token);
    error_ = started ? Errc::internal : started.error().code;
    detail_ = started ? "answered" : started.error().detail;
    took_ = loop_.now() - begun_;
  }

  // With this connect timeout.
  void run(std::int64_t connect_timeout_ms) {
    ClientOptions options;
    options.url = {false, "nobody", 80, "", {}};
    options.dialer = &nobody_;
    options.connect_timeout_ms = connect_timeout_ms;
    run(options);
  }
  void run(const ClientOptions& options) {
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(call(std::make_shared<Client>(loop_, options)));
    loop_.run_ready();
    while (tasks.running() > 0) {
      clock_.advance_to(loop_.wheel().next());
      loop_.wheel().advance(clock_.now());
      loop_.run_ready();
    }
  }

  base::ManualClock clock_;
  base::Loop loop_{clock_};
  Nobody nobody_;
  base::MonoTime begun_ = clock_.now();
  Errc error_ = Errc::internal;
  std::string detail_;
  base::Duration took_{};
};

TEST_F(ClientTimesTest, ConnectingHasATimeOfItsOwn) {
  run(200);
  EXPECT_EQ(error_, Errc::timeout_connect);
  EXPECT_GE(took_, base::milliseconds(200));
  EXPECT_LE(took_, base::milliseconds(200) + base::TimerWheel::kSlot);
}

TEST_F(ClientTimesTest, ConnectingNeverOutlivesTheDeadline) {
  run(5'000);
  EXPECT_EQ(error_, Errc::timeout_first_token);
  EXPECT_GE(took_, kDeadline);
  EXPECT_LE(took_, kDeadline + base::TimerWheel::kSlot);
}

// Else a proxy could answer for the provider, in the clear.
TEST_F(ClientTimesTest, NothingMayFollowTheAnswerToConnect) {
  const std::string agreed = "HTTP/1.1 200 Connection established\r\n\r\n";
  const std::string forged = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
  const auto tls = make_client_tls({});
  ASSERT_TRUE(tls);
  for (const bool forges : {false, true}) {
    Proxy proxy(forges ? agreed + forged : agreed);
    ClientOptions options;
    options.url = {true, "provider", 443, "", {}};
    options.proxy = BaseUrl{false, "proxy", 3128, "", {}};
    options.tls = *tls;
    options.dialer = &proxy;
    options.connect_timeout_ms = 200;
    run(options);
    EXPECT_EQ(error_, forges ? Errc::upstream_connect : Errc::timeout_connect) << detail_;
  }
}

}  // namespace
}  // namespace headgate::http
