// A remote server over HTTP, under virtual time: connections come with what is said on them, one
// after the other. What is sent twice, and what is told of a call whose answer went astray.
#include "agents/mcp_client/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agents/mcp_wire/http_wire.h"
#include "base/async/loop.h"
#include "base/async/task_group.h"

namespace headgate::agents::mcp {
namespace {

using base::Errc;

/// Nobody is there any more when the answers have been given.
class Script final : public http::Dialer {
 public:
  ~Script() override {
    for (const int fd : peers_) ::close(fd);
  }
  void then(std::string_view answer) { answers_.emplace_back(answer); }
  /// The answer does not end: more could come.
  void then_held(std::string_view answer) {
    held_.insert(answers_.size());
    then(answer);
  }
  base::Result<int> dial(const http::BaseUrl& /*peer*/) override {
    if (peers_.size() == answers_.size()) return base::fail(Errc::upstream_connect, "nobody");
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    const bool ends = held_.count(peers_.size()) == 0;
    const std::string& answer = answers_[peers_.size()];
    peers_.push_back(fds[0]);
    EXPECT_EQ(::send(fds[0], answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
    if (ends) ::shutdown(fds[0], SHUT_WR);
    return fds[1];
  }
  /// All that was sent, in its order.
  const std::string& sent() {
    std::array<char, 4096> room{};
    for (const int fd : peers_) {
      ssize_t n = 0;
      while ((n = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT)) > 0) {
        sent_.append(room.data(), static_cast<std::size_t>(n));
      }
    }
    return sent_;
  }
  std::size_t dialled() const { return peers_.size(); }

 private:
  std::vector<std::string> answers_;
  std::set<std::size_t> held_;
  std::vector<int> peers_;
  std::string sent_;
};

std::string answer(const std::string& status, const std::string& body,
                   const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\nconnection: close\r\ncontent-type: application/json\r\n" +
         "content-length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

std::string result(int id, const std::string& object, const std::string& headers = {}) {
  const std::string message =
      R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + object + "}";
  return answer("200 OK", message, headers);
}

std::string events(const std::string& text) {
  return "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n" + text;
}

std::string begun(int id) {
  return result(id,
                R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},)"
                R"("serverInfo":{"name":"till","version":"1"}})",
                "mcp-session-id: s1\r\n");
}

constexpr std::string_view kTaken =
    "HTTP/1.1 202 Accepted\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
constexpr const char* kRefund = R"({"tools":[{"name":"refund","inputSchema":{"type":"object"}}]})";
constexpr const char* kDone = R"({"content":[{"type":"text","text":"done"}]})";

// One that breaks before the result, and names an event to go on from.
std::string broken() {
  return events(
      "id: 7\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\","
      "\"params\":{\"level\":\"info\",\"data\":\"begun\"}}\n\n");
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

class Unheard final : public CallEvents {
 public:
  void progress(double, std::optional<double>, std::string_view) override {}
  void log(std::string_view, std::string_view, std::string_view) override {}
};

/// Has another credential each time.
class Willing final : public Authorizer {
 public:
  base::Task<bool> challenged(base::Context&, int, std::string_view) override { co_return true; }
};

class RemoteServerTest : public testing::Test {
 protected:
  // Until the tools have been listed, in the legacy era.
  void begin() {
    script_.then(begun(1));
    script_.then(kTaken);
    script_.then(result(2, kRefund));
  }
  std::shared_ptr<RemoteServer> make(const RemoteOptions& options) {
    http::ClientOptions connections;
    connections.url = {false, "till", 80, "/mcp", {}};
    connections.dialer = &script_;
    limits_ = options.limits;
    auto client = std::make_shared<http::Client>(loop_, connections);
    ClientParts parts;
    parts.authorizer = &willing_;
    return std::make_shared<RemoteServer>(
        loop_, std::make_unique<HttpWire>(client, limits_, nullptr), options, parts);
  }
  static RemoteOptions legacy() {
    RemoteOptions out;
    out.name = "till";
    out.era = EraWish::legacy;
    out.watch = false;
    return out;
  }

  base::Async<void> call(std::shared_ptr<RemoteServer> server) {
    base::Cancellation cancellation;
    base::Context ctx{loop_, cancellation};
    ToolCall call;
    call.name = "refund";
    Unheard unheard;
    auto outcome = co_await server->call_tool(ctx, call, unheard);
    error_ = outcome ? base::Error{} : outcome.error();
    done_ = outcome.has_value();
  }
  base::Async<void> list(std::shared_ptr<RemoteServer> server) {
    base::Cancellation cancellation;
    base::Context ctx{loop_, cancellation};
    auto tools = co_await server->list_tools(ctx);
    EXPECT_TRUE(tools && tools->size() == 1U);
  }
  base::Async<void> close(std::shared_ptr<RemoteServer> server) {
    base::Cancellation cancellation;
    base::Context ctx{loop_, cancellation};
    auto closed = co_await server->close(ctx);
  }
  // To its end, in virtual time.
  void run(base::Async<void> task) {
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(std::move(task));
    loop_.run_ready();
    while (tasks.running() > 0) step();
  }
  void pass(base::Duration time) {
    const base::MonoTime until = clock_.now() + time;
    while (loop_.wheel().next() <= until) step();
    clock_.advance_to(until);
  }
  void step() {
    clock_.advance_to(loop_.wheel().next());
    loop_.wheel().advance(clock_.now());
    loop_.run_ready();
  }

  base::ManualClock clock_;
  Script script_;
  RemoteLimits limits_;
  Willing willing_;
  base::Error error_;
  bool done_ = false;
  base::Loop loop_{clock_};
};

/// What the server says when a broken stream is to go on; empty: nothing, it is gone.
class LostStreamTest : public RemoteServerTest, public testing::WithParamInterface<std::string> {};

TEST_P(LostStreamTest, TheCallIsNeitherMadeAgainNorToldAsNotMade) {
  const bool gone = GetParam().empty();
  begin();
  script_.then(broken());
  if (!gone) script_.then(GetParam());
  if (!gone) script_.then(kTaken);  // for what must not come
  run(call(make(legacy())));
  EXPECT_FALSE(done_);
  EXPECT_EQ(error_.code, Errc::upstream_truncated) << error_.detail;
  EXPECT_EQ(script_.dialled(), gone ? 4U : 5U);
  EXPECT_EQ(count(script_.sent(), "\"tools/call\""), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Resumed, LostStreamTest,
    testing::Values(answer("404 Not Found", ""),
                    answer("404 Not Found", R"({"jsonrpc":"2.0","id":null,)"
                                            R"("error":{"code":-32001,"message":"No session"}})"),
                    answer("401 Unauthorized", "", "www-authenticate: Bearer\r\n"),
                    answer("403 Forbidden", ""), answer("405 Method Not Allowed", ""),
                    answer("503 Service Unavailable", ""), answer("200 OK", "{}"), std::string()));

TEST_F(RemoteServerTest, ABrokenStreamGoesOnWhereTheServerAllowsIt) {
  begin();
  script_.then(broken());
  script_.then(events(R"(data: {"jsonrpc":"2.0","id":3,"result":)" + std::string(kDone) + "}\n\n"));
  run(call(make(legacy())));
  EXPECT_TRUE(done_) << error_.detail;
  const std::string& sent = script_.sent();
  EXPECT_EQ(count(sent, "\"tools/call\""), 1U);
  EXPECT_EQ(count(sent, "last-event-id: 7\r\n"), 1U);
}

TEST_F(RemoteServerTest, ACallThatWasRefusedForItsSessionIsMadeInANewOne) {
  begin();
  script_.then(answer("404 Not Found", ""));
  script_.then(begun(4));
  script_.then(kTaken);
  script_.then(result(5, kDone));
  run(call(make(legacy())));
  EXPECT_TRUE(done_) << error_.detail;
  EXPECT_EQ(count(script_.sent(), "\"tools/call\""), 2U);
}

TEST_F(RemoteServerTest, AServerThatDoesNotOpenItsStreamIsNotBelieved) {
  RemoteOptions options = legacy();
  options.watch = true;
  script_.then(begun(1));
  script_.then(kTaken);
  script_.then_held("");  // the stream of changes, which is asked for here: nothing is ever said
  script_.then(result(2, kRefund));
  script_.then(result(3, kRefund));
  script_.then_held("");
  const auto server = make(options);
  run(list(server));
  run(list(server));
  EXPECT_EQ(count(script_.sent(), "\"tools/list\""), 2U);
  EXPECT_EQ(count(script_.sent(), "GET /mcp "), 1U);
  pass(base::milliseconds(options.limits.connect_timeout_ms) + base::seconds(6));
  EXPECT_EQ(count(script_.sent(), "GET /mcp "), 2U);  // given up, and asked for again
  run(close(server));
}

TEST_F(RemoteServerTest, AServerWithAnOpenStreamIsBelieved) {
  RemoteOptions options = legacy();
  options.watch = true;
  script_.then(begun(1));
  script_.then(kTaken);
  script_.then_held(events(""));
  script_.then(result(2, kRefund));
  script_.then(result(3, kRefund));
  const auto server = make(options);
  run(list(server));  // perhaps before the stream was open
  run(list(server));
  const std::size_t asked = count(script_.sent(), "\"tools/list\"");
  pass(base::seconds(600));
  run(list(server));
  EXPECT_EQ(count(script_.sent(), "\"tools/list\""), asked);
  EXPECT_EQ(count(script_.sent(), "GET /mcp "), 1U);
  run(close(server));
}

}  // namespace
}  // namespace headgate::agents::mcp
