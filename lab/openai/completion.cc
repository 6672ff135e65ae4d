#include "lab/openai/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/text/strings.h"
#include "lab/openai/tokens.h"

namespace headgate::lab {
namespace {

using Tokens = std::vector<std::string>;

std::string joined(const Tokens& tokens, std::size_t from, std::size_t count) {
  std::string out;
  const std::size_t end = std::min(from + count, tokens.size());
  for (std::size_t i = from; i < end; ++i) out += tokens[i];
  return out;
}

std::string joined(const Tokens& tokens) { return joined(tokens, 0, tokens.size()); }

std::string usage_object(const CompletionUsage& usage) {
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)"
                     R"("prompt_tokens_details":{{"cached_tokens":{},"audio_tokens":0}},)"
                     R"("completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,)"
                     R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                     usage.prompt, usage.completion, usage.prompt + usage.completion, usage.cached,
                     usage.reasoning);
}

std::string call_object(const CompletionCall& call) {
  return fmt::format(R"({{"id":{},"type":"function","function":{{"name":{},"arguments":{}}}}})",
                     base::json_string(call.id), base::json_string(call.name),
                     base::json_string(joined(call.arguments)));
}

std::string message_object(const CompletionChoice& choice) {
  const std::string text = base::json_string(joined(choice.content));
  const bool silent = choice.content.empty() && !choice.calls.empty();
  std::string out =
      fmt::format(R"({{"role":"assistant","content":{},"refusal":{},"annotations":[])",
                  silent || choice.is_refusal ? "null" : text, choice.is_refusal ? text : "null");
  for (std::size_t i = 0; i < choice.calls.size(); ++i) {
    out += i == 0 ? R"(,"tool_calls":[)" : ",";
    out += call_object(choice.calls[i]);
  }
  out += choice.calls.empty() ? "}" : "]}";
  return out;
}

std::string reason(const CompletionChoice& choice) {
  return choice.finish_reason.empty() ? "null" : base::json_string(choice.finish_reason);
}

/// Writes the events of one stream; the parts every chunk shares are rendered once.
class StreamWriter {
 public:
  StreamWriter(const Completion& completion, const StreamOptions& options)
      : completion_(completion),
        options_(options),
        head_(fmt::format(
            R"(data: {{"id":{},"object":"chat.completion.chunk","created":{},)"
            R"("model":{},"service_tier":"default","system_fingerprint":{},"choices":[)",
            base::json_string(completion.id), completion.created,
            base::json_string(completion.model), base::json_string(completion.fingerprint))),
        tail_(options.include_usage ? R"(],"usage":null)" : "]") {}

  std::vector<StreamEvent> write() {
    for (std::size_t i = 0; i < completion_.choices.size(); ++i) write_choice(i);
    if (options_.include_usage) {
      add(head_ + "],\"usage\":" + usage_object(completion_.usage), 0);
    }
    if (options_.done) events_.push_back({"data: [DONE]\n\n", 0});
    return std::move(events_);
  }

 private:
  void write_choice(std::size_t index) {
    const auto& choice = completion_.choices[index];
    const bool speaks = !choice.content.empty() || choice.calls.empty();
    delta(index,
          fmt::format(R"({{"role":"assistant","content":{},"refusal":null}})",
                      speaks && !choice.is_refusal ? "\"\"" : "null"),
          "null", 0);
    const std::string_view field = choice.is_refusal ? "refusal" : "content";
    each_chunk(choice.content, [&](const std::string& text, std::int64_t tokens) {
      delta(index, fmt::format(R"({{"{}":{}}})", field, base::json_string(text)), "null", tokens);
    });
    for (std::size_t call = 0; call < choice.calls.size(); ++call) {
      write_call(index, call, choice.calls[call]);
    }
    if (options_.finish_reason) delta(index, "{}", reason(choice), 0);
  }

  void write_call(std::size_t index, std::size_t call_index, const CompletionCall& call) {
    delta(index,
          fmt::format(R"({{"tool_calls":[{{"index":{},"id":{},"type":"function",)"
                      R"("function":{{"name":{},"arguments":""}}}}]}})",
                      call_index, base::json_string(call.id), base::json_string(call.name)),
          "null", count_tokens(call.name));
    each_chunk(call.arguments, [&](const std::string& text, std::int64_t tokens) {
      delta(index,
            fmt::format(R"({{"tool_calls":[{{"index":{},"function":{{"arguments":{}}}}}]}})",
                        call_index, base::json_string(text)),
            "null", tokens);
    });
  }

  template <class Each>
  void each_chunk(const Tokens& tokens, Each each) {
    const auto step = static_cast<std::size_t>(options_.tokens_per_chunk);
    for (std::size_t i = 0; i < tokens.size(); i += step) {
      const auto count = std::min(step, tokens.size() - i);
      each(joined(tokens, i, count), static_cast<std::int64_t>(count));
    }
  }

  void delta(std::size_t index, std::string_view body, std::string_view finish,
             std::int64_t tokens) {
    std::string out = head_;
    fmt::format_to(std::back_inserter(out),
                   R"({{"index":{},"delta":{},"logprobs":null,"finish_reason":{}}})", index, body,
                   finish);
    out += tail_;
    add(std::move(out), tokens);
  }

  void add(std::string bytes, std::int64_t tokens) {
    if (!options_.obfuscation.empty()) {
      // Pads every chunk to a multiple of 32 bytes.
      const std::size_t length =
          std::min<std::size_t>(32 - bytes.size() % 32, options_.obfuscation.size());
      bytes += fmt::format(R"(,"obfuscation":"{}")", options_.obfuscation.substr(0, length));
    }
    bytes += "}\n\n";
    events_.push_back({std::move(bytes), tokens});
  }

  const Completion& completion_;
  const StreamOptions& options_;
  const std::string head_;
  const std::string tail_;
  std::vector<StreamEvent> events_;
};

}  // namespace

std::string completion_body(const Completion& completion) {
  std::string out = fmt::format(
      R"({{"id":{},"object":"chat.completion","created":{},"model":{},"choices":[)",
      base::json_string(completion.id), completion.created, base::json_string(completion.model));
  for (std::size_t i = 0; i < completion.choices.size(); ++i) {
    const auto& choice = completion.choices[i];
    fmt::format_to(std::back_inserter(out),
                   R"({}{{"index":{},"message":{},"logprobs":null,"finish_reason":{}}})",
                   i == 0 ? "" : ",", i, message_object(choice), reason(choice));
  }
  fmt::format_to(std::back_inserter(out),
                 R"(],"usage":{},"service_tier":"default","system_fingerprint":{}}})",
                 usage_object(completion.usage), base::json_string(completion.fingerprint));
  return out;
}

std::vector<StreamEvent> completion_stream(const Completion& completion,
                                           const StreamOptions& options) {
  return StreamWriter(completion, options).write();
}

}  // namespace headgate::lab
