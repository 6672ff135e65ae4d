#include "agents/mcp_http/reply.h"

#include <algorithm>

#include "base/text/strings.h"
#include "gateway/upstream/headers.h"

namespace headgate::agents::mcp {

using base::Async;

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";

// "a/b;q=1" to "a/b".
std::string media_type(std::string_view text) {
  return base::to_lower(base::trim(text.substr(0, text.find(';'))));
}

}  // namespace

http::ReplyHead reply_head(const base::Context& ctx, int status, std::string_view content_type) {
  http::ReplyHead head(status);
  if (!content_type.empty()) head.add("content-type", content_type);
  head.add("cache-control", "no-store");
  gateway::add_ids(ctx, head);
  return head;
}

http::ReplyHead event_head(const base::Context& ctx) {
  http::ReplyHead head = reply_head(ctx, 200, kEvents);
  head.add("x-accel-buffering", "no");
  return head;
}

Async<void> reply_error(http::Exchange& exchange, const base::Context& ctx, std::string_view id,
                        const RpcError& error, std::string_view allow) {
  http::ReplyHead head = reply_head(ctx, error.http_status, kJson);
  if (!allow.empty()) head.add("allow", allow);
  const std::string body = write_error(id, error);
  auto sent = co_await exchange.reply(head, body);
}

Async<void> reply_status(http::Exchange& exchange, const base::Context& ctx, int status) {
  const http::ReplyHead head = reply_head(ctx, status, {});
  const std::string_view nothing;
  auto sent = co_await exchange.reply(head, nothing);
}

std::string event_of(std::string_view message) {
  std::string out = "event: message\ndata: ";
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out += message;
  std::replace_if(
      out.begin() + start, out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  out += "\n\n";
  return out;
}

Accepts accepted_by(const http::Headers& headers) {
  Accepts out;
  if (!headers.has("accept")) return {true, true};
  for (const auto& header : headers) {
    if (!base::iequals(header.name, "accept")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string type = media_type(rest.substr(0, comma));
      out.json = out.json || type == kJson || type == "application/*" || type == "*/*";
      out.events = out.events || type == kEvents || type == "text/*" || type == "*/*";
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return out;
}

bool has_json_body(const http::Headers& headers) {
  return media_type(headers.get("content-type")) == kJson;
}

}  // namespace headgate::agents::mcp
