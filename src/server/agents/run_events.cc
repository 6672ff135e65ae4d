#include "server/agents/run_events.h"

#include "base/text/strings.h"
#include "gateway/upstream/headers.h"
#include "server/agents/run_json.h"
#include "server/agents/run_wait.h"
#include "server/api/query.h"

namespace headgate::server {

namespace {

void append_event(std::string& out, const std::string& id, const storage::RunEntry& entry) {
  out += "id: " + std::to_string(entry.seq) + "\nevent: " + entry.kind + "\ndata: ";
  out += event_json(id, entry);
  out += "\n\n";
}

}  // namespace

std::int64_t events_after(const http::RequestHead& request) {
  constexpr std::uint64_t kMost = 1'000'000'000;
  auto after = base::parse_u64(request.headers.get("last-event-id"));
  if (!after) after = base::parse_u64(query_value(request.query, "after"));
  return static_cast<std::int64_t>(std::min(after.value_or(0), kMost));
}

base::Async<void> stream_run(AgentCall& call, const std::string& id, std::int64_t after) {
  http::ReplyHead head(200);
  head.add("content-type", "text/event-stream; charset=utf-8");
  head.add("cache-control", "no-store");
  head.add("x-accel-buffering", "no");
  head.add("x-headgate-run-id", id);
  gateway::add_ids(call.ctx, head);
  auto sent = co_await call.exchange.start(head);
  while (sent) {
    auto entries = co_await next_entries(call.ctx, call.runner, id, after);
    const bool over = !entries || entries->empty();
    if (over) break;
    std::string bytes;
    for (const storage::RunEntry& entry : *entries) append_event(bytes, id, entry);
    after = entries->back().seq;
    sent = co_await call.exchange.write(bytes);
  }
  auto ended = co_await call.exchange.finish();
}

}  // namespace headgate::server
