// A finished answer as the model would have produced it, in tokens, with its usage; and its two
// forms on the wire: one JSON body, or a stream of events. Pure values and functions; accumulating
// the stream gives the body.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headgate::lab {

struct CompletionCall {
  std::string id;
  std::string name;
  std::vector<std::string> arguments;  // tokens
};

struct CompletionChoice {
  std::vector<std::string> content;  // tokens
  bool is_refusal = false;           // content goes to `refusal`
  std::vector<CompletionCall> calls;
  std::string finish_reason;
};

struct CompletionUsage {
  std::int64_t prompt = 0;
  std::int64_t cached = 0;
  std::int64_t completion = 0;  // includes reasoning
  std::int64_t reasoning = 0;
};

struct Completion {
  std::string id;
  std::int64_t created = 0;
  std::string model;
  std::string fingerprint;
  std::vector<CompletionChoice> choices;
  CompletionUsage usage;
};

/// One event of a stream, "data: …\n\n", and the tokens it carries.
struct StreamEvent {
  std::string bytes;
  std::int64_t tokens = 0;
};

struct StreamOptions {
  bool include_usage = false;
  int tokens_per_chunk = 1;
  /// When not empty, chunks are padded from it to hide token lengths, as OpenAI does.
  std::string obfuscation;
  bool finish_reason = true;  // false: the fault that never says why it ended
  bool done = true;           // false: the fault that leaves out [DONE]
};

std::string completion_body(const Completion& completion);
std::vector<StreamEvent> completion_stream(const Completion& completion,
                                           const StreamOptions& options);

}  // namespace headgate::lab
