#include "lab/answer_plan.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "lab/neutral/ids.h"

namespace headgate::lab {
namespace {

using base::microseconds;

constexpr std::string_view kFillMark = "HEADGATE-LAB-FILL";
constexpr double kMicrosecondsMax = 3.6e9;

/// A draw from the lognormal distribution that `timing` describes.
microseconds draw(const Timing& timing, base::Random& random) {
  double ms = timing.p50_ms;
  if (timing.p95_ms > timing.p50_ms) {
    constexpr double kNormalP95 = 1.6448536269514722;
    const double sigma = std::log(timing.p95_ms / timing.p50_ms) / kNormalP95;
    const double u = 1 - random.unit();  // (0, 1]
    const double v = random.unit();
    const double normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
    ms *= std::exp(sigma * normal);
  }
  return microseconds(static_cast<std::int64_t>(std::min(ms * 1000, kMicrosecondsMax)));
}

void add_wait(Plan& plan, microseconds time) {
  if (time.count() > 0) plan.emplace_back(Wait{time});
}

/// A stall of 0 ms is one without end.
void add_stall(Plan& plan, std::int64_t ms) {
  if (ms == 0) {
    plan.emplace_back(Hang{});
  } else {
    plan.emplace_back(Wait{base::milliseconds(ms)});
  }
}

HeaderList with_type(HeaderList headers, std::string_view type) {
  headers.emplace(headers.begin(), "content-type", type);
  return headers;
}

Failure failure_of(const Fault& fault) {
  Failure failure;
  failure.status = fault.status;
  failure.retry_after = fault.retry_after;
  failure.retry_after_ms = fault.retry_after_ms;
  failure.should_retry = fault.should_retry;
  return failure;
}

class AnswerPlanner {
 public:
  AnswerPlanner(const AnswerPlanInput& input, base::Random& random)
      : in_(input),
        random_(random),
        completion_(input.completion),
        headers_(input.family.headers(input.completion.usage, input.context)) {
    // A fault that leaves something out is left out here; the rest is done to finished bytes.
    stream_.tokens_per_chunk = in_.delay.tokens_per_chunk;
    stream_.done = !is(FaultKind::no_done);
    if (is(FaultKind::no_finish_reason)) {
      for (auto& choice : completion_.choices) choice.finish = FinishReason::none;
    }
    if (in_.context.script.obfuscation) stream_.obfuscation = random_text(random_, 32);
  }

  Plan plan() {
    add_wait(plan_, draw(in_.delay.head, random_));
    if (in_.call.prompt().stream) {
      plan_stream();
    } else {
      plan_body();
    }
    return std::move(plan_);
  }

 private:
  bool is(FaultKind kind) const { return in_.fault != nullptr && in_.fault->kind == kind; }

  microseconds first_token_wait() {
    const microseconds slow{is(FaultKind::slow_first_token) ? in_.fault->ms * 1000 : 0};
    return draw(in_.delay.first_token, random_) + slow;
  }

  microseconds wait_for(std::int64_t tokens) {
    microseconds sum{0};
    for (std::int64_t i = 0; i < tokens; ++i) sum += draw(in_.delay.per_token, random_);
    return sum;
  }

  // ---- streams

  void plan_stream() {
    plan_.emplace_back(Start{200, with_type(headers_, in_.call.stream_type())});
    add_wait(plan_, first_token_wait());
    if (is(FaultKind::huge_body)) return plan_filled(true);
    std::int64_t sent = 0;
    bool first = true;
    std::size_t events = 0;
    for (auto& event : in_.call.stream(completion_, stream_)) {
      if (!first && triggers(sent)) {
        faulted_ = true;
        if (break_stream(event, events)) return;
      }
      ++events;
      // The first token comes with its own wait.
      const std::int64_t paced = event.tokens - (sent == 0 && event.tokens > 0 ? 1 : 0);
      add_wait(plan_, wait_for(paced));
      write(std::move(event.bytes));
      sent += event.tokens;
      first = false;
    }
    plan_.emplace_back(Finish{});
  }

  bool triggers(std::int64_t sent) const {
    if (in_.fault == nullptr || faulted_ || sent < in_.fault->after_tokens) return false;
    return is(FaultKind::cut) || is(FaultKind::stall) || is(FaultKind::malformed) ||
           is(FaultKind::error_event);
  }

  /// Does the fault before (or to) `event`, which `events` came before. True: the stream is over.
  bool break_stream(StreamEvent& event, std::size_t events) {
    switch (in_.fault->kind) {
      case FaultKind::cut: plan_.emplace_back(End{in_.fault->reset}); return true;
      case FaultKind::error_event:
        write(in_.call.error_after({in_.fault->status, events, in_.fault->quietly}));
        plan_.emplace_back(Finish{});
        return true;
      case FaultKind::stall: add_stall(plan_, in_.fault->ms); return false;
      default: event.bytes = broken(event.bytes); return false;
    }
  }

  /// Half of the JSON; an event keeps its name.
  static std::string broken(const std::string& bytes) {
    constexpr std::string_view kData = "data: ";
    const auto data = bytes.find(kData);
    const auto begin = data == bytes.npos ? 0 : data + kData.size();
    return bytes.substr(0, begin + (bytes.size() - begin) / 2) + "\n\n";
  }

