#include "gateway/output/enforce.h"

#include <string>
#include <utility>

#include "gateway/carry/whole_answer.h"
#include "gateway/delivery/deliver.h"
#include "gateway/output/output_rules.h"
#include "gateway/prepare.h"
#include "gateway/responses/stored_call.h"
#include "gateway/upstream/headers.h"
#include "llm/codecs.h"
#include "resilience/failure.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Errc;
using base::Result;
using base::Task;

namespace {

// Keeps a whole answer instead of sending it.
class HeldAnswer final : public AnswerSink {
 public:
  Task<void> whole(const http::ReplyHead& head, std::string_view body) override {
    head_ = head;
    body_ = body;
    co_return Result<void>{};
  }
  Task<void> begin(const http::ReplyHead&) override { return unexpected(); }
  Task<void> piece(std::string_view) override { return unexpected(); }
  Task<void> end(std::string_view, std::string_view) override { return unexpected(); }

  const http::ReplyHead& head() const { return head_; }
  const std::string& body() const { return body_; }

 private:
  static Task<void> unexpected() {
    co_return base::fail(Errc::internal, "a stream where a whole answer was asked for");
  }
  http::ReplyHead head_;
  std::string body_;
};

// The request as it stands, which grows when an answer has to be asked for again.
class RepairedBodies final : public RequestBodies {
 public:
  RepairedBodies(SignatureVault& vault, const chat::Request& request)
      : vault_(vault), request_(request) {}
  Result<void> write(Attempt& attempt) override {
    return write_for_target(attempt, vault_, request_);
  }

 private:
  SignatureVault& vault_;
  const chat::Request& request_;
};

// Whoever returns from a scope of this settles what is due.
class SettleLater {
 public:
  explicit SettleLater(Call& call) : call_(call) { call_.settle_later = true; }
  ~SettleLater() { call_.settle_later = false; }
  SettleLater(const SettleLater&) = delete;
  SettleLater& operator=(const SettleLater&) = delete;

 private:
  Call& call_;
};

// The checked answer goes to the caller: as it is, or as the stream that was asked for.
Task<void> send(Call& call, const HeldAnswer& held, const chat::Answer& checked,
                AnswerSink& answer) {
  if (!call.streamed) {
    auto sent = co_await answer.whole(held.head(), held.body());
    co_return sent;
  }
  const Attempt& attempt = call.answering();
  const std::string events = as_stream(attempt, checked);
  http::ReplyHead head(200);
  head.add("content-type", stream_content_type(call));
  add_ids(call.ctx, head);
  add_delivery(call, head);
  add_losses(attempt, head);
  auto begun = co_await answer.begin(head);
  if (!begun) co_return begun;
  const std::string_view none;
  auto ended = co_await answer.end(none, events);
  co_return ended;
}

base::Error still_wrong(const OutputBreach& breach) {
  return base::fail(Errc::output_invalid,
                    "the model's answer is not valid against its JSON Schema, also after it was "
                    "told what is wrong: " +
                        breach.describe());
}

}  // namespace

Result<bool> is_enforced(Call& call) {
  if (call.route->structured_output != StructuredOutput::enforce) return false;
  if (call.ask.operation != Operation::chat) return false;
  if (!call.decoded) {
    auto read = llm::codec(call.ask.dialect)
                    .decode_request(call.ask.body, call.ask.source, limits_of(call));
    if (!read) return read.error();
    call.decoded = std::move(*read);
  }
  const auto rules = OutputRules::of(*call.decoded);
  if (!rules) return rules.error();
  return !rules->empty();
}

Task<void> run_enforced(Call& call, CallTools& tools, Upstreams& upstreams, AnswerSink& answer) {
  constexpr int kTries = 2;
  const bool wants_stream = std::exchange(call.request.stream, false);
  call.streamed = wants_stream;
  const auto rules = OutputRules::of(*call.decoded);
  if (!rules) co_return rules.error();
  chat::Request request = *call.decoded;
  request.stream = false;
  RepairedBodies bodies(tools.vault, request);
  const DeliveryTools delivery{tools, upstreams, bodies};
  OutputBreach breach;
  for (int i = 0; i < kTries; ++i) {
    HeldAnswer held;
    {
      const SettleLater later(call);
      auto tried = co_await deliver(call, delivery, held);
      call.streamed = wants_stream;
      if (!tried) co_return tried.error();
    }
    if (held.head().status() != 200) {  // the provider's refusal
      call.settle(tools);
      auto sent = co_await answer.whole(held.head(), held.body());
      co_return sent;
    }
    const auto checked = llm::codec(call.ask.dialect).decode_answer(held.body(), limits_of(call));
    if (!checked) co_return checked.error();
    breach = checked->candidates.empty() ? OutputBreach{} : rules->check(checked->candidates[0]);
    if (breach.empty()) {
      Attempt& attempt = call.answering();
      auto stored = co_await store_entry(attempt, tools);
      if (!stored) co_return stored.error();
      call.settle(tools);
      auto sent = co_await send(call, held, *checked, answer);
      co_return Result<void>{};
    }
    ask_again(request, checked->candidates[0], breach);
    call.answering().end(base::fail(Errc::output_invalid, breach.describe()),
                         resilience::row(resilience::FailureKind::output_invalid).name);
  }
  co_return still_wrong(breach);
}

}  // namespace headgate::gateway
