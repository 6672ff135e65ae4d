#include "lab/script/compose.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "lab/openai/schema_instance.h"
#include "lab/openai/tokens.h"

namespace headgate::lab {
namespace {

namespace json = boost::json;

constexpr std::size_t kEchoBytesMax = 400;

std::vector<std::string> owned_tokens(std::string_view text) {
  const auto views = tokenize(text);
  return {views.begin(), views.end()};
}

/// At most `bytes_max`, without cutting a UTF-8 sequence.
std::string_view clipped(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

bool is_json_object(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  return !error && value.is_object();
}

/// Removes what is beyond the limit and says how many tokens are left of it.
void clip_tokens(std::vector<std::string>& tokens, std::int64_t& left, bool& clipped_any) {
  if (static_cast<std::int64_t>(tokens.size()) > left) {
    tokens.resize(static_cast<std::size_t>(left));
    clipped_any = true;
  }
  left -= static_cast<std::int64_t>(tokens.size());
}

class Composer {
 public:
  Composer(const ComposeInput& input, base::Random& random, base::Random& ids)
      : in_(input), random_(random), ids_(ids) {}

  Completion compose() {
    Completion out;
    out.id = "chatcmpl-" + random_text(ids_, 29);
    out.created = in_.created;
    out.model = in_.request.model;
    out.fingerprint = "fp_headgate_lab";
    out.usage.prompt = prompt_tokens(in_.request);
    out.usage.cached = std::min(cached(out.usage.prompt), out.usage.prompt);
    const CompletionChoice choice = compose_choice(out.usage.reasoning);
    for (std::int64_t i = 0; i < in_.request.choices; ++i) {
      out.choices.push_back(choice);
      for (auto& call : out.choices.back().calls) call.id = "call_" + random_text(ids_, 24);
    }
    out.usage.completion = out.usage.reasoning + emitted(choice) * in_.request.choices;
    return out;
  }

 private:
  std::int64_t cached(std::int64_t prompt) const {
    if (in_.answer && in_.answer->cached_tokens) return *in_.answer->cached_tokens;
    if (in_.answer && in_.answer->cached_share) {
      return static_cast<std::int64_t>(static_cast<double>(prompt) * *in_.answer->cached_share);
    }
    return in_.cached_tokens;
  }

  static std::int64_t emitted(const CompletionChoice& choice) {
    auto tokens = static_cast<std::int64_t>(choice.content.size());
    for (const auto& call : choice.calls) {
      tokens += count_tokens(call.name) + static_cast<std::int64_t>(call.arguments.size());
    }
    return tokens;
  }

  CompletionChoice compose_choice(std::int64_t& reasoning) {
    CompletionChoice choice;
    choice.finish_reason = "stop";
    if (in_.answer == nullptr) {
      compose_default(choice);
    } else {
      compose_answer(*in_.answer, choice);
      reasoning = in_.answer->reasoning_tokens;
    }
    limit(choice, reasoning);
    return choice;
  }

  void compose_default(CompletionChoice& choice) {
    const auto& request = in_.request;
    const bool must_call =
        request.tool_choice == ToolChoice::required || request.tool_choice == ToolChoice::named;
    if (must_call) {
      const auto tool =
          std::find_if(request.tools.begin(), request.tools.end(), [&](const OfferedTool& t) {
            return request.tool_named.empty() || t.name == request.tool_named;
          });
      add_call(choice, tool->name, json::serialize(tool_arguments(*tool)));
      return;
    }
    std::string text = "[headgate lab] No rule matched. You said: ";
    text += clipped(in_.conversation.value_of("last_user"), kEchoBytesMax);
    choice.content = owned_tokens(formatted(stopped(text)));
  }

  static json::value tool_arguments(const OfferedTool& tool) {
    return tool.parameters.is_null() ? json::value(json::object())
                                     : schema_instance(tool.parameters);
  }

  void compose_answer(const Answer& answer, CompletionChoice& choice) {
    const Lookup lookup = [&](std::string_view name) { return in_.conversation.value_of(name); };
    if (!answer.refusal.empty()) {
      choice.is_refusal = true;
      choice.content = owned_tokens(expand(answer.refusal, lookup));
    } else if (answer.json) {
      choice.content = owned_tokens(stopped(json::serialize(expand_all(*answer.json, lookup))));
    } else if (!answer.texts.empty()) {
      const auto& text = answer.texts[random_.below(answer.texts.size())];
      choice.content = owned_tokens(formatted(stopped(expand(text, lookup))));
    }
    for (const auto& call : answer.tool_calls) {
      const auto arguments = expand_all(call.arguments, lookup);
      const auto* text = arguments.if_string();
      add_call(choice, call.name, text ? std::string(*text) : json::serialize(arguments));
      if (!in_.request.parallel_tool_calls) break;
    }
    if (!answer.finish_reason.empty()) choice.finish_reason = answer.finish_reason;
  }

  /// Text that a request for JSON may get: its own where it is JSON, else a made-up instance.
  std::string formatted(std::string text) const {
    if (in_.request.format == ReplyFormat::text || is_json_object(text)) return text;
    if (in_.request.format == ReplyFormat::json_schema) {
      return json::serialize(schema_instance(in_.request.schema));
    }
    return json::serialize(json::object{{"answer", text}});
  }

  std::string stopped(std::string text) const {
    for (const auto& stop : in_.request.stop) {
      if (!stop.empty()) text.resize(std::min(text.find(stop), text.size()));
    }
    return text;
  }

  void add_call(CompletionChoice& choice, const std::string& name, const std::string& arguments) {
    choice.calls.push_back({{}, name, owned_tokens(arguments)});
    choice.finish_reason = "tool_calls";
  }

  void limit(CompletionChoice& choice, std::int64_t& reasoning) {
    if (!in_.request.tokens_max) return;
    std::int64_t left = *in_.request.tokens_max;
    bool cut = reasoning > left;
    reasoning = std::min(reasoning, left);
    left -= reasoning;
    clip_tokens(choice.content, left, cut);
    std::size_t calls = 0;
    for (auto& call : choice.calls) {
      left -= count_tokens(call.name);
      if (left < 0) break;
      clip_tokens(call.arguments, left, cut);
      ++calls;
    }
    cut = cut || calls < choice.calls.size();
    choice.calls.resize(calls);
    if (cut) choice.finish_reason = "length";
  }

  const ComposeInput& in_;
  base::Random& random_;
  base::Random& ids_;
};

}  // namespace

Completion compose(const ComposeInput& input, base::Random& random, base::Random& ids) {
  return Composer(input, random, ids).compose();
}

std::string random_text(base::Random& random, std::size_t count) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out(count, '\0');
  for (char& c : out) c = kAlphabet[random.below(kAlphabet.size())];
  return out;
}

}  // namespace headgate::lab
