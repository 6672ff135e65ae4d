#include "server/agents/run_wait.h"

#include <limits>

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
                  std::int64_t seq) {
  base::Handoff<void> told(ctx.loop, ctx.cancellation);
  if (runner.board().listen(id, seq, told.receiver())) {
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

Task<std::vector<storage::RunEntry>> next_entries(base::Context& ctx, agents::Runner& runner,
                                                  const std::string& id, std::int64_t seq) {
  while (true) {
    auto running = co_await is_running(ctx, runner, id);
    if (!running) co_return running.error();
    base::Handoff<std::vector<storage::RunEntry>> found(ctx.loop, ctx.cancellation);
    runner.store().entries_after(id, seq, found.receiver());
    auto entries = co_await found;
    const bool done = !entries || !entries->empty() || !*running;
    if (done) co_return entries;
    auto heard = co_await listen(ctx, runner, id, seq);
    if (!heard) co_return heard.error();
  }
}

Task<void> wait_for_run(base::Context& ctx, agents::Runner& runner, const std::string& id) {
  constexpr std::int64_t kUntilLeft = std::numeric_limits<std::int64_t>::max();
  while (true) {
    auto running = co_await is_running(ctx, runner, id);
    if (!running) co_return running.error();
    if (!*running) co_return base::Result<void>{};
    auto heard = co_await listen(ctx, runner, id, kUntilLeft);
    if (!heard) co_return heard;
  }
}

}  // namespace headgate::server
