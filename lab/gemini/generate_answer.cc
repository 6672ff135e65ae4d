#include "lab/gemini/generate_answer.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text/strings.h"
#include "lab/formats/signature.h"
#include "lab/gemini/call_signature.h"
#include "lab/neutral/ids.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

constexpr std::size_t kCallIdLength = 8;
constexpr std::size_t kResponseIdLength = 22;

/// The arguments of a call; nothing where the script has them broken.
std::optional<json::value> args_of(const CompletionCall& call) {
  boost::system::error_code error;
  auto value = json::parse(joined(call.arguments), error);
  if (error || !value.is_object()) return std::nullopt;
  return value;
}

bool is_malformed(const CompletionChoice& choice) {
  return std::any_of(choice.calls.begin(), choice.calls.end(),
                     [](const CompletionCall& call) { return !args_of(call); });
}

/// Gemini sends no part of a call that it cannot parse, nor what it refuses to say.
bool shows_calls(const CompletionChoice& choice) { return !is_malformed(choice); }
bool shows_text(const CompletionChoice& choice) {
  return !choice.is_refusal && !choice.content.empty();
}

std::string_view finish_word(const CompletionChoice& choice) {
  if (choice.finish != FinishReason::none && choice.is_refusal) return "SAFETY";
  switch (choice.finish) {
    case FinishReason::length:
    case FinishReason::context_window: return "MAX_TOKENS";
    case FinishReason::content_filter: return "SAFETY";
    case FinishReason::recitation: return "RECITATION";
    case FinishReason::blocklist: return "BLOCKLIST";
    case FinishReason::prohibited_content: return "PROHIBITED_CONTENT";
    case FinishReason::spii: return "SPII";
    case FinishReason::malformed_function_call: return "MALFORMED_FUNCTION_CALL";
    case FinishReason::other: return "OTHER";
    case FinishReason::none: return "";
    default: return is_malformed(choice) ? "MALFORMED_FUNCTION_CALL" : "STOP";
  }
}

/// The members of a candidate that tell why it ended; empty when it does not say.
std::string finish_members(const CompletionChoice& choice) {
  const auto word = finish_word(choice);
  if (word.empty()) return {};
  std::string out = fmt::format(R"(,"finishReason":"{}")", word);
  if (choice.is_refusal) {
    out += fmt::format(R"(,"finishMessage":{})", base::json_string(joined(choice.content)));
  } else if (word == "MALFORMED_FUNCTION_CALL" && !choice.calls.empty()) {
    const auto& call = choice.calls.front();
    out += fmt::format(R"(,"finishMessage":{})",
                       base::json_string(fmt::format("Malformed function call: {}{}", call.name,
                                                     joined(call.arguments))));
  }
  if (word == "SAFETY") {
    out += R"(,"safetyRatings":[{"category":"HARM_CATEGORY_DANGEROUS_CONTENT",)"
           R"("probability":"HIGH","blocked":true}])";
  }
  return out;
}

std::string count(std::string_view name, std::int64_t tokens) {
  return tokens == 0 ? std::string() : fmt::format(R"(,"{}":{})", name, tokens);
}

/// Fields that are zero are left out, as protocol buffers do.
std::string usage_object(const CompletionUsage& usage, std::int64_t candidates,
                         std::int64_t thoughts) {
  std::string out = fmt::format(R"({{"promptTokenCount":{})", usage.prompt);
  out += count("candidatesTokenCount", candidates);
  out += count("cachedContentTokenCount", usage.cached);
  out += count("thoughtsTokenCount", thoughts);
  out += count("totalTokenCount", usage.prompt + candidates + thoughts);
  out += fmt::format(R"(,"promptTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}])",
                     usage.prompt);
  if (usage.cached > 0) {
    out += fmt::format(R"(,"cacheTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}])",
                       usage.cached);
  }
  return out + "}";
}

