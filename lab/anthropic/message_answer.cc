#include "lab/anthropic/message_answer.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text/strings.h"
#include "lab/anthropic/api_error.h"
#include "lab/formats/signature.h"
#include "lab/neutral/ids.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab::anthropic {
namespace {

namespace json = boost::json;

std::string event(std::string_view name, std::string_view members) {
  return fmt::format("event: {0}\ndata: {{\"type\":\"{0}\"{1}}}\n\n", name, members);
}

bool is_refused(const CompletionChoice& choice) {
  switch (choice.finish) {
    case FinishReason::content_filter:
    case FinishReason::recitation:
    case FinishReason::blocklist:
    case FinishReason::prohibited_content:
    case FinishReason::spii:
    case FinishReason::prompt_blocked: return true;
    default: return choice.is_refusal && choice.finish != FinishReason::none;
  }
}

std::string_view stop_reason(const CompletionChoice& choice) {
  if (is_refused(choice)) return R"("refusal")";
  switch (choice.finish) {
    case FinishReason::length: return R"("max_tokens")";
    case FinishReason::tool_calls:
    case FinishReason::function_call: return R"("tool_use")";
    case FinishReason::pause: return R"("pause_turn")";
    case FinishReason::context_window: return R"("model_context_window_exceeded")";
    case FinishReason::none: return "null";
    default: return choice.stop_sequence.empty() ? R"("end_turn")" : R"("stop_sequence")";
  }
}

/// The members of a message that tell why it ended.
std::string stop_members(const CompletionChoice& choice) {
  const bool at_sequence = stop_reason(choice) == R"("stop_sequence")";
  std::string details = "null";
  if (is_refused(choice)) {
    const std::string why =
        choice.is_refusal ? base::json_string(joined(choice.content)) : std::string("null");
    details = fmt::format(R"({{"type":"refusal","category":null,"explanation":{}}})", why);
  }
  return fmt::format(R"("stop_reason":{},"stop_sequence":{},"stop_details":{})",
                     stop_reason(choice),
                     at_sequence ? base::json_string(choice.stop_sequence) : "null", details);
}

std::string input_members(const CompletionUsage& usage) {
  return fmt::format(
      R"("input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{})",
      usage.prompt - usage.cached - usage.cache_write, usage.cache_write, usage.cached);
}

std::string output_members(std::int64_t output, std::int64_t thinking) {
  return fmt::format(R"("output_tokens":{},"output_tokens_details":{{"thinking_tokens":{}}},)"
                     R"("server_tool_use":null)",
                     output, thinking);
}

std::string usage_object(const CompletionUsage& usage, std::int64_t output, std::int64_t thinking) {
  return fmt::format(R"({{{},"cache_creation":{{"ephemeral_5m_input_tokens":{},)"
                     R"("ephemeral_1h_input_tokens":{}}},{},"service_tier":"standard",)"
                     R"("inference_geo":"not_available","speed":"standard"}})",
                     input_members(usage), usage.cache_write - usage.cache_write_long,
                     usage.cache_write_long, output_members(output, thinking));
}

/// A message up to its content.
std::string message_head(const Completion& completion) {
  return fmt::format(R"({{"id":"msg_01{}","type":"message","role":"assistant","model":{},)",
                     completion.id.substr(0, 22), base::json_string(completion.model));
}

/// Anthropic signs the thoughts as it shows them.
std::string thinking_block(const CompletionChoice& choice, std::string_view id) {
  if (choice.redacted) {
    return fmt::format(R"({{"type":"redacted_thinking","data":"{}"}})",
                       signature_of("redacted", id));
  }
  const std::string thoughts = joined(choice.reasoning);
  return fmt::format(R"({{"type":"thinking","thinking":{},"signature":"{}"}})",
                     base::json_string(thoughts), signature_of(thoughts, id));
}

/// A scripted text that is no JSON object cannot be an input: it is wrapped, as clients are told
/// to wrap it.
std::string input_of(const CompletionCall& call) {
  const std::string text = joined(call.arguments);
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (!error && value.is_object()) return text;
  return json::serialize(json::object{{"INVALID_JSON", text}});
}

std::string tool_use_block(const CompletionCall& call, std::string_view input) {
  return fmt::format(
      R"({{"type":"tool_use","id":"{}","name":{},"input":{},"caller":{{"type":"direct"}}}})",
      tool_use_id(call), base::json_string(call.name), input);
}

std::string text_block(std::string_view text) {
  return fmt::format(R"({{"type":"text","text":{},"citations":null}})", base::json_string(text));
}

bool shows_text(const CompletionChoice& choice) {
  return !choice.is_refusal && !choice.content.empty();
}

