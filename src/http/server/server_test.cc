// The server and the client against real sockets on loopback: framing, limits, pipelining,
// disconnects.
#include "http/server/server.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>

#include "base/async/task_group.h"
#include "base/text/strings.h"
#include "http/client/client.h"
#include "http/wire/chunked.h"

namespace headgate::http {
namespace {

using base::Async;
using tcp = boost::asio::ip::tcp;

// A server on its own thread whose handler echoes bodies, streams, sleeps or misbehaves by path.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    limits_.head_bytes_max = 4096;
    limits_.head_timeout_ms = 300;
    limits_.idle_timeout_ms = 5'000;
    limits_.body_timeout_ms = 500;
  }
  ~ServerTest() override {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void begin() {
    Handler handler = [this](Exchange& exchange) { return handle(exchange); };
    ErrorBody error_body = [](const base::Error& error) { return "error: " + error.detail; };
    server_ = std::make_unique<Server>(std::vector<base::Loop*>{&loop_}, limits_, handler,
                                       error_body, log_);
    auto bound = server_->listen(ListenOptions{});
    ASSERT_TRUE(bound);
    address_ = *bound;
    port_ = static_cast<std::uint16_t>(*base::parse_u64(address_.substr(address_.rfind(':') + 1)));
    thread_ = std::thread([this] { loop_.run(); });
  }

  Async<void> handle(Exchange& exchange) {
    ++handled_;
    const std::string path(exchange.request().path);
    const ReplyHead head(200);
    base::Result<std::string_view> waited = std::string_view{};
    if (path == "/silent") co_return;
    if (path == "/throws") throw std::runtime_error("a bug");
    if (path == "/wait") {
      waited = co_await exchange.read_body(100'000);
      const base::Cancellation::Callback on_cancel(
          exchange.cancellation(), [](void* self) { ++static_cast<ServerTest*>(self)->cancelled_; },
          this);
      const auto until = loop_.now() + base::milliseconds(300);
      while (!exchange.cancellation().cancelled() && loop_.now() < until) {
        const auto next = loop_.now() + base::milliseconds(5);
        co_await base::sleep_until(loop_, next);
      }
    }
    if (path == "/stream") {
      auto started = co_await exchange.start(head);
      auto one = co_await exchange.write("one ");
      auto two = co_await exchange.write("two ");
      auto done = co_await exchange.finish("t: v\r\n", "three");
      co_return;
    }
    if (path == "/unread") {
      auto sent = co_await exchange.reply(head, "not read");
      co_return;
    }
    base::Result<std::string_view> body = waited;
    if (path != "/wait") body = co_await exchange.read_body(100'000);
    const ReplyHead refused(body ? 200 : base::row(body.error().code).http_status);
    const std::string text = body ? std::string(*body) : body.error().detail;
    auto sent = co_await exchange.reply(refused, text);
  }

  tcp::socket connect() {
    tcp::socket socket(io_);
    socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_));
    return socket;
  }

  // A connection on which `bytes` have come before the server looks: its first read fills its room.
  tcp::socket connect_with(const std::string& bytes) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    EXPECT_EQ(::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT),
              static_cast<ssize_t>(bytes.size()));
    boost::asio::post(loop_.io(), [this, fd = ends[1]] { server_->adopt(loop_, fd); });
    tcp::socket socket(io_);
    socket.assign(tcp::v4(), ends[0]);
    return socket;
  }

  // Sends `bytes` and reads until the server closes or `enough` has come.
  std::string talk(const std::string& bytes, const std::string& enough = {}) {
    tcp::socket socket = connect();
    boost::system::error_code error;
    boost::asio::write(socket, boost::asio::buffer(bytes), error);
    return read_until(socket, enough);
  }

  static std::string read_until(tcp::socket& socket, const std::string& enough) {
    std::string got;
    char buffer[4096];
    boost::system::error_code error;
    while (enough.empty() || got.find(enough) == std::string::npos) {
      const std::size_t n = socket.read_some(boost::asio::buffer(buffer), error);
      if (error) break;
      got.append(buffer, n);
    }
    return got;
  }

  template <class Predicate>
  bool eventually(Predicate predicate) {
    const auto until = clock_.now() + base::seconds(10);
    while (!predicate()) {
      if (clock_.now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  base::RealClock clock_;
  base::Log log_{base::LogLevel::off, base::LogFormat::text};
  base::Loop loop_{clock_};
  boost::asio::io_context io_;
  ServerLimits limits_;
  std::unique_ptr<Server> server_;
  std::string address_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::atomic<int> handled_{0};
  std::atomic<int> cancelled_{0};
};

std::string post(const std::string& path, const std::string& body, const std::string& extra = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + extra +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string post_chunked(const std::string& path, const std::string& body) {
  char size[20];
  const std::size_t size_bytes = format_chunk_size(body.size(), size);
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string(size, size_bytes) + body + "\r\n0\r\n\r\n";
}

TEST_F(ServerTest, EchoesAndKeepsTheConnection) {
  begin();
  tcp::socket socket = connect();
  for (int i = 0; i < 3; ++i) {
    const std::string body = "body " + std::to_string(i);
    boost::asio::write(socket, boost::asio::buffer(post("/", body)));
    EXPECT_NE(read_until(socket, body).find("200 OK"), std::string::npos);
  }
  EXPECT_EQ(server_->stats().connections_total, 1u);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  begin();
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += post("/", "<" + std::to_string(i) + ">");
  const std::string got = talk(bytes, "<49>");
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = got.find("<" + std::to_string(i) + ">", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(ServerTest, PipelinedBehindAChunkedBodyAndASlowRequest) {
  begin();
  const std::string chunked =
      "POST /wait HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const std::string got = talk(chunked + post("/", "<second>"), "<second>");
  EXPECT_NE(got.find("abc"), std::string::npos);
  EXPECT_LT(got.find("abc"), got.find("<second>"));
}

TEST_F(ServerTest, LargeBodiesInAnyCut) {
  begin();
  const std::string body(90'000, 'x');
  tcp::socket socket = connect();
  const std::string bytes = post("/", body);
  for (std::size_t at = 0; at < bytes.size(); at += 7'001) {
    boost::asio::write(socket, boost::asio::buffer(bytes.substr(at, 7'001)));
  }
  boost::asio::write(socket, boost::asio::buffer(post("/", "<next>")));
  const std::string got = read_until(socket, "<next>");
  EXPECT_NE(got.find(body), std::string::npos);
}

TEST_F(ServerTest, ABodyTooLargeIsRefusedBeforeItIsSent) {
  begin();
  const std::string got =
      talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nstart");
  EXPECT_NE(got.find("413 Content Too Large"), std::string::npos);
  EXPECT_NE(got.find("connection: close"), std::string::npos);
  const std::string chunked =
      talk("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" +
           std::string(200'000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_NE(chunked.find("413"), std::string::npos);
}

TEST_F(ServerTest, ContinueIsSentWhenAskedFor) {
  begin();
  tcp::socket socket = connect();
  const std::string head =
      "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  boost::asio::write(socket, boost::asio::buffer(head));
  EXPECT_NE(read_until(socket, "\r\n\r\n").find("100 Continue"), std::string::npos);
  boost::asio::write(socket, boost::asio::buffer(std::string("ok")));
  EXPECT_NE(read_until(socket, "ok").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, ContinueIsNotSentBehindAnAnswer) {
  begin();
  const std::string head =
      "POST /unread HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  const std::string got = talk(head);  // until it closes: the body may never come
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 OK\r\n")) << got;
  EXPECT_NE(got.find("connection: close\r\n"), std::string::npos) << got;
  EXPECT_TRUE(got.ends_with("not read")) << got;
  // A body that is on its way already is read away.
  const std::string both = talk(head + "ok" + post("/", "<next>"), "<next>");
  EXPECT_NE(both.find("not read"), std::string::npos) << both;
  EXPECT_EQ(both.find("100 Continue"), std::string::npos) << both;
}

TEST_F(ServerTest, StreamsWithTrailers) {
  begin();
  const std::string got = talk("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", "t: v\r\n\r\n");
  EXPECT_NE(got.find("transfer-encoding: chunked"), std::string::npos);
  EXPECT_NE(got.find("4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\nt: v\r\n\r\n"),
            std::string::npos);
}

TEST_F(ServerTest, AHandlerThatFailsIsAnsweredFor) {
  begin();
  EXPECT_NE(talk("GET /silent HTTP/1.1\r\nHost: x\r\n\r\n", "error:").find("500"),
            std::string::npos);
  EXPECT_NE(talk("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n", "error:").find("500"),
            std::string::npos);
}

TEST_F(ServerTest, BadHeadsAreRefusedAndCounted) {
  begin();
  EXPECT_NE(talk("GET / HTTP/1.1\nHost: x\n\n").find("400"), std::string::npos);
  EXPECT_NE(talk("\x16\x03\x01\x02").find("400"), std::string::npos);
  EXPECT_NE(talk("GET / HTTP/1.1\r\nA: " + std::string(5000, 'x')).find("431"), std::string::npos);
  EXPECT_NE(talk("GET / HTTP/1.1\r\nHost:").find("408"), std::string::npos);  // never completed
  EXPECT_EQ(handled_, 0);
  EXPECT_TRUE(eventually([&] { return server_->stats().requests_rejected == 4; }));
}

TEST_F(ServerTest, AStalledBodyIsTimedOut) {
  begin();
  EXPECT_NE(talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").find("408"),
            std::string::npos);
}

TEST_F(ServerTest, AnUnreadBodyDoesNotSpoilTheNextRequest) {
  begin();
  const std::string got = talk(post("/unread", "ignored") + post("/", "<next>"), "<next>");
  EXPECT_NE(got.find("not read"), std::string::npos);
}

TEST_F(ServerTest, AClientThatLeavesCancelsItsRequest) {
  begin();
  {
    tcp::socket socket = connect();
    boost::asio::write(socket, boost::asio::buffer(post("/wait", "x")));
    ASSERT_TRUE(eventually([&] { return handled_ == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return cancelled_ == 1; }));
  EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
}

// More than the session's first read has room for.
TEST_F(ServerTest, AClientThatLeavesCancelsItsLargeRequest) {
  begin();
  const std::string body(40'000, 'x');
  int left = 0;
  for (const std::string& bytes : {post("/wait", body), post_chunked("/wait", body)}) {
    {
      tcp::socket socket = connect_with(bytes);
      ++left;
      ASSERT_TRUE(eventually([&] { return handled_ == left; }));
    }
    EXPECT_TRUE(eventually([&] { return cancelled_ == left; })) << left;
    EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
  }
}

TEST_F(ServerTest, WhatComesBehindALargeRequestInServiceKeepsItsOrder) {
  begin();
  const std::string body(40'000, 'x');
  const std::string second(3'000, 'y');  // more than the watch takes
  for (const std::string& bytes : {post("/wait", body), post_chunked("/wait", body)}) {
    tcp::socket socket = connect_with(bytes);
    for (int i = 0; i < 2; ++i) {
      boost::asio::write(socket, boost::asio::buffer(post("/", second + "<end>")));
      const std::string got = read_until(socket, "<end>");
      EXPECT_EQ(got.find(body) != std::string::npos, i == 0);
      EXPECT_NE(got.find("\r\n\r\n" + second + "<end>"), std::string::npos);
    }
  }
}

TEST_F(ServerTest, AParkedConnectionServesAgain) {
  limits_.park_after_ms = 20;
  begin();
  tcp::socket socket = connect();
  boost::asio::write(socket, boost::asio::buffer(post("/", "<one>")));
  read_until(socket, "<one>");
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_parked == 1; }));
  boost::asio::write(socket, boost::asio::buffer(post("/", "<two>")));
  EXPECT_NE(read_until(socket, "<two>").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, DrainLetsRequestsEnd) {
  begin();
  tcp::socket idle = connect();
  tcp::socket busy = connect();
  boost::asio::write(busy, boost::asio::buffer(post("/wait", "<late>")));
  ASSERT_TRUE(eventually([&] { return handled_ == 1; }));
  server_->drain();
  EXPECT_EQ(read_until(idle, {}), "");
  const std::string got = read_until(busy, {});
  EXPECT_NE(got.find("<late>"), std::string::npos);
  EXPECT_NE(got.find("connection: close"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
}

TEST_F(ServerTest, ConnectionsBeyondTheLimitAreClosed) {
  limits_.connections_max = 2;
  begin();
  tcp::socket a = connect();
  tcp::socket b = connect();
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == 2; }));
  tcp::socket c = connect();
  EXPECT_EQ(read_until(c, {}), "");
  EXPECT_EQ(server_->stats().connections_refused, 1u);
}

// The client, on a loop of its own, against the server above.
class ClientTest : public ServerTest {
 protected:
  struct Reply {
    int status = 0;
    std::string body;
    std::string error;
  };

  ClientOptions options() {
    ClientOptions out;
    out.url = {false, "127.0.0.1", port_, "", {}};
    return out;
  }

  Async<void> call(std::shared_ptr<Client> client, std::string path, std::string body,
                   std::int64_t deadline_ms, Reply& out) {
    base::Cancellation cancellation;
    ClientCall request(std::move(client), cancellation);
    const auto deadline = client_loop_.now() + base::milliseconds(deadline_ms);
    auto started =
        co_await request.start(Method::post, path, "", body, deadline, base::Errc::timeout_total);
    if (!started) {
      out.error = base::row(started.error().code).name;
      co_return;
    }
    out.status = request.head().status;
    auto read = co_await request.connection().read_all(1'000'000);
    if (read) {
      out.body = std::string(*read);
    } else {
      out.error = base::row(read.error().code).name;
    }
  }

  // Runs one call to its end on this thread.
  Reply run(const std::shared_ptr<Client>& client, const std::string& path, const std::string& body,
            std::int64_t deadline_ms = 2'000) {
    Reply out;
    base::TaskGroup tasks(client_loop_, nullptr);
    tasks.spawn(call(client, path, body, deadline_ms, out));
    while (tasks.running() > 0) {
      client_loop_.io().run_one_for(std::chrono::milliseconds(20));
      client_loop_.wheel().advance(client_loop_.now());
    }
    client_loop_.io().restart();
    return out;
  }

  base::Loop client_loop_{clock_};
};

TEST_F(ClientTest, ReusesItsConnection) {
  begin();
  auto client = std::make_shared<Client>(client_loop_, options());
  for (int i = 0; i < 5; ++i) {
    const Reply reply = run(client, "/", "hello");
    EXPECT_EQ(reply.status, 200) << reply.error;
    EXPECT_EQ(reply.body, "hello");
  }
  EXPECT_EQ(client->opened_total(), 1u);
  EXPECT_EQ(client->idle(), 1u);
}

TEST_F(ClientTest, FindsTheServerByItsName) {
  begin();
  auto by_name = options();
  by_name.url.host = "localhost";
  by_name.connections_idle_max = 0;  // connects anew each time
  auto client = std::make_shared<Client>(client_loop_, by_name);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(run(client, "/", "hello").body, "hello");
  EXPECT_EQ(client->opened_total(), 2u);
}

TEST_F(ClientTest, ReadsChunkedAnswers) {
  begin();
  auto client = std::make_shared<Client>(client_loop_, options());
  EXPECT_EQ(run(client, "/stream", "").body, "one two three");
  EXPECT_EQ(client->idle(), 1u);
}

TEST_F(ClientTest, AStaleConnectionIsReplaced) {
  limits_.idle_timeout_ms = 100;
  begin();
  auto client = std::make_shared<Client>(client_loop_, options());
  EXPECT_EQ(run(client, "/", "a").body, "a");
  ASSERT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
  EXPECT_EQ(run(client, "/", "b").body, "b");
  EXPECT_EQ(client->opened_total(), 2u);
}

TEST_F(ClientTest, DeadlinesAndRefusedConnections) {
  begin();
  auto client = std::make_shared<Client>(client_loop_, options());
  EXPECT_EQ(run(client, "/wait", "x", 50).error, "timeout_total");
  auto nowhere = options();
  nowhere.url.port = 1;
  EXPECT_EQ(run(std::make_shared<Client>(client_loop_, nowhere), "/", "x").error,
            "upstream_connect");
  nowhere.url.host = "no-such-host.invalid";
  EXPECT_EQ(run(std::make_shared<Client>(client_loop_, nowhere), "/", "x").error,
            "upstream_connect");
}

TEST_F(ClientTest, AnOversizedAnswerIsCutOff) {
  begin();
  auto client = std::make_shared<Client>(client_loop_, options());
  const std::string body(50'000, 'x');
  EXPECT_EQ(run(client, "/", body).body, body);
}

}  // namespace
}  // namespace headgate::http
