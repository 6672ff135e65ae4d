#include "gateway/degraded/queue_worker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "gateway/delivery/health.h"
#include "gateway/upstream/headers.h"
#include "llm/codecs.h"

namespace headgate::gateway {

using base::Async;
using base::Errc;
using base::Result;
using base::Task;
using storage::QueuedCall;
using storage::QueuedReply;

namespace {

constexpr int kAtATime = 4;
constexpr base::Duration kLookEvery = base::milliseconds(500);
constexpr base::Duration kLookAgain = base::milliseconds(20);  // while there are more
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kTakenForUs =
    std::chrono::duration_cast<base::microseconds>(kQueuedCallTakenFor).count();
constexpr std::int64_t kPauseUs = 2 * kSecondUs;  // doubled with each try
constexpr std::int64_t kPauseMaxUs = 300 * kSecondUs;
constexpr std::size_t kReplyBytesMax = 16 * 1024 * 1024;

// Whether the same call may be answered otherwise, later.
bool may_change(int status) {
  return status >= 500 || status == 408 || status == 409 || status == 429;
}

base::Error too_large_to_keep() {
  return base::fail(Errc::upstream_too_large,
                    "the answer to this queued call is too large to keep");
}

// Keeps what the caller will fetch.
class ReplySink final : public AnswerSink {
 public:
  Task<void> whole(const http::ReplyHead& head, std::string_view body) override {
    note(head);
    return add(body);
  }
  Task<void> begin(const http::ReplyHead& head) override {
    note(head);
    co_return Result<void>{};
  }
  Task<void> piece(std::string_view bytes) override { return add(bytes); }
  Task<void> end(std::string_view, std::string_view last) override { return add(last); }
  Task<void> broken(std::string_view) override {
    reply_.status = 502;
    co_return Result<void>{};
  }

  QueuedReply& reply() { return reply_; }
  bool too_large() const { return too_large_; }

 private:
  void note(const http::ReplyHead& head) {
    reply_.status = head.status();
    reply_.head = head.bytes();
  }
  Task<void> add(std::string_view bytes) {
    too_large_ = too_large_ || reply_.body.size() + bytes.size() > kReplyBytesMax;
    if (too_large_) co_return too_large_to_keep();
    reply_.body += bytes;
    co_return Result<void>{};
  }

  QueuedReply reply_;
  bool too_large_ = false;
};

QueuedReply error_reply(const Ask& ask, const base::Context& ctx, const base::Error& error) {
  const llm::Codec& codec = llm::codec(ask.dialect);
  http::ReplyHead head(codec.error_status(error.code));
  head.add("content-type", "application/json");
  add_ids(ctx, head);
  QueuedReply out;
  out.status = head.status();
  out.head = head.bytes();
  out.body = codec.error_body(error, ctx.request_id);
  return out;
}

}  // namespace

Async<void> QueueWorker::run() {
  bool more = false;
  while (true) {
    const base::MonoTime next = loop_.now() + (more ? kLookAgain : kLookEvery);
    co_await base::sleep_until(loop_, next);
    if (running_ >= kAtATime || store_.counts().waiting.load() == 0) continue;
    auto taken = co_await take_some();  // a failure shows at the next turn again
    more = taken && *taken > 0;
  }
}

// How many.
Task<std::size_t> QueueWorker::take_some() {
  base::Handoff<std::vector<QueuedCall>> handoff(loop_, cancellation_);
  store_.take(loop_.clock().unix_us() + kTakenForUs, kAtATime - running_, handoff.receiver());
  auto rows = co_await handoff;
  if (!rows) co_return rows.error();
  for (QueuedCall& row : *rows) {
    ++running_;
    tasks_.spawn(make(std::move(row)));
  }
  co_return rows->size();
}

Async<void> QueueWorker::make(QueuedCall row) {
  auto asked = read_asked(row.asked, row.body, row.id);
  if (asked) {
    co_await ask(row, *asked);
  } else {
    QueuedReply reply;
    reply.status = 500;
    reply.body = asked.error().detail;
    co_await finish(row.id, std::move(reply));
  }
  --running_;
}

Async<void> QueueWorker::ask(const QueuedCall& row, const AskedLater& asked) {
  const Ask ask = asked.ask->ask();
  base::Context ctx{loop_, cancellation_};
  ctx.trace = asked.trace;
  ctx.trace.span = base::SpanId::random(loop_.random());
  ctx.request_id = asked.request_id;
  ctx.user = asked.user;
  ctx.session = asked.session;
  ctx.workflow = asked.workflow;
  const auto principal = find_key_(asked.key_id);
  if (!principal) {
    const auto gone = base::fail(Errc::unauthenticated,
                                 "The API key of this call is not valid any "
                                 "more.");
    QueuedReply reply = error_reply(ask, ctx, gone);
    co_await finish(row.id, std::move(reply));
    co_return;
  }
  ctx.principal = principal.get();
  if (!may_be_answered(asked.model, *principal)) {
    put_off(row, false);
    co_return;
  }
  ReplySink sink;
  auto done = co_await pipeline_.run(ctx, ask, sink);
  QueuedReply reply = done ? std::move(sink.reply()) : error_reply(ask, ctx, done.error());
  if (sink.too_large()) {
    reply = error_reply(ask, ctx, too_large_to_keep());
  } else if (may_change(reply.status)) {
    put_off(row, true);
    co_return;
  }
  co_await finish(row.id, std::move(reply));
}

Async<void> QueueWorker::finish(const std::string& id, QueuedReply reply) {
  base::Handoff<void> kept(loop_, cancellation_);
  store_.finish(id, std::move(reply), kept.receiver());
  auto done = co_await kept;  // what could not be kept is due again, and made again
}

// Whether its model, or one that its route allows in its place, is called without being probed. One
// that is not there any more is: the caller has to be told.
bool QueueWorker::may_be_answered(const std::string& model, const base::Principal& principal) {
  const std::shared_ptr<const Catalog> catalog = pipeline_.catalog();
  const auto is_well = [&](const std::string& name) {
    const Model* found = catalog->find(name);
    return found == nullptr || !found->health || found->health->is_well(loop_.now());
  };
  const Route& route = catalog->route_for(model, principal);
  return is_well(model) || std::any_of(route.fallback.begin(), route.fallback.end(), is_well);
}

void QueueWorker::put_off(const QueuedCall& row, bool tried) {
  std::int64_t pause_us = kPauseUs;
  for (int i = 0; tried && i < row.tries && pause_us < kPauseMaxUs; ++i) pause_us *= 2;
  pause_us = std::min(pause_us, kPauseMaxUs);
  pause_us += static_cast<std::int64_t>(loop_.random().below(static_cast<std::uint64_t>(pause_us)));
  store_.put_back(row.id, loop_.clock().unix_us() + pause_us, tried);
}

}  // namespace headgate::gateway
