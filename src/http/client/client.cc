#include "http/client/client.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

namespace headgate::http {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr base::Duration kTrustFor = base::milliseconds(500);

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

std::string proxy_authorization(const BaseUrl& proxy) {
  if (proxy.userinfo.empty()) return {};
  return "proxy-authorization: Basic " + base64(proxy.userinfo) + "\r\n";
}

std::string_view text_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::post:
    case Method::other: break;
  }
  return "POST";
}

}  // namespace

Client::Client(base::Loop& loop, ClientOptions options)
    : loop_(loop),
      options_(std::move(options)),
      addresses_(loop, options_.proxy ? *options_.proxy : options_.url,
                 base::milliseconds(options_.dns_refresh_ms)) {}

Client::~Client() { options_.stats->idle -= static_cast<std::int64_t>(idle_.size()); }

std::unique_ptr<Connection> Client::take_idle() {
  const base::MonoTime now = loop_.now();
  const auto idle_max = base::milliseconds(options_.connection_idle_ms);
  const auto age_max = base::milliseconds(options_.connection_age_max_ms);
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    --options_.stats->idle;
    const bool fresh =
        now - connection->idle_since < idle_max && now - connection->opened() < age_max;
    // Asking the socket costs a system call; a close within the last moment is left to the retry.
    const bool just_used = now - connection->idle_since < kTrustFor;
    if (fresh && (just_used || !connection->transport().stale())) {
      connection->reused = true;
      return connection;
    }
  }
  return nullptr;
}

void Client::give_back(std::unique_ptr<Connection> connection) {
  if (!connection->reusable() || idle_.size() >= options_.connections_idle_max) return;
  connection->transport().expire_never();
  connection->idle_since = loop_.now();
  idle_.push_back(std::move(connection));
  ++options_.stats->idle;
}

Task<void> Client::open(Connection& connection, base::MonoTime deadline, Errc late) {
  ++opened_total_;
  ++options_.stats->opened;
  const base::MonoTime connected_by = loop_.now() + base::milliseconds(options_.connect_timeout_ms);
  const bool connect_first = connected_by < deadline;
  connection.transport().expire_at(connect_first ? connected_by : deadline,
                                   connect_first ? Errc::timeout_connect : late);
  const BaseUrl& peer = options_.proxy ? *options_.proxy : options_.url;
  auto connected = co_await connect_any(connection, peer);
  if (!connected) co_return connected.error();
  if (!options_.url.tls) co_return Result<void>{};
  if (options_.proxy) {
    auto tunnel = co_await open_tunnel(connection);
    if (!tunnel) co_return tunnel.error();
  }
  auto secured = co_await connection.transport().client_handshake(options_.tls, options_.url.host);
  if (!secured && secured.error().code == Errc::timeout_connect) co_return secured.error();
  co_return secured;
}

Task<void> Client::dial(Connection& connection, const BaseUrl& peer) {
  const auto fd = options_.dialer->dial(peer);
  if (!fd) co_return fd.error();
  auto connected = co_await connection.transport().connect(*fd);
  co_return connected;
}

Task<void> Client::connect_any(Connection& connection, const BaseUrl& peer) {
  if (options_.dialer != nullptr) {
    auto dialled = co_await dial(connection, peer);
    co_return dialled;
  }
  Transport& transport = connection.transport();
  auto endpoints = co_await addresses_.get(transport);
  if (!endpoints) co_return endpoints.error();
  Error last = fail(Errc::upstream_connect, "no address");
  for (const auto& endpoint : *endpoints) {
    auto connected = co_await transport.connect(endpoint);
    if (connected) co_return connected;
    last = connected.error();
    if (last.code != Errc::upstream_connect) break;
  }
  last.detail =
      "cannot connect to " + peer.host + ":" + std::to_string(peer.port) + ": " + last.detail;
  addresses_.doubt(*endpoints);
  co_return last;
}

Task<void> Client::open_tunnel(Connection& connection) {
  const std::string target = options_.url.host + ":" + std::to_string(options_.url.port);
  const std::string request = "CONNECT " + target + " HTTP/1.1\r\nhost: " + target + "\r\n" +
                              proxy_authorization(*options_.proxy) + "\r\n";
  auto sent = co_await connection.transport().write(request);
  if (!sent) co_return sent.error();
  connection.begin_request();
  auto answered = co_await connection.read_head(Method::head);  // a 2xx to CONNECT has no body
  if (!answered) co_return answered.error();
  if (connection.head().status / 100 != 2) {
    co_return fail(Errc::upstream_connect, "the proxy answered CONNECT with status " +
                                               std::to_string(connection.head().status));
  }
  if (connection.sent_more()) {  // in the clear: it would pass for what the provider says in TLS
    co_return fail(Errc::upstream_connect,
                   "the proxy sent bytes of its own behind its answer to "
                   "CONNECT, before anything was sent to " +
                       target);
  }
  co_return Result<void>{};
}

