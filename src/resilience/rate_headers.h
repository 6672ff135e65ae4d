// What providers publish about their rate limits in the headers of answers, OpenAI's way
// (x-ratelimit-remaining-requests: 59, reset "6m0s") and Anthropic's
// (anthropic-ratelimit-requests-remaining: 59, reset in RFC 3339). Pure; values are bytes from
// outside, and what cannot be read is absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace headgate::resilience {

struct RateWindow {
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> remaining;
  std::optional<base::Duration> reset;  // from now; 0 when it has passed

  bool empty() const { return !limit && !remaining && !reset; }
  friend bool operator==(const RateWindow&, const RateWindow&) = default;
};

struct RateHeaders {
  RateWindow requests;
  RateWindow tokens;
  RateWindow input_tokens;
  RateWindow output_tokens;

  bool empty() const {
    return requests.empty() && tokens.empty() && input_tokens.empty() && output_tokens.empty();
  }
  friend bool operator==(const RateHeaders&, const RateHeaders&) = default;
};

/// The three values of one window; an empty text is an absent header. `reset` as a duration.
RateWindow openai_window(std::string_view limit, std::string_view remaining,
                         std::string_view reset);
/// The same with `reset` as a point in time.
RateWindow anthropic_window(std::string_view limit, std::string_view remaining,
                            std::string_view reset, std::int64_t now_unix_us);

/// `get(name)` gives the value of a header as a string_view, empty when there is none; names are
/// lower case.
template <class Get>
RateHeaders openai_rate_headers(const Get& get) {
  RateHeaders all;
  all.requests =
      openai_window(get("x-ratelimit-limit-requests"), get("x-ratelimit-remaining-requests"),
                    get("x-ratelimit-reset-requests"));
  all.tokens = openai_window(get("x-ratelimit-limit-tokens"), get("x-ratelimit-remaining-tokens"),
                             get("x-ratelimit-reset-tokens"));
  return all;
}

template <class Get>
RateHeaders anthropic_rate_headers(const Get& get, std::int64_t now_unix_us) {
  RateHeaders all;
  all.requests = anthropic_window(get("anthropic-ratelimit-requests-limit"),
                                  get("anthropic-ratelimit-requests-remaining"),
                                  get("anthropic-ratelimit-requests-reset"), now_unix_us);
  all.tokens = anthropic_window(get("anthropic-ratelimit-tokens-limit"),
                                get("anthropic-ratelimit-tokens-remaining"),
                                get("anthropic-ratelimit-tokens-reset"), now_unix_us);
  all.input_tokens = anthropic_window(get("anthropic-ratelimit-input-tokens-limit"),
                                      get("anthropic-ratelimit-input-tokens-remaining"),
                                      get("anthropic-ratelimit-input-tokens-reset"), now_unix_us);
  all.output_tokens = anthropic_window(get("anthropic-ratelimit-output-tokens-limit"),
                                       get("anthropic-ratelimit-output-tokens-remaining"),
                                       get("anthropic-ratelimit-output-tokens-reset"), now_unix_us);
  return all;
}

/// Whichever of the two the answer has.
template <class Get>
RateHeaders rate_headers(const Get& get, std::int64_t now_unix_us) {
  const RateHeaders openai = openai_rate_headers(get);
  return openai.empty() ? anthropic_rate_headers(get, now_unix_us) : openai;
}

}  // namespace headgate::resilience
