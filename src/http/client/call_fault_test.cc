// Calls that are made to go wrong: what of a body is seen, and, under virtual time and over a
// socket that the test hands out, how a call ends and when.
#include "http/client/call_fault.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/async/task_group.h"
#include "http/client/client.h"

namespace headgate::http {
namespace {

using base::Errc;
using base::milliseconds;
using Kind = CallFault::Kind;

CallFault within_body(Kind kind, std::uint64_t after_bytes) {
  CallFault out;
  out.kind = kind;
  out.after_bytes = after_bytes;
  return out;
}
CallFault later(Kind kind, base::Duration delay) {
  CallFault out;
  out.kind = kind;
  out.delay = delay;
  return out;
}

// However a body is cut into pieces, exactly so many bytes of it are seen.
RC_GTEST_PROP(BodyFault, LetsSoManyBytesPass, ()) {
  const auto body = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  const auto after = *rc::gen::inRange<std::uint64_t>(0, 200);
  const Kind kind = *rc::gen::element(Kind::cut, Kind::stall, Kind::malformed);
  BodyFault fault(within_body(kind, after), {});
  std::string seen;
  for (std::size_t at = 0; at < body.size() && !fault.over();) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 20);
    seen += fault.pass(std::string_view(body).substr(at, size));
    at += size;
  }
  RC_ASSERT(seen == body.substr(0, after));
  RC_ASSERT(fault.over() == (body.size() >= after));
  RC_ASSERT(fault.instead().empty() == (kind != Kind::malformed));
  RC_ASSERT(fault.instead().empty());
}

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n";

// A network whose peers have answered before anybody asks.
class Answering final : public Dialer {
 public:
  explicit Answering(std::string_view answer) : answer_(answer) {}
  ~Answering() override {
    for (const int fd : peers_) ::close(fd);
  }
  base::Result<int> dial(const BaseUrl&) override {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    peers_.push_back(fds[0]);
    EXPECT_GT(::send(fds[0], answer_.data(), answer_.size(), MSG_NOSIGNAL), 0);
    return fds[1];
  }
  std::size_t dialled() const { return peers_.size(); }

 private:
  std::string_view answer_;
  std::vector<int> peers_;
};

struct Seen {
  Errc start = Errc::internal;  // internal: no error
  Errc body = Errc::internal;
  int status = 0;
  std::string text;
  base::Duration took{};
};

