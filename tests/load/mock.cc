// hg_mock: the provider the bench puts behind every proxy. One thread, epoll, no work per request
// beyond reading it: POST …/chat/completions or …/messages is answered at once, in OpenAI's or in
// Anthropic's format, with a fixed text of about 1 KB, or, if the request asks to stream, with one
// stamped chunk every --pace-ms. The request's max_tokens is the number of chunks. GET /stats tells
// what it has served, so that a proxy's numbers can be checked.
#include <CLI/CLI.hpp>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "message_reader.h"
#include "mock_answers.h"
#include "net.h"
#include "sse_stamp.h"

namespace headgate::load {
namespace {

/// The first and last bytes of a request body: where the fields that the mock reads stand in
/// requests that hg_load writes, whether or not a proxy re-encodes them. Keeps a 1 MB body from
/// being searched.
class BodyEdges {
 public:
  void clear() { text_.clear(); }
  void append(std::string_view piece) {
    const std::size_t to_head = std::min(piece.size(), kEdge - std::min(kEdge, text_.size()));
    text_.append(piece.substr(0, to_head));
    piece.remove_prefix(to_head);
    if (piece.size() > kEdge) piece = piece.substr(piece.size() - kEdge);
    text_.append(piece);
    if (text_.size() > 2 * kEdge) text_.erase(kEdge, text_.size() - 2 * kEdge);
  }
  /// True if the member `name` has the value true.
  bool is_true(std::string_view name) const { return value_of(name).starts_with("true"); }
  unsigned number(std::string_view name, unsigned otherwise) const {
    const std::string_view value = value_of(name);
    std::from_chars(value.begin(), value.end(), otherwise);
    return otherwise;
  }

 private:
  std::string_view value_of(std::string_view name) const {
    const auto at = text_.find("\"" + std::string(name) + "\":");
    if (at == std::string::npos) return {};
    std::string_view rest = std::string_view(text_).substr(at + name.size() + 3);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    return rest;
  }

  static constexpr std::size_t kEdge = 512;
  std::string text_;
};

struct Client {
  Fd socket;
  std::uint64_t id = 0;  // never reused, so that a timer of a closed stream finds nobody
  MessageReader reader;
  BodyEdges edges;
  std::string unsent;
  unsigned chunks_left = 0;
  bool usage_wanted = false;
  Dialect dialect = Dialect::chat;
};

struct Due {
  std::int64_t at_ns;
  int fd;
  std::uint64_t client_id;
  friend bool operator>(const Due& a, const Due& b) { return a.at_ns > b.at_ns; }
};

struct Options {
  std::string listen = "127.0.0.1:0";
  std::string ready_file;
  unsigned chunks = 42;
  unsigned pace_ms = 250;
};

class Mock {
 public:
  explicit Mock(const Options& options);
  /// Until SIGTERM or SIGINT.
  void run();

 private:
  void accept_all();
  void on_event(int fd, std::uint32_t events);
  bool read_all(Client& client);
  void answer(Client& client);
  void start_stream(Client& client);
  void send_chunk(Client& client, std::int64_t due_ns);
  void send_due_chunks();
  bool send(Client& client, std::string_view bytes);
  bool flush(Client& client);
  void close(int fd) { clients_[static_cast<std::size_t>(fd)].reset(); }
  Client* find(int fd);

  Options options_;
  Fd listener_;
  Fd signals_;
  Epoll epoll_;
  std::vector<std::unique_ptr<Client>> clients_;  // by file descriptor
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  ChunkText chat_chunk_{Dialect::chat};
  ChunkText messages_chunk_{Dialect::messages};
  std::uint64_t ids_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t streams_ = 0;
};

Fd watch_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

Mock::Mock(const Options& options)
    : options_(options),
      listener_(listen_on(parse_address(options.listen))),
      signals_(watch_signals()) {
  epoll_.add(listener_.get(), EPOLLIN);
  epoll_.add(signals_.get(), EPOLLIN);
  if (options_.ready_file.empty()) return;
  const std::string unfinished = options_.ready_file + ".tmp";
  std::ofstream(unfinished) << R"({"listeners":[{"name":"mock","address":")"
                            << to_string(local_address(listener_)) << "\"}]}\n";
  std::filesystem::rename(unfinished, options_.ready_file);
}

void Mock::run() {
  while (true) {
    const std::int64_t wake_ns = due_.empty() ? kNever : due_.top().at_ns;
    for (const epoll_event& event : epoll_.wait_until(wake_ns)) {
      if (event.data.fd == signals_.get()) return;
      if (event.data.fd == listener_.get()) {
        accept_all();
      } else {
        on_event(event.data.fd, event.events);
      }
    }
    send_due_chunks();
  }
}

void Mock::accept_all() {
  for (Fd socket = accept_from(listener_); socket.is_open(); socket = accept_from(listener_)) {
    const auto fd = static_cast<std::size_t>(socket.get());
    if (clients_.size() <= fd) clients_.resize(fd + 1);
    epoll_.add(socket.get(), EPOLLIN);
    clients_[fd] = std::make_unique<Client>();
    clients_[fd]->socket = std::move(socket);
    clients_[fd]->id = ++ids_;
  }
}

Client* Mock::find(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  return index < clients_.size() ? clients_[index].get() : nullptr;
}

void Mock::on_event(int fd, std::uint32_t events) {
  Client* client = find(fd);
  if (client == nullptr) return;
  if ((events & EPOLLOUT) != 0 && !flush(*client)) return close(fd);
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !read_all(*client)) close(fd);
}

