#include "lab/openai/chat_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/text/strings.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab::openai {
namespace {

constexpr std::string_view kFingerprint = R"("fp_headgate_lab")";

std::string id_of(const Completion& completion) {
  return base::json_string("chatcmpl-" + completion.id);
}

std::string id_of(const CompletionCall& call) { return base::json_string("call_" + call.id); }

std::string usage_object(const CompletionUsage& usage) {
  const std::string written =
      usage.cache_write > 0 ? fmt::format(R"("cache_write_tokens":{},)", usage.cache_write) : "";
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)"
                     R"("prompt_tokens_details":{{"cached_tokens":{},{}"audio_tokens":0}},)"
                     R"("completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,)"
                     R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                     usage.prompt, usage.completion, usage.prompt + usage.completion, usage.cached,
                     written, usage.reasoning);
}

std::string call_object(const CompletionCall& call) {
  return fmt::format(R"({{"id":{},"type":"function","function":{{"name":{},"arguments":{}}}}})",
                     id_of(call), base::json_string(call.name),
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

std::string_view word_of(FinishReason finish) {
  switch (finish) {
    case FinishReason::length:
    case FinishReason::context_window: return R"("length")";
    case FinishReason::tool_calls: return R"("tool_calls")";
    case FinishReason::function_call: return R"("function_call")";
    case FinishReason::content_filter:
    case FinishReason::recitation:
    case FinishReason::blocklist:
    case FinishReason::prohibited_content:
    case FinishReason::spii:
    case FinishReason::prompt_blocked: return R"("content_filter")";
    case FinishReason::none: return "null";
    default: return R"("stop")";
  }
}

/// Writes the events of one stream; the parts every chunk shares are rendered once.
class StreamWriter {
 public:
  StreamWriter(const Completion& completion, const ChatRequest& request,
               const StreamOptions& options)
      : completion_(completion),
        options_(options),
        include_usage_(request.include_usage),
        padding_(request.include_obfuscation ? options.obfuscation : std::string()),
        head_(fmt::format(
            R"(data: {{"id":{},"object":"chat.completion.chunk","created":{},)"
            R"("model":{},"service_tier":"default","system_fingerprint":{},"choices":[)",
            id_of(completion), completion.created, base::json_string(completion.model),
            kFingerprint)),
        tail_(include_usage_ ? R"(],"usage":null)" : "]") {}

  std::vector<StreamEvent> write() {
    for (std::size_t i = 0; i < completion_.choices.size(); ++i) write_choice(i);
    if (include_usage_) {
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
    if (choice.finish != FinishReason::none) delta(index, "{}", word_of(choice.finish), 0);
  }

  void write_call(std::size_t index, std::size_t call_index, const CompletionCall& call) {
    delta(index,
          fmt::format(R"({{"tool_calls":[{{"index":{},"id":{},"type":"function",)"
                      R"("function":{{"name":{},"arguments":""}}}}]}})",
                      call_index, id_of(call), base::json_string(call.name)),
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
    if (!padding_.empty()) {
      // Pads every chunk to a multiple of 32 bytes.
      const std::size_t length = std::min<std::size_t>(32 - bytes.size() % 32, padding_.size());
      bytes += fmt::format(R"(,"obfuscation":"{}")", padding_.substr(0, length));
    }
    bytes += "}\n\n";
    events_.push_back({std::move(bytes), tokens});
  }

  const Completion& completion_;
  const StreamOptions& options_;
  const bool include_usage_;
  const std::string padding_;
  const std::string head_;
  const std::string tail_;
  std::vector<StreamEvent> events_;
};

}  // namespace

std::string chat_body(const Completion& completion) {
  std::string out =
      fmt::format(R"({{"id":{},"object":"chat.completion","created":{},"model":{},"choices":[)",
                  id_of(completion), completion.created, base::json_string(completion.model));
  for (std::size_t i = 0; i < completion.choices.size(); ++i) {
    const auto& choice = completion.choices[i];
    fmt::format_to(std::back_inserter(out),
                   R"({}{{"index":{},"message":{},"logprobs":null,"finish_reason":{}}})",
                   i == 0 ? "" : ",", i, message_object(choice), word_of(choice.finish));
  }
  fmt::format_to(std::back_inserter(out),
                 R"(],"usage":{},"service_tier":"default","system_fingerprint":{}}})",
                 usage_object(completion.usage), kFingerprint);
  return out;
}

std::vector<StreamEvent> chat_stream(const Completion& completion, const ChatRequest& request,
                                     const StreamOptions& options) {
  return StreamWriter(completion, request, options).write();
}

}  // namespace headgate::lab::openai