/// What follows the candidates of a response.
std::string response_tail(const Completion& completion, const std::string& usage) {
  return fmt::format(R"("usageMetadata":{},"modelVersion":{},"responseId":"{}"}})", usage,
                     base::json_string(completion.model),
                     derived_text(completion.id, "response", kResponseIdLength));
}

std::string signature_member(std::string_view signed_part, const Completion& completion) {
  return fmt::format(R"(,"thoughtSignature":"{}")", signature_of(signed_part, completion.id));
}

std::string thought_part(std::string_view text) {
  return fmt::format(R"({{"text":{},"thought":true}})", base::json_string(text));
}

/// The call at `index` of its choice; the first after thoughts carries their signature.
std::string call_part(const CompletionChoice& choice, std::size_t index,
                      const Completion& completion) {
  const auto& call = choice.calls[index];
  const bool is_signed = index == 0 && choice.thought;
  const auto args = *args_of(call);
  return fmt::format(R"({{"functionCall":{{"id":"{}","name":{},"args":{}}}{}}})",
                     call.id.substr(0, kCallIdLength), base::json_string(call.name),
                     joined(call.arguments),
                     is_signed ? signature_member(signed_call(call.name, args), completion) : "");
}

bool signs_text(const CompletionChoice& choice) {
  return choice.thought && (choice.calls.empty() || !shows_calls(choice));
}

std::string text_part(std::string_view text, bool is_signed, const Completion& completion) {
  return fmt::format(R"({{"text":{}{}}})", base::json_string(text),
                     is_signed ? signature_member(kSignedText, completion) : "");
}

std::string parts_array(const CompletionChoice& choice, const Completion& completion) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ",") + part; };
  if (!choice.reasoning.empty()) add(thought_part(joined(choice.reasoning)));
  const bool is_signed = signs_text(choice);
  if (shows_text(choice)) {
    add(text_part(joined(choice.content), is_signed, completion));
  } else if (is_signed) {
    add(text_part("", true, completion));
  }
  for (std::size_t i = 0; i < choice.calls.size() && shows_calls(choice); ++i) {
    add(call_part(choice, i, completion));
  }
  return out;
}

std::string candidate(std::size_t index, std::string_view parts, std::string_view finish) {
  const std::string content =
      parts.empty() ? "" : fmt::format(R"("content":{{"parts":[{}],"role":"model"}},)", parts);
  return fmt::format(R"({{{}"index":{}{}}})", content, index, finish);
}

bool is_blocked(const Completion& completion) {
  return completion.choices.front().finish == FinishReason::prompt_blocked;
}

constexpr std::string_view kBlocked =
    R"({"promptFeedback":{"blockReason":"SAFETY","safetyRatings":[)"
    R"({"category":"HARM_CATEGORY_DANGEROUS_CONTENT","probability":"HIGH","blocked":true}]},)";

/// A prompt that is refused has no candidates and costs nothing but itself.
std::string blocked_body(const Completion& completion) {
  return std::string(kBlocked) + response_tail(completion, usage_object(completion.usage, 0, 0));
}

/// Writes the responses of one stream, candidate after candidate. Counts grow with what was sent.
class StreamWriter {
 public:
  StreamWriter(const Completion& completion, const StreamOptions& options, Framing framing)
      : completion_(completion), options_(options), framing_(framing) {}

  std::vector<StreamEvent> write() {
    if (is_blocked(completion_)) {
      add(blocked_body(completion_), 0, true);
      return std::move(events_);
    }
    for (index_ = 0; index_ < completion_.choices.size(); ++index_) {
      write_choice(completion_.choices[index_]);
    }
    return std::move(events_);
  }