/// False when the connection is to be closed.
bool Mock::read_all(Client& client) {
  const ssize_t got = ::recv(client.socket.get(), buffer_.data(), buffer_.size(), 0);
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  std::string_view in(buffer_.data(), static_cast<std::size_t>(got));
  while (!in.empty()) {
    if (client.chunks_left != 0) return false;  // pipelining behind a stream: nobody here does that
    in.remove_prefix(
        client.reader.feed(in, [&](std::string_view piece) { client.edges.append(piece); }));
    if (client.reader.has_failed()) return false;
    if (client.reader.is_complete()) answer(client);
  }
  return true;
}

/// What the request line asks for; nothing if it does not ask a model.
std::optional<Dialect> asked_dialect(std::string_view line) {
  if (!line.starts_with("POST ")) return std::nullopt;
  if (line.find("/chat/completions ") != std::string_view::npos) return Dialect::chat;
  if (line.find("/messages ") != std::string_view::npos) return Dialect::messages;
  return std::nullopt;
}

void Mock::answer(Client& client) {
  const std::string_view line = client.reader.start_line();
  if (const auto dialect = asked_dialect(line)) {
    ++requests_;
    client.dialect = *dialect;
    if (client.edges.is_true("stream")) {
      start_stream(client);
    } else {
      send(client, completion_response(*dialect));
    }
  } else if (line.starts_with("GET /stats ")) {
    send(client, stats_response(requests_, streams_));
  } else {
    send(client, not_found_response());
  }
  client.reader.reset();
  client.edges.clear();
}

void Mock::start_stream(Client& client) {
  ++streams_;
  client.usage_wanted = client.edges.is_true("include_usage");
  client.chunks_left = std::max(1U, client.edges.number("max_tokens", options_.chunks));
  send(client, stream_head(client.dialect));
  send_chunk(client, now_ns());
}

/// The pace is kept from the due time, so that lateness does not add up.
void Mock::send_chunk(Client& client, std::int64_t due_ns) {
  ChunkText& chunk = client.dialect == Dialect::chat ? chat_chunk_ : messages_chunk_;
  send(client, chunk.stamped(now_ns()));
  if (--client.chunks_left == 0) {
    send(client, stream_end(client.dialect, client.usage_wanted));
  } else {
    due_.push({due_ns + options_.pace_ms * kNsPerMs, client.socket.get(), client.id});
  }
}

void Mock::send_due_chunks() {
  const std::int64_t now = now_ns();
  while (!due_.empty() && due_.top().at_ns <= now) {
    const Due due = due_.top();
    due_.pop();
    Client* client = find(due.fd);
    if (client != nullptr && client->id == due.client_id) send_chunk(*client, due.at_ns);
  }
}

/// A failed send is left to the read side, which sees the same end of the connection.
bool Mock::send(Client& client, std::string_view bytes) {
  if (!client.unsent.empty()) {
    client.unsent.append(bytes);
    return true;
  }
  const ssize_t sent = ::send(client.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  const auto done = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  if (done == bytes.size()) return true;
  client.unsent.assign(bytes.substr(done));
  epoll_.change(client.socket.get(), EPOLLIN | EPOLLOUT);
  return true;
}

bool Mock::flush(Client& client) {
  const std::string waiting = std::exchange(client.unsent, {});
  epoll_.change(client.socket.get(), EPOLLIN);
  return send(client, waiting);
}

int run_mock(int argc, char** argv) {
  Options options;
  CLI::App app("A minimal OpenAI-compatible upstream for benchmarks.", "hg_mock");
  app.add_option("--listen", options.listen, "IPv4 address and port; port 0 picks one")
      ->capture_default_str();
  app.add_option("--ready-file", options.ready_file,
                 "written once it accepts: its address, as JSON");
  app.add_option("--chunks", options.chunks, "chunks of a stream without max_tokens")
      ->capture_default_str();
  app.add_option("--pace-ms", options.pace_ms, "time between two chunks")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  raise_fd_limit();
  use_exact_timers();
  Mock(options).run();
  return 0;
}

}  // namespace
}  // namespace headgate::load

int main(int argc, char** argv) {
  try {
    return headgate::load::run_mock(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hg_mock: %s\n", error.what());
    return 1;
  }
}