ClientCall::ClientCall(std::shared_ptr<Client> client, base::Cancellation& cancellation)
    : client_(std::move(client)),
      on_cancel_(
          cancellation, [](void* self) { static_cast<ClientCall*>(self)->cancel(); }, this),
      cancelled_(cancellation.cancelled()) {
  ++client_->options().stats->busy;
}

ClientCall::~ClientCall() {
  --client_->options().stats->busy;
  if (connection_ && !cancelled_) client_->give_back(std::move(connection_));
}

void ClientCall::cancel() {
  cancelled_ = true;
  if (connection_) connection_->transport().cancel();
}

void ClientCall::compose(Method method, std::string_view path, std::string_view headers,
                         std::size_t bytes) {
  const auto& options = client_->options();
  request_.reserve(headers.size() + path.size() + 192);
  request_ += text_of(method);
  request_ += ' ';
  const bool through_proxy = options.proxy && !options.url.tls;
  if (through_proxy) request_ += "http://" + options.url.host_header();
  request_ += options.url.path;
  request_ += path;
  request_ += " HTTP/1.1\r\nhost: ";
  request_ += options.url.host_header();
  request_ += "\r\n";
  if (through_proxy) request_ += proxy_authorization(*options.proxy);
  request_ += headers;
  if (bytes > 0 || method == Method::post) {
    request_ += "content-length: ";
    request_ += std::to_string(bytes);
    request_ += "\r\n";
  }
  request_ += "\r\n";
}

Task<void> ClientCall::open_fresh(base::MonoTime deadline, Errc late) {
  const base::MonoTime begin = client_->loop().now();
  connection_ = std::make_unique<Connection>(client_->loop());
  auto opened = co_await client_->open(*connection_, deadline, late);
  connect_us_ =
      std::chrono::duration_cast<base::microseconds>(client_->loop().now() - begin).count();
  if (!opened) connection_.reset();  // half open: never to be pooled
  co_return opened;
}

Task<void> ClientCall::start(Method method, std::string_view path, std::string_view headers,
                             std::string_view body, base::MonoTime deadline, Errc late) {
  if (cancelled_) co_return fail(Errc::cancelled, "the caller went away");
  if (fault_) {
    auto answered = co_await interfere(method, deadline, late);
    if (!answered) co_return answered.error();
    if (*answered) co_return Result<void>{};
  }
  compose(method, path, headers, body.size());
  connection_ = client_->take_idle();
  if (connection_) {
    auto done = co_await attempt(method, body, deadline, late);
    const bool was_stale = !done && done.error().code == Errc::upstream_reset &&
                           !connection_->answered() && !cancelled_;
    if (!was_stale || once_) co_return done;
    resent_ = true;
    ++client_->options().stats->resent;
  }
  auto opened = co_await open_fresh(deadline, late);
  if (!opened) co_return opened.error();
  auto done = co_await attempt(method, body, deadline, late);
  co_return done;
}

Task<void> ClientCall::attempt(Method method, std::string_view body, base::MonoTime deadline,
                               Errc late) {
  connection_->begin_request();
  connection_->transport().expire_at(deadline, late);
  if (sent_ != nullptr) *sent_ = true;
  auto sent = co_await connection_->transport().write(request_, body);
  // A provider that refuses early answers and closes while we still write: its answer tells more.
  if (!sent && sent.error().code != Errc::upstream_reset) co_return sent.error();
  auto answered = co_await connection_->read_head(method);
  if (answered && body_fault_) connection_->spoil(*body_fault_);
  co_return answered;
}

// What goes wrong before a request is sent, on a connection that leads nowhere. True: the answer is
// there. False: the request may be sent.
Task<bool> ClientCall::interfere(Method method, base::MonoTime deadline, Errc late) {
  const base::MonoTime now = client_->loop().now();
  if (fault_->is_of_body()) {
    body_fault_ = std::make_unique<BodyFault>(*fault_, now);
    co_return false;
  }
  if (fault_->kind == CallFault::Kind::reset) {
    co_return fail(Errc::upstream_reset, "the connection was reset before an answer");
  }
  connection_ = std::make_unique<Connection>(client_->loop());
  connection_->transport().expire_at(deadline, late);
  if (fault_->kind == CallFault::Kind::answer) {
    connection_->answer_with(fault_->answer);
    auto read = co_await connection_->read_head(method);
    if (!read) co_return read.error();
    co_return true;
  }
  const base::MonoTime then = now + fault_->delay;
  auto waited = co_await connection_->transport().pause_until(then);
  connection_.reset();
  if (!waited) co_return waited.error();
  co_return false;
}

}  // namespace headgate::http