 private:
  void write_choice(const CompletionChoice& choice) {
    each_chunk(choice.reasoning, [&](const std::string& text, std::int64_t tokens) {
      thoughts_ = std::min(thoughts_ + tokens, completion_.usage.reasoning);
      part(thought_part(text), tokens);
    });
    // What was thought unseen was thought by now.
    thoughts_ = std::max(thoughts_, completion_.usage.reasoning);
    if (shows_text(choice)) {
      each_chunk(choice.content, [&](const std::string& text, std::int64_t tokens) {
        candidates_ += tokens;
        part(text_part(text, false, completion_), tokens);
      });
    }
    for (std::size_t i = 0; i < choice.calls.size() && shows_calls(choice); ++i) {
      const auto tokens = count_tokens(choice.calls[i].name) +
                          static_cast<std::int64_t>(choice.calls[i].arguments.size());
      candidates_ += tokens;
      part(call_part(choice, i, completion_), tokens);
    }
    write_end(choice);
  }

  void write_end(const CompletionChoice& choice) {
    const bool last = index_ + 1 == completion_.choices.size();
    if (last) candidates_ = completion_.usage.completion - completion_.usage.reasoning;
    const std::string parts =
        choice.is_refusal ? "" : text_part("", signs_text(choice), completion_);
    const std::string finish = options_.done ? finish_members(choice) : std::string();
    respond(candidate(index_, parts, finish), 0, last);
  }

  template <class Each>
  void each_chunk(const Tokens& tokens, Each each) {
    const auto step = static_cast<std::size_t>(options_.tokens_per_chunk);
    for (std::size_t i = 0; i < tokens.size(); i += step) {
      const auto taken = std::min(step, tokens.size() - i);
      each(joined(tokens, i, taken), static_cast<std::int64_t>(taken));
    }
  }

  void part(const std::string& part, std::int64_t tokens) {
    respond(candidate(index_, part, ""), tokens, false);
  }

  void respond(const std::string& candidate, std::int64_t tokens, bool last) {
    add(fmt::format(
            R"({{"candidates":[{}],{})", candidate,
            response_tail(completion_, usage_object(completion_.usage, candidates_, thoughts_))),
        tokens, last);
  }

  void add(const std::string& body, std::int64_t tokens, bool last) {
    std::string bytes;
    if (framing_ == Framing::events) {
      bytes = fmt::format("data: {}\r\n\r\n", body);
    } else {
      bytes = fmt::format("{}{}{}", events_.empty() ? "[" : "\n,\r\n", body, last ? "\n]\n" : "");
    }
    events_.push_back({std::move(bytes), tokens});
  }

  const Completion& completion_;
  const StreamOptions& options_;
  const Framing framing_;
  std::size_t index_ = 0;
  std::int64_t thoughts_ = 0;
  std::int64_t candidates_ = 0;
  std::vector<StreamEvent> events_;
};

}  // namespace

std::string response_body(const Completion& completion) {
  if (is_blocked(completion)) return blocked_body(completion);
  std::string candidates;
  for (std::size_t i = 0; i < completion.choices.size(); ++i) {
    const auto& choice = completion.choices[i];
    candidates +=
        (i == 0 ? "" : ",") + candidate(i, parts_array(choice, completion), finish_members(choice));
  }
  const auto& usage = completion.usage;
  return fmt::format(
      R"({{"candidates":[{}],{})", candidates,
      response_tail(completion,
                    usage_object(usage, usage.completion - usage.reasoning, usage.reasoning)));
}

std::vector<StreamEvent> response_stream(const Completion& completion, const StreamOptions& options,
                                         Framing framing) {
  return StreamWriter(completion, options, framing).write();
}

std::string last_in_stream(const std::string& body, Framing framing) {
  return framing == Framing::events ? fmt::format("data: {}\r\n\r\n", body)
                                    : fmt::format("\n,\r\n{}\n]\n", body);
}

std::vector<std::string> signed_calls(const Completion& completion) {
  std::vector<std::string> calls;
  for (const auto& choice : completion.choices) {
    if (!choice.thought || choice.calls.empty() || !shows_calls(choice)) continue;
    const auto& call = choice.calls.front();
    calls.push_back(signed_call(call.name, *args_of(call)));
  }
  return calls;
}

}  // namespace headgate::lab::gemini
