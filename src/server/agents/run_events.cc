#include "server/agents/run_events.h"

#include "base/json/writer.h"
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

// `text` null: what was shown of the step's answer is discarded. Not in the journal, so without a
// number.
void append_text_event(std::string& out, const std::string& id, std::int64_t step,
                       const std::string* text) {
  const std::string type = text != nullptr ? "step.model_text" : "step.model_text_discarded";
  out += "event: " + type + "\ndata: ";
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("type", type);
  writer.member("run_id", id);
  writer.member("step", step);
  if (text != nullptr) writer.member("text", *text);
  writer.end_object();
  out += "\n\n";
}

void append_text(std::string& out, const std::string& id, const TextChange& change) {
  if (change.withdrawn) append_text_event(out, id, change.step, nullptr);
  if (!change.piece.empty()) append_text_event(out, id, change.step, &change.piece);
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
  FollowedText followed(after);
  auto sent = co_await call.exchange.start(head);
  while (sent) {
    auto news = co_await next_news(call.ctx, call.runner, id, followed.mark());
    const bool over = !news || news->is_over();
    if (over) break;
    std::string bytes;
    if (news->text) append_text(bytes, id, followed.add(*news->text));
    for (const storage::RunEntry& entry : news->entries) {
      append_text(bytes, id, followed.settle(entry));
      append_event(bytes, id, entry);
    }
    sent = co_await call.exchange.write(bytes);
  }
  auto ended = co_await call.exchange.finish();
}

}  // namespace headgate::server
