#include "lab/script/compose.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "lab/neutral/ids.h"
#include "lab/neutral/schema_instance.h"
#include "lab/neutral/tokens.h"

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

/// Whether `text` is JSON of the kind that structured output is.
bool is_structured(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  return !error && (value.is_object() || value.is_array());
}

/// `text` if it is one of the schema's values, else the first of them.
std::string chosen(const json::value& schema, std::string text) {
  boost::system::error_code error;
  const auto* values = schema.find_pointer("/enum", error);
  const auto* list = values ? values->if_array() : nullptr;
  if (list == nullptr || list->empty()) return text;
  const bool known = std::find(list->begin(), list->end(), json::value(text)) != list->end();
  const auto* first = list->front().if_string();
  return known || first == nullptr ? text : std::string(*first);
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
    out.id = random_text(ids_, 29);
    out.created = in_.created;
    out.model = in_.request.model;
    out.usage.prompt = in_.request.tokens;
    compose_cache(out.usage);
    const CompletionChoice choice = compose_choice(out.usage.reasoning);
    for (std::int64_t i = 0; i < in_.request.choices; ++i) {
      out.choices.push_back(choice);
      for (auto& call : out.choices.back().calls) call.id = random_text(ids_, 24);
    }
    const auto shown = static_cast<std::int64_t>(choice.reasoning.size());
    const auto spoken = emitted_tokens(choice) - shown;
    out.usage.completion = out.usage.reasoning + spoken * in_.request.choices;
    return out;
  }

 private:
  /// The script's numbers, else the cache's; never more than the prompt has.
  void compose_cache(CompletionUsage& usage) const {
    std::int64_t read = in_.cache.read;
    std::int64_t write = in_.cache.write;
    std::int64_t write_long = in_.cache.write_long;
    if (in_.answer && in_.answer->cached_tokens) read = *in_.answer->cached_tokens;
    if (in_.answer && in_.answer->cached_share) {
      read =
          static_cast<std::int64_t>(static_cast<double>(usage.prompt) * *in_.answer->cached_share);
    }
    if (in_.answer && in_.answer->cache_write_tokens) {
      write = *in_.answer->cache_write_tokens;
      write_long = in_.answer->cache_write_long_tokens;
    }
    usage.cached = std::min(read, usage.prompt);
    usage.cache_write = std::min(write, usage.prompt - usage.cached);
    usage.cache_write_long = std::min(write_long, usage.cache_write);
  }

  CompletionChoice compose_choice(std::int64_t& reasoning) {
    CompletionChoice choice;
    if (in_.answer == nullptr) {
      compose_default(choice);
    } else {
      compose_thoughts(*in_.answer, choice, reasoning);
      compose_answer(*in_.answer, choice);
    }
    limit(choice, reasoning);
    return choice;
  }

  std::string expanded(const std::string& text) const {
    return expand(text, [&](std::string_view name) { return in_.conversation.value_of(name); });
  }

  /// Thoughts that the client does not see count all the same.
  void compose_thoughts(const Answer& answer, CompletionChoice& choice, std::int64_t& reasoning) {
    if (in_.request.thoughts == Thoughts::off) return;
    auto thoughts = owned_tokens(expanded(answer.reasoning));
    reasoning = std::max(answer.reasoning_tokens, static_cast<std::int64_t>(thoughts.size()));
    choice.thought = !thoughts.empty();
    choice.redacted = choice.thought && answer.reasoning_redacted;
    const bool shown = in_.request.thoughts == Thoughts::shown && !choice.redacted;
    if (shown) choice.reasoning = std::move(thoughts);
  }

  void compose_default(CompletionChoice& choice) {
    const auto& request = in_.request;
    const auto tool =
        std::find_if(request.tools.begin(), request.tools.end(),
                     [&](const OfferedTool& offered) { return may_call(request, offered.name); });
    if (request.tool_choice == ToolChoice::required && tool != request.tools.end()) {
      add_call(choice, tool->name, json::serialize(tool_arguments(*tool)));
      return;
    }
    std::string text = "[headgate lab] No rule matched. You said: ";
    text += clipped(in_.conversation.value_of("last_user"), kEchoBytesMax);
    choice.content = owned_tokens(formatted(stopped(text, choice)));
  }

  static json::value tool_arguments(const OfferedTool& tool) {
    return tool.parameters.is_null() ? json::value(json::object())
                                     : schema_instance(tool.parameters);
  }

  void compose_answer(const Answer& answer, CompletionChoice& choice) {
    const Lookup lookup = [&](std::string_view name) { return in_.conversation.value_of(name); };
    if (!answer.refusal.empty()) {
      choice.is_refusal = true;
      choice.content = owned_tokens(expanded(answer.refusal));
    } else if (answer.json) {
      choice.content =
          owned_tokens(stopped(json::serialize(expand_all(*answer.json, lookup)), choice));
    } else if (!answer.texts.empty()) {
      const auto& text = answer.texts[random_.below(answer.texts.size())];
      choice.content = owned_tokens(formatted(stopped(expanded(text), choice)));
    }
    for (const auto& call : answer.tool_calls) {
      const auto arguments = expand_all(call.arguments, lookup);
      const auto* text = arguments.if_string();
      add_call(choice, call.name, text ? std::string(*text) : json::serialize(arguments));
      if (!in_.request.parallel_tool_calls) break;
    }
    if (answer.finish) choice.finish = *answer.finish;
  }

  /// Text that a request for JSON may get: its own where it is JSON, else a made-up instance.
  std::string formatted(std::string text) const {
    const auto format = in_.request.format;
    if (format == ReplyFormat::choice) return chosen(in_.request.schema, std::move(text));
    if (format == ReplyFormat::text || is_structured(text)) return text;
    if (in_.request.format == ReplyFormat::json_schema) {
      return json::serialize(schema_instance(in_.request.schema));
    }
    return json::serialize(json::object{{"answer", text}});
  }

  std::string stopped(std::string text, CompletionChoice& choice) const {
    for (const auto& stop : in_.request.stop) {
      const auto at = stop.empty() ? text.npos : text.find(stop);
      if (at == text.npos) continue;
      text.resize(at);
      choice.stop_sequence = stop;
    }
    return text;
  }

  void add_call(CompletionChoice& choice, const std::string& name, const std::string& arguments) {
    choice.calls.push_back({{}, name, owned_tokens(arguments)});
    choice.finish = FinishReason::tool_calls;
  }

  void limit(CompletionChoice& choice, std::int64_t& reasoning) {
    if (!in_.request.tokens_max) return;
    std::int64_t left = *in_.request.tokens_max;
    bool cut = reasoning > left;
    reasoning = std::min(reasoning, left);
    left -= reasoning;
    std::int64_t shown = reasoning;
    clip_tokens(choice.reasoning, shown, cut);
    choice.thought = choice.thought && reasoning > 0;
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
    if (cut) choice.finish = FinishReason::length;
  }

  const ComposeInput& in_;
  base::Random& random_;
  base::Random& ids_;
};

}  // namespace

Completion compose(const ComposeInput& input, base::Random& random, base::Random& ids) {
  return Composer(input, random, ids).compose();
}

}  // namespace headgate::lab