  /// Events due at the same moment leave in one write, as from a real server under load.
  void write(std::string bytes) {
    if (auto* last = plan_.empty() ? nullptr : std::get_if<Write>(&plan_.back())) {
      last->bytes += bytes;
    } else {
      plan_.emplace_back(Write{std::move(bytes)});
    }
  }

  // ---- bodies

  void plan_body() {
    add_wait(plan_, first_token_wait() + wait_for(emitted_tokens(completion_) - 1));
    if (is(FaultKind::huge_body)) {
      plan_.emplace_back(Start{200, with_json_type()});
      return plan_filled(false);
    }
    if (is(FaultKind::error_event)) return plan_error();
    std::string body = in_.call.body(completion_);
    if (is(FaultKind::cut) || is(FaultKind::stall)) return plan_partial(body);
    if (is(FaultKind::malformed)) body.resize(body.size() / 2);
    plan_.emplace_back(Reply{200, with_json_type(), std::move(body)});
  }

  void plan_error() {
    auto failed = in_.fault->quietly ? in_.call.failed_body(in_.fault->status) : std::nullopt;
    if (failed) {
      plan_.emplace_back(Reply{200, with_json_type(), *std::move(failed)});
    } else {
      plan_.emplace_back(in_.family.failure(failure_of(*in_.fault), in_.context));
    }
  }

  HeaderList with_json_type() const { return with_type(headers_, in_.family.json_type()); }

  /// Promises the whole body, sends the share that `after_tokens` is of all, then cuts or stalls.
  void plan_partial(const std::string& body) {
    std::string head =
        fmt::format("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n", body.size());
    for (const auto& [name, value] : with_json_type()) {
      head += fmt::format("{}: {}\r\n", name, value);
    }
    const auto all = std::max<std::int64_t>(emitted_tokens(completion_), 1);
    const auto share = std::min(in_.fault->after_tokens, all);
    const auto length =
        (body.size() - 1) * static_cast<std::uint64_t>(share) / static_cast<std::uint64_t>(all);
    plan_.emplace_back(Raw{head + "\r\n" + body.substr(0, length)});
    if (is(FaultKind::cut)) {
      plan_.emplace_back(End{in_.fault->reset});
      return;
    }
    add_stall(plan_, in_.fault->ms);
    plan_.emplace_back(Raw{body.substr(length)});
    plan_.emplace_back(End{false});
  }

  /// The answer with `bytes` of content in one piece, never held in memory.
  void plan_filled(bool stream) {
    Completion huge = completion_;
    huge.choices.resize(1);
    huge.choices[0].content = {std::string(kFillMark)};
    std::string bytes;
    if (stream) {
      for (auto& event : in_.call.stream(huge, stream_)) bytes += event.bytes;
    } else {
      bytes = in_.call.body(huge);
    }
    // What shows no content is filled behind its end.
    const auto mark = std::min(bytes.find(kFillMark), bytes.size());
    plan_.emplace_back(Write{bytes.substr(0, mark)});
    plan_.emplace_back(Fill{static_cast<std::uint64_t>(in_.fault->bytes)});
    if (mark < bytes.size()) plan_.emplace_back(Write{without_marks(bytes.substr(mark))});
    plan_.emplace_back(Finish{});
  }

  /// Streams that repeat their content at the end fill only its first place.
  static std::string without_marks(std::string bytes) {
    for (auto at = bytes.find(kFillMark); at != bytes.npos; at = bytes.find(kFillMark, at)) {
      bytes.erase(at, kFillMark.size());
    }
    return bytes;
  }

  const AnswerPlanInput& in_;
  base::Random& random_;
  Completion completion_;  // as the fault leaves it
  const HeaderList headers_;
  StreamOptions stream_;
  Plan plan_;
  bool faulted_ = false;
};

Reply error_page(const Fault& fault, HeaderList headers) {
  add_retry_headers(headers, failure_of(fault));
  auto body = fmt::format(
      "<html>\r\n<head><title>{0} Bad Gateway</title></head>\r\n<body>\r\n"
      "<center><h1>{0} Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
      fault.status);
  return {fault.status, with_type(std::move(headers), "text/html"), std::move(body)};
}

Reply error_reply(const Fault& fault, const Family& family, const RequestContext& context) {
  if (fault.kind == FaultKind::html) return error_page(fault, family.headers({}, context));
  Reply reply = family.failure(failure_of(fault), context);
  if (fault.body) {
    const auto* text = fault.body->if_string();
    reply.body = text ? std::string(*text) : boost::json::serialize(*fault.body);
  }
  return reply;
}

}  // namespace

Plan plan_answer(const AnswerPlanInput& input, base::Random& random) {
  return AnswerPlanner(input, random).plan();
}

Plan plan_bare_fault(const Fault& fault, const Delay& delay, const Family& family,
                     const RequestContext& context, base::Random& random) {
  Plan plan;
  switch (fault.kind) {
    case FaultKind::status:
    case FaultKind::html:
      add_wait(plan, draw(delay.head, random));
      plan.emplace_back(error_reply(fault, family, context));
      break;
    case FaultKind::reset: plan.emplace_back(End{true}); break;
    case FaultKind::hang: plan.emplace_back(Hang{}); break;
    default: break;
  }
  return plan;
}

}  // namespace headgate::lab