std::string content_array(const CompletionChoice& choice, std::string_view id) {
  std::string out;
  const auto add = [&](const std::string& block) { out += (out.empty() ? "" : ",") + block; };
  if (choice.thought) add(thinking_block(choice, id));
  if (shows_text(choice)) add(text_block(joined(choice.content)));
  for (const auto& call : choice.calls) add(tool_use_block(call, input_of(call)));
  return "[" + out + "]";
}

/// Writes the events of one stream, block after block.
class StreamWriter {
 public:
  StreamWriter(const Completion& completion, const StreamOptions& options)
      : completion_(completion), choice_(completion.choices.front()), options_(options) {}

  std::vector<StreamEvent> write() {
    write_start();
    if (choice_.thought) write_thinking();
    if (shows_text(choice_)) write_text();
    for (const auto& call : choice_.calls) write_call(call);
    const auto& usage = completion_.usage;
    add("message_delta",
        fmt::format(R"(,"delta":{{{},"container":null}},"usage":{{{},{}}})", stop_members(choice_),
                    input_members(usage), output_members(usage.completion, usage.reasoning)));
    if (options_.done) add("message_stop", "");
    return std::move(events_);
  }

 private:
  void write_start() {
    const auto first = std::min<std::int64_t>(completion_.usage.completion, 1);
    add("message_start",
        fmt::format(R"(,"message":{}"content":[],"stop_reason":null,"stop_sequence":null,)"
                    R"("stop_details":null,"container":null,"diagnostics":null,"usage":{}}})",
                    message_head(completion_), usage_object(completion_.usage, first, 0)));
  }

  void write_thinking() {
    if (choice_.redacted) {
      open(thinking_block(choice_, completion_.id));
      return close();
    }
    open(R"({"type":"thinking","thinking":"","signature":""})");
    write_deltas(choice_.reasoning, "thinking_delta", "thinking");
    const std::string signature = signature_of(joined(choice_.reasoning), completion_.id);
    delta(fmt::format(R"({{"type":"signature_delta","signature":"{}"}})", signature), 0);
    close();
  }

  void write_text() {
    open(text_block(""));
    write_deltas(choice_.content, "text_delta", "text");
    close();
  }

  void write_call(const CompletionCall& call) {
    open(tool_use_block(call, "{}"), count_tokens(call.name));
    delta(R"({"type":"input_json_delta","partial_json":""})", 0);
    write_deltas(call.arguments, "input_json_delta", "partial_json");
    close();
  }

  void write_deltas(const Tokens& tokens, std::string_view type, std::string_view member) {
    const auto step = static_cast<std::size_t>(options_.tokens_per_chunk);
    for (std::size_t i = 0; i < tokens.size(); i += step) {
      const auto count = std::min(step, tokens.size() - i);
      delta(fmt::format(R"({{"type":"{}","{}":{}}})", type, member,
                        base::json_string(joined(tokens, i, count))),
            static_cast<std::int64_t>(count));
    }
  }

  void open(std::string_view block, std::int64_t tokens = 0) {
    add("content_block_start", fmt::format(R"(,"index":{},"content_block":{})", index_, block),
        tokens);
    if (index_ == 0) add("ping", "");
  }

  void delta(std::string_view body, std::int64_t tokens) {
    add("content_block_delta", fmt::format(R"(,"index":{},"delta":{})", index_, body), tokens);
  }

  void close() { add("content_block_stop", fmt::format(R"(,"index":{})", index_++)); }

  void add(std::string_view name, std::string_view members, std::int64_t tokens = 0) {
    events_.push_back({event(name, members), tokens});
  }

  const Completion& completion_;
  const CompletionChoice& choice_;
  const StreamOptions& options_;
  std::vector<StreamEvent> events_;
  int index_ = 0;
};

}  // namespace

std::string tool_use_id(const CompletionCall& call) { return "toolu_01" + call.id.substr(0, 22); }

std::string message_body(const Completion& completion) {
  const auto& choice = completion.choices.front();
  const auto& usage = completion.usage;
  return fmt::format(R"({}"content":{},{},"container":null,"diagnostics":null,"usage":{}}})",
                     message_head(completion), content_array(choice, completion.id),
                     stop_members(choice), usage_object(usage, usage.completion, usage.reasoning));
}

std::vector<StreamEvent> message_stream(const Completion& completion,
                                        const StreamOptions& options) {
  return StreamWriter(completion, options).write();
}

std::string error_event(int status, std::string_view request_id) {
  return fmt::format("event: error\ndata: {}\n\n", error_body(error_of_status(status), request_id));
}

}  // namespace headgate::lab::anthropic