class CallFaultTest : public testing::TestWithParam<std::string_view> {
 protected:
  base::Async<void> call(std::shared_ptr<Client> client, CallFault fault, Seen& seen) {
    ClientCall call(client, cancellation_);
    call.inject(fault);
    const base::MonoTime begun = loop_.now();
    const base::MonoTime deadline = begun + milliseconds(1'000);
    auto started =
        co_await call.start(Method::post, "/", "", "{}", deadline, Errc::timeout_first_token);
    if (!started) {
      seen.start = started.error().code;
    } else {
      seen.status = call.head().status;
      call.connection().bound_reads(300, deadline);
      auto body = co_await call.connection().read_all(1'000);
      if (body) seen.text = *body;
      if (!body) seen.body = body.error().code;
    }
    seen.took = loop_.now() - begun;
  }

  Seen run(const CallFault& fault) {
    ClientOptions options;
    options.url = {false, "somebody", 80, "", {}};
    options.dialer = &network_;
    client_ = std::make_shared<Client>(loop_, options);
    Seen seen;
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(call(client_, fault, seen));
    loop_.run_ready();
    while (tasks.running() > 0) {
      clock_.advance_to(std::min(loop_.wheel().next(), cancel_at_));
      loop_.wheel().advance(clock_.now());
      if (loop_.now() >= cancel_at_) {
        cancel_at_ = base::MonoTime::max();
        cancellation_.cancel();
      }
      loop_.run_ready();
    }
    return seen;
  }
  static void expect_after(const Seen& seen, int ms) {
    EXPECT_GE(seen.took, milliseconds(ms));
    EXPECT_LE(seen.took, milliseconds(ms) + 2 * base::TimerWheel::kSlot);
  }

  base::ManualClock clock_;
  base::Loop loop_{clock_};
  Answering network_{GetParam()};
  base::Cancellation cancellation_;
  base::MonoTime cancel_at_ = base::MonoTime::max();
  std::shared_ptr<Client> client_;
};

TEST_P(CallFaultTest, ADelayIsWaitedForBeforeAnythingIsSent) {
  const Seen seen = run(later(Kind::delay, milliseconds(500)));
  EXPECT_EQ(seen.text, "0123456789");
  expect_after(seen, 500);
}

TEST_P(CallFaultTest, ADelayEndsWithTheDeadline) {
  const Seen seen = run(later(Kind::delay, milliseconds(5'000)));
  EXPECT_EQ(seen.start, Errc::timeout_first_token);
  EXPECT_EQ(network_.dialled(), 0U);
  expect_after(seen, 1'000);
}

TEST_P(CallFaultTest, ADelayEndsWithItsCaller) {
  cancel_at_ = loop_.now() + milliseconds(200);
  const Seen seen = run(later(Kind::delay, milliseconds(5'000)));
  EXPECT_EQ(seen.start, Errc::cancelled);
  expect_after(seen, 200);
}

TEST_P(CallFaultTest, AResetSendsNothing) {
  EXPECT_EQ(run({}).start, Errc::upstream_reset);
  EXPECT_EQ(network_.dialled(), 0U);
}

TEST_P(CallFaultTest, AnAnswerStandsInForTheUpstreams) {
  CallFault fault;
  fault.kind = Kind::answer;
  fault.answer = "HTTP/1.1 503 No\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno";
  const Seen seen = run(fault);
  EXPECT_EQ(seen.status, 503);
  EXPECT_EQ(seen.text, "no");
  EXPECT_EQ(network_.dialled(), 0U);
  EXPECT_EQ(client_->idle(), 0U);
}

TEST_P(CallFaultTest, ABodyComesLater) {
  const Seen seen = run(later(Kind::body_delay, milliseconds(250)));
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(seen.text, "0123456789");
  expect_after(seen, 250);
}

TEST_P(CallFaultTest, ABodyThatComesTooLateIsTimedOut) {
  const Seen seen = run(later(Kind::body_delay, milliseconds(900)));
  EXPECT_EQ(seen.body, Errc::timeout_idle);
  expect_after(seen, 300);
}

TEST_P(CallFaultTest, ABodyIsCut) {
  for (const std::uint64_t after : {0, 3, 10}) {
    EXPECT_EQ(run(within_body(Kind::cut, after)).body, Errc::upstream_truncated) << after;
    EXPECT_EQ(client_->idle(), 0U);
  }
}

TEST_P(CallFaultTest, ABodyThatIsShorterComesWhole) {
  EXPECT_EQ(run(within_body(Kind::cut, 11)).text, "0123456789");
}

TEST_P(CallFaultTest, ABodyStallsUntilTheDeadline) {
  const Seen seen = run(within_body(Kind::stall, 4));
  EXPECT_EQ(seen.body, Errc::timeout_idle);
  expect_after(seen, 300);
}

TEST_P(CallFaultTest, AStalledBodyEndsWithItsCaller) {
  cancel_at_ = loop_.now() + milliseconds(100);
  EXPECT_EQ(run(within_body(Kind::stall, 4)).body, Errc::cancelled);
}

TEST_P(CallFaultTest, ABodyGoesOnWithWhatIsNoBody) {
  for (const std::uint64_t after : {0, 4, 10}) {
    const Seen seen = run(within_body(Kind::malformed, after));
    EXPECT_EQ(seen.text.substr(0, after), std::string_view("0123456789").substr(0, after));
    EXPECT_NE(seen.text.find("malformed"), std::string::npos) << seen.text;
    EXPECT_EQ(client_->idle(), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Framings, CallFaultTest, testing::Values(kAnswer, kChunked));

}  // namespace
}  // namespace headgate::http
