#include "script.h"

#include <algorithm>
#include <array>

namespace headgate::sim {
namespace {

using End = Script::End;

constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string head(int status, std::string_view type, const std::string& more) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-type: " + std::string(type) +
         "\r\n" + more;
}

std::string sized(const std::string& body) {
  return "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunk(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string size;
  for (std::size_t n = bytes.size(); n > 0; n /= 16) size.insert(size.begin(), kHex[n % 16]);
  return size + "\r\n" + std::string(bytes) + "\r\n";
}

class Writer {
 public:
  Writer(Dialect dialect, Fault fault, Answer& answer, const Swarm& swarm, base::Random& random)
      : dialect_(dialect), fault_(fault), answer_(answer), swarm_(swarm), random_(random) {}

  Script write(bool streamed) {
    // Of Anthropic's messages it is a part.
    if (fault_ == Fault::no_usage) answer_.has_usage = dialect_ == Dialect::anthropic;
    if (!write_without_answer()) streamed ? write_stream() : write_whole();
    cut_into_steps();
    return std::move(script_);
  }

 private:
  // True: there is none.
  bool write_without_answer() {
    switch (fault_) {
      case Fault::never_answers: script_.end = End::hang; return true;
      case Fault::closed_before: script_.end = End::close; return true;
      case Fault::reset_before: script_.end = End::reset; return true;
      case Fault::status_429: refuse(429, "rate_limit_error", retry_after()); return true;
      case Fault::status_500: refuse(500, "api_error", {}); return true;
      case Fault::status_503: refuse(503, "overloaded_error", {}); return true;
      case Fault::status_529: refuse(529, "overloaded_error", {}); return true;
      case Fault::context_length: refuse(400, "context_length_exceeded", {}); return true;
      case Fault::bad_credential: refuse(401, "authentication_error", {}); return true;
      case Fault::not_json: {
        script_.status = 502;
        bytes_ = head(502, "text/html", {}) + sized("<html>bad gateway</html>");
        return true;
      }
      case Fault::error_in_200: {
        script_.status = 200;
        bytes_ = head(200, kJson, {}) + sized(error_body(dialect_, "api_error", "within 200"));
        return true;
      }
      default: return false;
    }
  }

  void refuse(int status, std::string_view type, const std::string& more) {
    script_.status = status;
    bytes_ = head(status, kJson, more) + sized(error_body(dialect_, type, "refused"));
  }

  // Absent, sensible and absurd.
  std::string retry_after() {
    constexpr std::array<std::string_view, 6> kValues{
        "", "1", "7", "-3", "1e308", "Wed, 21 Oct 2015 07:28:00 GMT"};
    const auto value = kValues.at(random_.below(kValues.size()));
    return value.empty() ? std::string() : "retry-after: " + std::string(value) + "\r\n";
  }

  std::string connection() const {
    return fault_ == Fault::says_close ? "connection: close\r\n" : "";
  }

  void write_whole() {
    script_.status = 200;
    std::string body = whole_body(dialect_, answer_);
    const std::string start = head(200, kJson, connection());
    if (fault_ == Fault::malformed || fault_ == Fault::malformed_event) {
      body.resize(1 + random_.below(body.size() - 1));
      bytes_ = start + sized(body);
      return;
    }
    bytes_ = start + sized(body);
    const bool never_whole = !is_harmless(fault_) && fault_ != Fault::slow_first_token;
    if (never_whole) return cut_within(start.size(), bytes_.size());
    script_.whole_bytes = bytes_.size();
    if (answer_.has_usage) script_.usage_bytes = bytes_.size();
    set_end();
  }

  void write_stream() {
    if (fault_ == Fault::whole_for_stream || fault_ == Fault::malformed) return write_whole();
    script_.status = 200;
    const StreamEvents stream = stream_events(dialect_, answer_);
    bytes_ = head(200, kEventStream, connection()) + "transfer-encoding: chunked\r\n\r\n";
    const std::size_t body = bytes_.size();
    const bool breaks = fault_ == Fault::error_event || fault_ == Fault::malformed_event;
    const std::size_t broken_at = breaks ? random_.below(stream.finish + 1) : stream.events.size();
    std::size_t finish = 0;
    for (std::size_t i = 0; i < stream.events.size(); ++i) {
      if (i == broken_at) return break_stream();
      if (i == stream.last && fault_ == Fault::no_done && dialect_ == Dialect::openai) continue;
      if (i == stream.finish) finish = bytes_.size();
      if (i == stream.first_content) first_content_ = bytes_.size();
      bytes_ += chunk(stream.events[i]);
      const std::size_t event_end = bytes_.size() - 2;  // the chunk's own line end says nothing
      if (i == stream.usage && answer_.has_usage) script_.usage_bytes = event_end;
      if (i == stream.last) script_.whole_bytes = event_end;
    }
    bytes_ += kLastChunk;
    if (fault_ == Fault::no_done && dialect_ == Dialect::openai) {
      script_.whole_bytes = bytes_.size();
    }
    const bool never_whole = !is_harmless(fault_) && fault_ != Fault::slow_first_token;
    if (never_whole) return cut_within(body, finish);
    set_end();
  }

