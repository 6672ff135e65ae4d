#include "agents/mcp_http/event_stream.h"

#include <set>
#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/mcp_http/reply.h"
#include "base/async/mailbox.h"
#include "base/json/cursor.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kChangesMax = 256;
constexpr std::size_t kUriBytesMax = 4096;

std::string_view method_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::tools: return method::kToolsChanged;
    case ChangeKind::prompts: return method::kPromptsChanged;
    case ChangeKind::resources: return method::kResourcesChanged;
    case ChangeKind::resource: break;
  }
  return method::kResourceUpdated;
}

/// What a client has asked to be told, as far as there is something to tell.
struct Filter {
  bool tools = false;
  bool prompts = false;
  bool resources = false;
  std::set<std::string> uris;

  bool wants(const Change& change) const {
    switch (change.kind) {
      case ChangeKind::tools: return tools;
      case ChangeKind::prompts: return prompts;
      case ChangeKind::resources: return resources;
      case ChangeKind::resource: break;
    }
    return uris.count(change.uri) > 0;
  }
};

Result<void> read_uris(std::string_view text, std::size_t uris_max, std::set<std::string>& out) {
  base::json::Cursor cursor(text);
  if (text.empty() || !cursor.enter_array()) return {};
  while (cursor.next_element()) {
    base::json::Text uri;
    const bool fits = cursor.kind() == base::json::Kind::string && out.size() < uris_max;
    if (!fits || !cursor.string(uri) || uri.raw.size() > kUriBytesMax) {
      return fail(Errc::invalid_request,
                  "\"resourceSubscriptions\" has too many URIs, too long ones, or none");
    }
    out.insert(uri.decode());
  }
  return {};
}

Result<Filter> read_filter(const ServerState& server, std::string_view params) {
  ObjectView outer(params);
  const std::string_view text = outer.object("notifications");
  if (text.empty()) return fail(Errc::invalid_request, "\"notifications\" must be an object");
  ObjectView view(text);
  Filter out;
  const Hosts& hosts = server.hosts;
  out.tools = hosts.tools != nullptr && view.boolean("toolsListChanged").value_or(false);
  out.prompts = hosts.prompts != nullptr && view.boolean("promptsListChanged").value_or(false);
  if (hosts.resources == nullptr) return out;
  out.resources = view.boolean("resourcesListChanged").value_or(false);
  const auto uris_max = static_cast<std::size_t>(server.config.limits.subscriptions_max);
  const auto read = read_uris(view.array("resourceSubscriptions"), uris_max, out.uris);
  if (!read) return read.error();
  return out;
}

std::string subscription_meta(std::string_view id) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member_raw(key::kSubscription, id);
  writer.end_object();
  return out;
}

std::string acknowledgement(const Filter& filter, const std::string& meta) {
  std::string params;
  base::json::Writer writer(params);
  writer.begin_object();
  writer.member_raw("_meta", meta);
  writer.object("notifications");
  if (filter.tools) writer.member("toolsListChanged", true);
  if (filter.prompts) writer.member("promptsListChanged", true);
  if (filter.resources) writer.member("resourcesListChanged", true);
  if (!filter.uris.empty()) {
    writer.array("resourceSubscriptions");
    for (const std::string& uri : filter.uris) writer.string(uri);
    writer.end_array();
  }
  writer.end_object();
  writer.end_object();
  return write_notification(method::kAcknowledged, params);
}

std::string notification_of(const Change& change, const std::string& meta) {
  std::string params;
  base::json::Writer writer(params);
  writer.begin_object();
  if (!meta.empty()) writer.member_raw("_meta", meta);
  if (change.kind == ChangeKind::resource) writer.member("uri", change.uri);
  writer.end_object();
  const bool says_nothing = params == "{}";
  return write_notification(method_of(change.kind), says_nothing ? std::string_view() : params);
}

std::string closing_result(std::string_view id) {
  std::string result;
  base::json::Writer writer(result);
  writer.begin_object();
  writer.member("resultType", "complete");
  writer.object("_meta");
  writer.member_raw(key::kSubscription, id);
  writer.member_raw(key::kServerInfo, server_info());
  writer.end_object();
  writer.end_object();
  return write_result(id, result);
}

}  // namespace

Result<Telling> listen_telling(const ServerState& server, const Message& message) {
  auto filter = read_filter(server, message.params);
  if (!filter) return filter.error();
  const std::string meta = subscription_meta(message.id);
  Telling out;
  out.first = acknowledgement(*filter, meta);
  out.last = closing_result(message.id);
  out.of = [filter = std::move(*filter), meta](const Change& change) {
    std::optional<std::string> told;
    if (filter.wants(change)) told = notification_of(change, meta);
    return told;
  };
  return out;
}

Telling session_telling(std::shared_ptr<Session> session) {
  Telling out;
  out.of = [session = std::move(session)](const Change& change) {
    std::optional<std::string> told;
    if (session->wants(change)) told = notification_of(change, {});
    return told;
  };
  return out;
}

Async<void> tell_changes(http::Exchange& exchange, base::Context& ctx, ServerState& server,
                         const Telling& telling, std::shared_ptr<base::Cancellation> stop) {
  base::Mailbox<Change> news(ctx.loop, kChangesMax);
  const ChangeFeed::Subscription subscription(server.changes, news.sender());
  const http::ReplyHead head = event_head(ctx);
  auto sent = co_await exchange.start(head);
  std::string bytes = telling.first.empty() ? ":\n\n" : event_of(telling.first);
  const auto silent = base::milliseconds(server.config.limits.keepalive_ms);
  while (sent && !stop->cancelled()) {
    if (!bytes.empty()) sent = co_await exchange.write(bytes);
    const base::MonoTime until = ctx.loop.now() + silent;
    if (sent) co_await news.wait(until, *stop);
    bytes = news.empty() ? ":\n\n" : "";
    while (!news.empty()) {
      const auto told = telling.of(news.take());
      if (told) bytes += event_of(*told);
    }
  }
  server.stats.events_dropped += news.dropped();
  if (!sent || exchange.cancellation().cancelled()) co_return;
  const std::string last = telling.last.empty() ? std::string() : event_of(telling.last);
  const std::string_view none;
  auto finished = co_await exchange.finish(none, last);
}

}  // namespace headgate::agents::mcp
