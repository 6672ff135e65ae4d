#include "lab/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/text/strings.h"
#include "lab/openai/api_error.h"

namespace headgate::lab {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

constexpr base::Duration kAnswerTimeout = base::seconds(600);

/// Belong to one hop, or would make the recorded bytes unreadable.
constexpr std::array<std::string_view, 11> kNotForwarded{
    "host",    "connection",       "content-length",  "transfer-encoding",
    "te",      "trailer",          "accept-encoding", "expect",
    "upgrade", "proxy-connection", "keep-alive"};
/// Likewise, or say who asked.
constexpr std::array<std::string_view, 11> kNotRecorded{"connection",
                                                        "content-length",
                                                        "transfer-encoding",
                                                        "date",
                                                        "keep-alive",
                                                        "set-cookie",
                                                        "trailer",
                                                        "openai-organization",
                                                        "openai-project",
                                                        "anthropic-organization-id",
                                                        "anthropic-workspace-id"};

template <class List>
bool is_one_of(std::string_view name, const List& list) {
  for (const auto entry : list) {
    if (base::iequals(name, entry)) return true;
  }
  return false;
}

std::int64_t micros(base::Duration time) {
  return std::chrono::duration_cast<base::microseconds>(time).count();
}

std::string header_lines(const HeaderList& headers) {
  std::string lines;
  for (const auto& [name, value] : headers) {
    if (!is_one_of(name, kNotForwarded)) lines += fmt::format("{}: {}\r\n", name, value);
  }
  return lines;
}

/// Path and query below the provider's own base URL.
std::string provider_target(const LabRequest& request) {
  std::string_view path = request.path;
  for (const std::string_view base : {"/v1beta", "/v1"}) {
    if (path != base && !path.starts_with(fmt::format("{}/", base))) continue;
    path.remove_prefix(base.size());
    break;
  }
  return request.query.empty() ? std::string(path) : fmt::format("{}?{}", path, request.query);
}

http::Method method_of(std::string_view text) {
  if (text == "GET") return http::Method::get;
  if (text == "DELETE") return http::Method::del;
  return http::Method::post;
}

http::ReplyHead reply_head(const RecordedExchange& exchange) {
  http::ReplyHead head(exchange.status);
  for (const auto& [name, value] : exchange.headers) head.add(name, value);
  return head;
}

RecordedExchange recorded_head(const http::ResponseHead& head) {
  RecordedExchange out;
  out.status = head.status;
  out.chunked = head.body == http::BodyKind::chunked || head.body == http::BodyKind::until_close;
  for (const auto& [name, value] : head.headers) {
    if (!is_one_of(name, kNotRecorded)) out.headers.emplace_back(name, value);
  }
  return out;
}

Result<http::ClientOptions> client_options(const Recorder::Options& options) {
  auto url = http::parse_base_url(options.upstream);
  if (!url) return url.error();
  http::ClientOptions out;
  out.url = *std::move(url);
  if (const auto* proxy = options.proxies.proxy_for(out.url)) out.proxy = *proxy;
  if (!out.url.tls) return out;
  auto tls = http::make_client_tls({});
  if (!tls) return tls.error();
  out.tls = *std::move(tls);
  return out;
}

Result<std::ofstream> open_private(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);
  std::ofstream file(path, std::ios::app | std::ios::binary);
  if (!file) return fail(Errc::io_failed, fmt::format("cannot write to {}", path));
  return file;
}

}  // namespace

Recorder::Recorder(std::shared_ptr<http::Client> client, base::Redactor redactor,
                   std::ofstream file)
    : client_(std::move(client)), redactor_(std::move(redactor)), file_(std::move(file)) {}

Result<std::unique_ptr<Recorder>> Recorder::create(base::Loop& loop, const Options& options) {
  auto client = client_options(options);
  if (!client) return client.error();
  auto redactor = base::Redactor::create();
  if (!redactor) return redactor.error();
  auto stream = open_private(options.file);
  if (!stream) return stream.error();
  return std::unique_ptr<Recorder>(
      new Recorder(std::make_shared<http::Client>(loop, *std::move(client)), *std::move(redactor),
                   *std::move(stream)));
}

Task<void> Recorder::forward(http::Exchange& exchange, const LabRequest& request) {
  const base::MonoTime begin = exchange.loop().now();
  const std::string path = provider_target(request);
  const std::string headers = header_lines(request.headers);
  const http::Method method = method_of(request.method);
  http::ClientCall call(client_, exchange.cancellation());
  const base::MonoTime deadline = begin + kAnswerTimeout;
  auto started =
      co_await call.start(method, path, headers, request.body, deadline, Errc::timeout_total);
  if (!started) {
    const base::Error error = started.error();
    auto refused = co_await refuse(exchange, error);
    co_return refused;
  }
  RecordedExchange out = recorded_head(call.head());
  out.head_us = micros(exchange.loop().now() - begin);
  http::Connection& provider = call.connection();
  auto relayed = co_await relay(exchange, provider, begin, out);
  if (!relayed) co_return relayed;
  write(out, request);
  auto ended = co_await end(exchange, out);
  co_return ended;
}

/// Reads the provider's body to its end, passing a stream on as it comes. Fails when the client
/// went away; a provider that breaks off leaves `out` not complete.
Task<void> Recorder::relay(http::Exchange& exchange, http::Connection& provider,
                           base::MonoTime begin, RecordedExchange& out) {
  if (out.chunked) {
    const http::ReplyHead head = reply_head(out);
    auto started = co_await exchange.start(head);
    if (!started) co_return started;
  }
  while (!provider.done()) {
    auto piece = provider.take();
    if (!piece) break;
    if (!piece->empty()) {
      const std::string_view bytes = *piece;
      out.chunks.push_back({micros(exchange.loop().now() - begin), std::string(bytes)});
      auto written = Result<void>{};
      if (out.chunked) written = co_await exchange.write(bytes);
      if (!written) co_return written;
    } else if (!provider.done()) {
      auto more = co_await provider.more();
      if (!more) break;
    }
  }
  out.complete = provider.done();
  co_return Result<void>{};
}

Task<void> Recorder::end(http::Exchange& exchange, const RecordedExchange& out) {
  if (!out.complete) {
    exchange.abort(false);
    co_return Result<void>{};
  }
  if (out.chunked) {
    auto finished = co_await exchange.finish();
    co_return finished;
  }
  const http::ReplyHead head = reply_head(out);
  std::string body;
  for (const auto& chunk : out.chunks) body += chunk.bytes;
  auto sent = co_await exchange.reply(head, body);
  co_return sent;
}

Task<void> Recorder::refuse(http::Exchange& exchange, const base::Error& error) {
  openai::ApiError shown = openai::error_of_status(502);
  shown.message = "The lab could not reach its upstream: " + error.detail;
  http::ReplyHead head(502);
  head.add("content-type", "application/json");
  const std::string body = openai::error_body(shown);
  auto sent = co_await exchange.reply(head, body);
  co_return sent;
}

void Recorder::write(RecordedExchange& exchange, const LabRequest& request) {
  exchange.method = request.method;
  exchange.path = public_target(request);
  exchange.key = request_key(request);
  exchange.request = redactor_.redacted(request.body);
  file_ << to_line(exchange) << '\n' << std::flush;
}

}  // namespace headgate::lab
