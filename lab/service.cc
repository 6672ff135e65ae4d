#include "lab/service.h"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

#include "base/async/completion.h"

namespace headgate::lab {
namespace {

using base::Result;
using base::Task;

constexpr std::size_t kBodyBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kFillBytes = 64 * 1024;

http::ReplyHead reply_head(int status, const HeaderList& headers) {
  http::ReplyHead head(status);
  for (const auto& [name, value] : headers) head.add(name, value);
  return head;
}

LabRequest lab_request(const http::RequestHead& head, std::string_view body) {
  LabRequest request;
  request.method = head.method_text;
  request.path = head.path;
  request.query = head.query;
  for (const auto& [name, value] : head.headers) request.headers.emplace_back(name, value);
  request.body = body;
  return request;
}

/// Until `at`, or until the client goes away (Errc::cancelled).
Task<void> wait_until(http::Exchange& exchange, base::MonoTime at) {
  base::Timer timer(exchange.loop().io(), at);
  const base::Cancellation::Callback wake(
      exchange.cancellation(), [](void* t) { static_cast<base::Timer*>(t)->cancel(); }, &timer);
  base::Completion<boost::system::error_code> over;
  if (!exchange.cancellation().cancelled()) {
    timer.async_wait(over.handler());
    co_await over;
  }
  if (exchange.cancellation().cancelled()) {
    co_return base::fail(base::Errc::cancelled, "the client went away");
  }
  co_return Result<void>{};
}

Task<void> fill(http::Exchange& exchange, std::uint64_t bytes) {
  const std::string block(kFillBytes, 'x');
  while (bytes > 0) {
    const auto piece =
        std::string_view(block).substr(0, std::min<std::uint64_t>(bytes, kFillBytes));
    auto written = co_await exchange.write(piece);
    if (!written) co_return written;
    bytes -= piece.size();
  }
  co_return Result<void>{};
}

Task<void> send(http::Exchange& exchange, const Reply& reply) {
  const http::ReplyHead head = reply_head(reply.status, reply.headers);
  auto sent = co_await exchange.reply(head, reply.body);
  co_return sent;
}

Task<void> start(http::Exchange& exchange, const Start& action) {
  const http::ReplyHead head = reply_head(action.status, action.headers);
  auto started = co_await exchange.start(head);
  co_return started;
}

/// The task of one action that writes or waits; `due` is when the action before was due.
Task<void> task_of(http::Exchange& exchange, const Action& action, base::MonoTime& due) {
  if (const auto* wait = std::get_if<Wait>(&action)) {
    due += wait->time;
    return wait_until(exchange, due);
  }
  if (const auto* reply = std::get_if<Reply>(&action)) return send(exchange, *reply);
  if (const auto* head = std::get_if<Start>(&action)) return start(exchange, *head);
  if (const auto* write = std::get_if<Write>(&action)) return exchange.write(write->bytes);
  if (const auto* filler = std::get_if<Fill>(&action)) return fill(exchange, filler->bytes);
  if (const auto* raw = std::get_if<Raw>(&action)) return exchange.write_raw(raw->bytes);
  if (std::holds_alternative<Hang>(action)) return wait_until(exchange, base::MonoTime::max());
  return exchange.finish();
}

Task<void> perform(http::Exchange& exchange, const Plan& plan) {
  base::MonoTime due = exchange.loop().now();
  for (const auto& action : plan) {
    if (const auto* end = std::get_if<End>(&action)) {
      exchange.abort(end->reset);
      co_return Result<void>{};
    }
    auto done = co_await task_of(exchange, action, due);
    if (!done) co_return done;
  }
  co_return Result<void>{};
}

Failure not_recorded(const LabRequest& request) {
  Failure failure;
  failure.status = 404;
  failure.message =
      "The lab has no recording of this request; its key is " + request_key(request) + ".";
  failure.code = "not_recorded";
  return failure;
}

}  // namespace

Plan Service::plan_for(const LabRequest& request, std::int64_t unix_s) {
  if (sources_.recording == nullptr || request.path.starts_with("/lab/")) {
    return sources_.engine.handle(request, unix_s);
  }
  const auto* recorded = sources_.recording->next(request);
  Outcome outcome;
  outcome.status = recorded ? recorded->status : 404;
  outcome.rule = recorded ? "recorded" : "not recorded";
  sources_.engine.journal().add(request, outcome);
  if (recorded) return replay_plan(*recorded, sources_.speed);
  Plan plan;
  plan.emplace_back(sources_.engine.refuse(request, not_recorded(request)));
  return plan;
}

base::Async<void> Service::serve(http::Exchange& exchange) {
  auto body = co_await exchange.read_body(kBodyBytesMax);
  if (!body) {
    if (exchange.cancellation().cancelled()) co_return;
    Failure failure;
    failure.status = base::row(body.error().code).http_status;
    failure.message = body.error().detail;
    const LabRequest headless = lab_request(exchange.request(), {});
    const Reply reply = sources_.engine.refuse(headless, failure);
    auto refused = co_await send(exchange, reply);
    if (!refused) sources_.engine.journal().note_disconnect(0);
    co_return;
  }
  const LabRequest request = lab_request(exchange.request(), *body);
  if (sources_.recorder != nullptr && !request.path.starts_with("/lab/")) {
    auto forwarded = co_await sources_.recorder->forward(exchange, request);
    if (!forwarded) sources_.engine.journal().note_disconnect(0);
    co_return;
  }
  const Plan plan = plan_for(request, exchange.loop().clock().unix_us() / 1'000'000);
  const bool is_journaled = !request.path.starts_with("/lab/");
  const std::uint64_t entry = is_journaled ? sources_.engine.journal().newest() : 0;
  auto performed = co_await perform(exchange, plan);
  if (!performed) sources_.engine.journal().note_disconnect(entry);
}

}  // namespace headgate::lab
