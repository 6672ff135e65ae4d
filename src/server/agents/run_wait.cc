#include "server/agents/run_wait.h"

#include <limits>
#include <utility>

#include "agents/journal/entry.h"
#include "agents/journal/fold.h"
#include "agents/mcp/object_view.h"
#include "base/async/handoff.h"
#include "base/async/loop.h"

namespace headgate::server {

using base::Task;

namespace {

// Of a run that nobody drives just now: it is about to be taken up, or has met a journal that
// cannot be written.
constexpr base::Duration kLookAgain = base::milliseconds(100);

Task<bool> is_running(base::Context& ctx, agents::Runner& runner, const std::string& id) {
  base::Handoff<storage::RunRow> found(ctx.loop, ctx.cancellation);
  runner.store().row(id, found.receiver());
  auto row = co_await found;
  if (!row) co_return row.error();
  co_return row->status == name(agents::RunStatus::running);
}

Task<void> listen(base::Context& ctx, agents::Runner& runner, const std::string& id,
                  const agents::Mark& mark) {
  base::Handoff<void> told(ctx.loop, ctx.cancellation);
  if (runner.board().listen(id, mark, told.receiver())) {
    auto heard = co_await told;
    co_return heard;
  }
  if (runner.board().draining()) {
    co_return base::fail(base::Errc::draining,
                         "The server is shutting down; the run goes on after its next start: GET "
                         "/v1/runs/" +
                             id);
  }
  const base::MonoTime again = ctx.loop.now() + kLookAgain;
  co_await base::sleep_until(ctx.loop, again, ctx.cancellation);
  if (ctx.cancellation.cancelled()) co_return base::fail(base::Errc::cancelled, "the client left");
  co_return base::Result<void>{};
}

}  // namespace

Task<RunNews> next_news(base::Context& ctx, agents::Runner& runner, const std::string& id,
                        const agents::Mark& mark) {
  while (true) {
    RunNews news;
    news.text = runner.board().text_behind(id, mark);
    if (news.text) co_return news;
    auto running = co_await is_running(ctx, runner, id);
    if (!running) co_return running.error();
    base::Handoff<std::vector<storage::RunEntry>> found(ctx.loop, ctx.cancellation);
    runner.store().entries_after(id, mark.seq, found.receiver());
    auto entries = co_await found;
    if (!entries) co_return entries.error();
    news.entries = std::move(*entries);
    const bool done = !news.entries.empty() || !*running;
    if (done) co_return news;
    auto heard = co_await listen(ctx, runner, id, mark);
    if (!heard) co_return heard.error();
  }
}

Task<void> wait_for_run(base::Context& ctx, agents::Runner& runner, const std::string& id) {
  const agents::Mark until_left{std::numeric_limits<std::int64_t>::max()};
  while (true) {
    auto running = co_await is_running(ctx, runner, id);
    if (!running) co_return running.error();
    if (!*running) co_return base::Result<void>{};
    auto heard = co_await listen(ctx, runner, id, until_left);
    if (!heard) co_return heard;
  }
}

Task<agents::RunState> state_of(base::Context& ctx, agents::Runner& runner, const std::string& id) {
  base::Handoff<storage::StoredRun> found(ctx.loop, ctx.cancellation);
  runner.store().find(id, found.receiver());
  auto stored = co_await found;
  if (!stored) co_return stored.error();
  co_return agents::fold(id, stored->entries);
}

TextChange FollowedText::add(const agents::LiveText& text) {
  TextChange out{text.step, false, text.text};
  if (mark_.version != text.version) {
    out.withdrawn = is_open();
    shown_.clear();
  }
  step_ = text.step;
  shown_ += text.text;
  mark_.version = text.version;
  mark_.seen = shown_.size();
  return out;
}

TextChange FollowedText::settle(const storage::RunEntry& entry) {
  mark_ = {entry.seq, true, 0, 0};
  TextChange out{step_, false, {}};
  const std::string shown = std::exchange(shown_, {});
  if (shown.empty()) return out;
  out.withdrawn = true;
  if (entry.kind != agents::kind::kModelFinished) return out;
  agents::mcp::ObjectView body(entry.body);
  std::string whole = body.string("text").value_or("");
  if (!whole.starts_with(shown)) return out;
  out.withdrawn = false;
  out.piece = whole.substr(shown.size());
  return out;
}

}  // namespace headgate::server
