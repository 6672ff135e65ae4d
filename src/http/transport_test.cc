// Interrupts of a transport at moments that real traffic rarely hits.
#include "http/transport.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/async/task_group.h"

namespace headgate::http {
namespace {

using boost::system::error_code;

class TransportTest : public testing::Test {
 protected:
  TransportTest() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    peer_ = fds[0];
    Transport::Socket socket(loop_.io());
    socket.assign(asio::ip::tcp::v4(), fds[1]);
    transport_.emplace(loop_, std::move(socket));
  }
  ~TransportTest() override { ::close(peer_); }

  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  base::Async<void> read(std::span<char> room) {
    auto n = co_await transport_->read_some(room);
    got_ = n ? *n : 0;
  }

  base::ManualClock clock_;
  base::Loop loop_{clock_};
  base::TaskGroup tasks_{loop_, nullptr};
  int peer_ = -1;
  std::optional<Transport> transport_;
  std::size_t got_ = 0;
};

// A read that filled its room leaves the socket as if there were more: the next one is on its way
// to look when it is interrupted, and finds nothing.
TEST_F(TransportTest, AnInterruptReachesAReadThatIsOnItsWayToLook) {
  for (const std::size_t room_bytes : {4, 8}) {
    std::array<char, 8> room{};
    const auto part = std::span(room).first(room_bytes);
    send("abcd");
    tasks_.spawn(read(part));
    loop_.run_ready();
    ASSERT_EQ(got_, 4u);
    std::optional<error_code> ended;
    transport_->read_then(room, [&ended](const error_code& error, std::size_t) { ended = error; });
    transport_->interrupt();
    EXPECT_FALSE(ended) << "never from within";
    loop_.run_ready();
    ASSERT_TRUE(ended) << "room for " << room_bytes;
    EXPECT_EQ(*ended, asio::error::operation_aborted);
    tasks_.spawn(read(part));
    send("ef");
    loop_.run_ready();
    EXPECT_EQ(got_, 2u) << "still usable";
  }
}

}  // namespace
}  // namespace headgate::http