  void break_stream() {
    bytes_ += fault_ == Fault::error_event
                  ? chunk(error_event(dialect_, "overloaded_error", "within the stream"))
                  : chunk("data: {\"id\":\"half\",\"choices\":[{\"del\n\n");
    bytes_ += kLastChunk;
  }

  // Before `end`, where it would have become whole.
  void cut_within(std::size_t begin, std::size_t end) {
    const bool in_order = fault_ == Fault::cut_in_order && bytes_.ends_with(kLastChunk);
    script_.whole_bytes = 0;
    if (in_order) {  // whole events, so that the framing is right
      std::size_t at = begin;
      while (random_.below(5) > 0) {
        const auto next = bytes_.find("\n\n\r\n", at);
        if (next == std::string::npos || next + 4 > end) break;
        at = next + 4;
      }
      bytes_.resize(at);
      bytes_ += kLastChunk;
    } else {
      bytes_.resize(begin + random_.below(end - begin));
      script_.end = fault_ == Fault::stalls         ? End::hang
                    : fault_ == Fault::reset_within ? End::reset
                                                    : End::close;
    }
    if (script_.usage_bytes > bytes_.size()) script_.usage_bytes = 0;
  }

  void set_end() {
    const bool closes = fault_ == Fault::closes_after || fault_ == Fault::says_close;
    script_.end = closes ? End::close : End::keep;
    if (fault_ != Fault::closes_after) return;
    // At once, while it stands in the pool, or just as it is used again.
    script_.pause_before_end = draw_duration(random_, base::seconds(random_.below(3)));
  }

  // Cuts that mean nothing, and pauses that stay well within the gateway's patience, but for the
  // fault that does not.
  void cut_into_steps() {
    const auto pauses = patience(swarm_) / 2;  // all of them together
    const bool slow = fault_ == Fault::slow_first_token;
    const std::size_t slow_at = slow && random_.below(2) == 0 ? first_content_ : 0;
    std::vector<std::size_t> cuts{slow_at, bytes_.size()};
    for (std::size_t n = bytes_.empty() ? 0 : random_.below(6); n > 0; --n) {
      cuts.push_back(random_.below(bytes_.size()));
    }
    std::sort(cuts.begin(), cuts.end());
    std::size_t begin = 0;
    for (const std::size_t end : cuts) {
      if (end == begin) continue;
      const auto pause = draw_duration(random_, pauses / static_cast<int>(cuts.size()));
      const bool together = random_.below(4) == 0;
      script_.steps.push_back(
          {together ? base::Duration::zero() : pause, bytes_.substr(begin, end - begin)});
      if (slow && begin == slow_at) {
        script_.steps.back().pause =
            base::milliseconds(swarm_.first_token_ms + swarm_.total_ms + 1'000);
      }
      begin = end;
    }
    const bool ends = script_.end == End::close || script_.end == End::reset;
    if (ends && fault_ != Fault::closes_after) {
      // Without an answer at any time; within one while the gateway is sure to wait.
      const bool unanswered = script_.steps.empty() && random_.below(2) == 0;
      script_.pause_before_end =
          draw_duration(random_, unanswered ? base::milliseconds(swarm_.total_ms) : pauses);
    }
  }

  Dialect dialect_;
  Fault fault_;
  Answer& answer_;
  const Swarm& swarm_;
  base::Random& random_;
  Script script_;
  std::string bytes_;
  std::size_t first_content_ = 0;
};

}  // namespace

Script write_script(Dialect dialect, bool streamed, Fault fault, Answer& answer, const Swarm& swarm,
                    base::Random& random) {
  return Writer(dialect, fault, answer, swarm, random).write(streamed);
}

}  // namespace headgate::sim
