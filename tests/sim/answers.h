// An answer of a model and its bytes in a provider's dialect: whole, as the events of a stream, and
// the errors a provider sends instead. Written with Boost.JSON, so that nothing here shares code
// with the codecs under test. Plain values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace headgate::sim {

enum class Dialect : std::uint8_t { openai, anthropic };

struct Answer {
  std::string id;
  std::string model;
  std::vector<std::string> pieces;  // of its text
  std::string finish = "stop";      // in OpenAI's words
  std::int64_t input = 0;           // tokens
  std::int64_t output = 0;
  bool has_usage = true;

  std::string text() const;
};

/// Text with quotes, line ends and several scripts in it.
Answer draw_answer(base::Random& random, std::string model, std::string id);

std::string whole_body(Dialect dialect, const Answer& answer);

/// Server-sent events, each with its blank line.
struct StreamEvents {
  std::vector<std::string> events;
  std::size_t first_content = 0;  // index
  std::size_t finish = 0;         // the one that says why the answer ended
  std::size_t usage = 0;          // the last one that counts
  std::size_t last = 0;           // [DONE] and the like
};
StreamEvents stream_events(Dialect dialect, const Answer& answer);

std::string error_body(Dialect dialect, std::string_view type, std::string_view message);
std::string error_event(Dialect dialect, std::string_view type, std::string_view message);

}  // namespace headgate::sim
