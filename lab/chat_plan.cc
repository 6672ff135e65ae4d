#include "lab/chat_plan.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "lab/script/compose.h"

namespace headgate::lab {
namespace {

using base::microseconds;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";
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

class ChatPlanner {
 public:
  ChatPlanner(const ChatPlanInput& input, base::Random& random) : in_(input), random_(random) {
    // A fault that leaves something out is left out here; the rest is done to finished bytes.
    stream_.include_usage = in_.request.include_usage;
    stream_.tokens_per_chunk = in_.delay.tokens_per_chunk;
    stream_.done = !is(FaultKind::no_done);
    stream_.finish_reason = !is(FaultKind::no_finish_reason);
    if (in_.obfuscation && in_.request.include_obfuscation) {
      stream_.obfuscation = random_text(random_, 32);
    }
  }

  Plan plan() {
    add_wait(plan_, draw(in_.delay.head, random_));
    if (in_.request.stream) {
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
    plan_.emplace_back(Start{200, with_type(in_.headers, kEventStream)});
    add_wait(plan_, first_token_wait());
    if (is(FaultKind::huge_body)) return plan_filled(true);
    std::int64_t sent = 0;
    bool first = true;
    for (auto& event : completion_stream(in_.completion, stream_)) {
      if (!first && triggers(sent)) {
        faulted_ = true;
        if (break_stream(event)) return;
      }
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

  /// Does the fault before (or to) `event`. True: the stream is over.
  bool break_stream(StreamEvent& event) {
    switch (in_.fault->kind) {
      case FaultKind::cut: plan_.emplace_back(End{in_.fault->reset}); return true;
      case FaultKind::error_event:
        write("data: " + error_body(error_of_status(500)) + "\n\n");
        plan_.emplace_back(Finish{});
        return true;
      case FaultKind::stall: add_stall(plan_, in_.fault->ms); return false;
      default: event.bytes = event.bytes.substr(0, event.bytes.size() / 2) + "\n\n"; return false;
    }
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

  std::int64_t tokens_sent() const {
    return in_.completion.usage.completion - in_.completion.usage.reasoning;
  }

  void plan_body() {
    add_wait(plan_, first_token_wait() + wait_for(tokens_sent() - 1));
    if (is(FaultKind::huge_body)) {
      plan_.emplace_back(Start{200, with_type(in_.headers, kJson)});
      return plan_filled(false);
    }
    if (is(FaultKind::error_event)) {
      plan_.emplace_back(
          Reply{500, with_type(in_.headers, kJson), error_body(error_of_status(500))});
      return;
    }
    std::string body = rendered();
    if (is(FaultKind::cut) || is(FaultKind::stall)) return plan_partial(body);
    if (is(FaultKind::malformed)) body.resize(body.size() / 2);
    plan_.emplace_back(Reply{200, with_type(in_.headers, kJson), std::move(body)});
  }

  std::string rendered() const {
    if (!is(FaultKind::no_finish_reason)) return completion_body(in_.completion);
    Completion silent = in_.completion;
    for (auto& choice : silent.choices) choice.finish_reason.clear();
    return completion_body(silent);
  }

  /// Promises the whole body, sends the share that `after_tokens` is of all, then cuts or stalls.
  void plan_partial(const std::string& body) {
    std::string head =
        fmt::format("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n", body.size());
    for (const auto& [name, value] : with_type(in_.headers, kJson)) {
      head += fmt::format("{}: {}\r\n", name, value);
    }
    const auto all = std::max<std::int64_t>(tokens_sent(), 1);
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
    Completion huge = in_.completion;
    huge.choices.resize(1);
    huge.choices[0].content = {std::string(kFillMark)};
    std::string bytes;
    if (stream) {
      for (auto& event : completion_stream(huge, stream_)) bytes += event.bytes;
    } else {
      bytes = completion_body(huge);
    }
    const auto mark = bytes.find(kFillMark);
    plan_.emplace_back(Write{bytes.substr(0, mark)});
    plan_.emplace_back(Fill{static_cast<std::uint64_t>(in_.fault->bytes)});
    plan_.emplace_back(Write{bytes.substr(mark + kFillMark.size())});
    plan_.emplace_back(Finish{});
  }

  const ChatPlanInput& in_;
  base::Random& random_;
  StreamOptions stream_;
  Plan plan_;
  bool faulted_ = false;
};

Reply error_reply(const Fault& fault, HeaderList headers) {
  if (!fault.retry_after.empty()) headers.emplace_back("retry-after", fault.retry_after);
  if (fault.retry_after_ms) {
    headers.emplace_back("retry-after-ms", std::to_string(*fault.retry_after_ms));
  }
  if (fault.should_retry) {
    headers.emplace_back("x-should-retry", *fault.should_retry ? "true" : "false");
  }
  if (fault.kind == FaultKind::html) {
    auto body = fmt::format(
        "<html>\r\n<head><title>{0} Bad Gateway</title></head>\r\n<body>\r\n"
        "<center><h1>{0} Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
        fault.status);
    return {fault.status, with_type(std::move(headers), "text/html"), std::move(body)};
  }
  std::string body = error_body(error_of_status(fault.status));
  if (fault.body && fault.body->is_string()) body = fault.body->as_string();
  if (fault.body && !fault.body->is_string()) body = boost::json::serialize(*fault.body);
  return {fault.status, with_type(std::move(headers), kJson), std::move(body)};
}

}  // namespace

Plan plan_chat(const ChatPlanInput& input, base::Random& random) {
  return ChatPlanner(input, random).plan();
}

Plan plan_bare_fault(const Fault& fault, const Delay& delay, HeaderList headers,
                     base::Random& random) {
  Plan plan;
  switch (fault.kind) {
    case FaultKind::status:
    case FaultKind::html:
      add_wait(plan, draw(delay.head, random));
      plan.emplace_back(error_reply(fault, std::move(headers)));
      break;
    case FaultKind::reset: plan.emplace_back(End{true}); break;
    case FaultKind::hang: plan.emplace_back(Hang{}); break;
    default: break;
  }
  return plan;
}

}  // namespace headgate::lab
