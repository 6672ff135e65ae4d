#include "server/ag_ui/ag_ui.h"

#include <utility>

#include "gateway/upstream/headers.h"
#include "server/ag_ui/events.h"
#include "server/ag_ui/input.h"
#include "server/agents/new_run.h"
#include "server/agents/run_wait.h"
#include "server/api/model_calls.h"
#include "server/approvals/approvals_api.h"

namespace headgate::server {

using base::Async;
using base::Result;
using base::Task;

namespace {

constexpr auto kDialect = llm::chat::Dialect::openai_chat;

/// Which run is streamed, and behind which of its entries.
struct Streamed {
  std::string id;
  std::int64_t after = 0;
};

Task<Streamed> begin(AgentCall& call, const AgUiInput& input) {
  agents::RunAsk ask;
  ask.agent = call.path.name;
  ask.messages = input.messages;
  ask.session = input.thread_id;
  bind_key(ask, "ag-ui " + input.run_id);
  auto created = co_await call.runner.create(call.ctx, ask);
  if (!created) co_return created.error();
  co_return Streamed{created->id, 0};
}

// Answers are decisions like any other: whoever gives them must be allowed to.
Task<Streamed> go_on(AgentCall& call, const AgUiInput& input) {
  AgentPath path{AgentResource::run_approval, input.answers.front().run_id, {}, "POST"};
  AgentCall deciding{call.exchange, call.ctx, call.runner, path, {}};
  auto row = co_await visible_run(deciding);
  if (!row) co_return row.error();
  const auto state = co_await state_of(call.ctx, call.runner, row->id);
  if (!state) co_return state.error();
  for (const AgUiAnswer& answer : input.answers) {
    path.call = answer.call_id;
    deciding.body = answer.body;
    auto decided = co_await decide_call(deciding);
    if (!decided) co_return decided.error();
  }
  co_return Streamed{row->id, state->seq};
}

// The last events, whatever the reason that there are no more entries.
Async<std::string> ending(AgentCall& call, AgUiEvents& events, const std::string& id,
                          const Result<void>& read) {
  if (!read) co_return events.broken(read.error());
  const auto state = co_await state_of(call.ctx, call.runner, id);
  co_return state ? events.end(*state) : events.broken(state.error());
}

Async<void> stream(AgentCall& call, const AgUiInput& input, Streamed from) {
  http::ReplyHead head(200);
  head.add("content-type", "text/event-stream; charset=utf-8");
  head.add("cache-control", "no-store");
  head.add("x-accel-buffering", "no");
  head.add("x-headgate-run-id", from.id);
  gateway::add_ids(call.ctx, head);
  AgUiEvents events(input.thread_id, input.run_id, from.id);
  auto sent = co_await call.exchange.start(head);
  if (sent) sent = co_await call.exchange.write(events.begin());
  Result<void> read;
  FollowedText followed(from.after);
  while (sent) {
    auto news = co_await next_news(call.ctx, call.runner, from.id, followed.mark());
    if (!news) read = news.error();
    const bool over = !news || news->is_over();
    if (over) break;
    std::string bytes;
    if (news->text) bytes += events.text(followed.add(*news->text));
    for (const storage::RunEntry& entry : news->entries) {
      bytes += events.text(followed.settle(entry));
      bytes += events.of(entry);
    }
    if (!bytes.empty()) sent = co_await call.exchange.write(bytes);
  }
  if (sent) {
    const std::string last = co_await ending(call, events, from.id, read);
    sent = co_await call.exchange.write(last);
  }
  auto ended = co_await call.exchange.finish();
}

}  // namespace

Async<void> ag_ui(AgentCall& call) {
  const auto input = read_ag_ui(call.body);
  if (!input) {
    co_await reply_error(call.exchange, call.ctx, kDialect, input.error());
    co_return;
  }
  const bool answers = !input->answers.empty();
  Result<Streamed> from = Streamed{};
  if (answers) {
    from = co_await go_on(call, *input);
  } else {
    from = co_await begin(call, *input);
  }
  if (!from) {
    co_await reply_error(call.exchange, call.ctx, kDialect, from.error());
    co_return;
  }
  co_await stream(call, *input, std::move(*from));
}

}  // namespace headgate::server
