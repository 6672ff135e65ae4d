#include "lab/script/script_reader.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "lab/openai/moderations.h"
#include "lab/script/fault_reader.h"
#include "lab/script/template.h"
#include "lab/script/values.h"

namespace headgate::lab {
namespace {

namespace json = boost::json;
using base::config::Node;

constexpr Bounds kMilliseconds{0, 3'600'000};
constexpr Bounds kTokens{0, 1'000'000};
constexpr Bounds kCount{1, 1e9};
constexpr Bounds kShare{0, 1};

class ScriptReader {
 public:
  explicit ScriptReader(Problems& problems) : problems_(problems) {}

  Script read(const Cursor& root);

 private:
  void read_models(const Cursor& at, Script& script);
  void read_keys(const Cursor& at, Script& script);
  void read_captures(const Cursor& at, Script& script);
  void read_moderation(const Cursor& at, Script& script);
  Rule read_rule(const Cursor& at);
  Match read_match(const Cursor& at);
  void read_match_texts(std::string_view key, const Cursor& value, Match& match);
  void read_match_numbers(std::string_view key, const Cursor& value, Match& match);
  Answer read_answer(const Cursor& at);
  void read_answer_value(std::string_view key, const Cursor& value, Answer& answer);
  void read_usage(const Cursor& at, Answer& answer);
  ScriptedCall read_call(const Cursor& at);
  Delay read_delay(const Cursor& at);
  Timing read_timing(const Cursor& at);
  std::vector<std::int64_t> read_counts(const Cursor& at);
  std::vector<std::string> read_choices(const Cursor& at,
                                        std::initializer_list<std::string_view> known);
  FinishReason read_finish(const Cursor& at);
  void check_name(const Cursor& at, const std::string& name);
  void check_templates(const Cursor& at, std::string_view text);
  void check_templates(const Cursor& at, const json::value& value);

  Problems& problems_;
  std::vector<std::string> names_{"last_user", "model", "turn"};  // that templates may use
};

Script ScriptReader::read(const Cursor& root) {
  Script script = default_script();
  // Captures first, wherever they stand: rules refer to them.
  if (const Cursor captures = root["captures"]; captures.present()) read_captures(captures, script);
  each_entry(
      root, problems_,
      {"models", "keys", "captures", "delay", "prompt_cache", "obfuscation", "moderation", "rules"},
      [&](std::string_view key, const Cursor& value) {
        if (key == "models") read_models(value, script);
        if (key == "keys") read_keys(value, script);
        if (key == "delay") script.delay = read_delay(value);
        if (key == "moderation") read_moderation(value, script);
        if (key == "prompt_cache") script.prompt_cache = read_bool(value, problems_).value_or(true);
        if (key == "obfuscation") script.obfuscation = read_bool(value, problems_).value_or(false);
        if (key == "rules") {
          each_item(value, problems_,
                    [&](const Cursor& item) { script.rules.push_back(read_rule(item)); });
        }
      });
  return script;
}

void ScriptReader::read_models(const Cursor& at, Script& script) {
  script.models.clear();
  each_item(at, problems_, [&](const Cursor& item) {
    ServedModel model;
    if (item.present() && item.node().kind != Node::Kind::map) {
      model.id = read_text(item, problems_);
    } else {
      each_entry(item, problems_, {"id", "owned_by", "created"},
                 [&](std::string_view key, const Cursor& value) {
                   if (key == "id") model.id = read_text(value, problems_);
                   if (key == "owned_by") model.owned_by = read_text(value, problems_);
                   if (key == "created") {
                     model.created = read_integer(value, problems_, {0, 1e11}).value_or(0);
                   }
                 });
      if (!item["id"].present()) problems_.add(item, "needs an 'id'");
    }
    script.models.push_back(std::move(model));
  });
}

void ScriptReader::read_keys(const Cursor& at, Script& script) {
  each_item(at, problems_, [&](const Cursor& item) {
    auto key = base::SecretRef::parse(read_text(item, problems_));
    if (key) {
      script.keys.push_back(*std::move(key));
    } else {
      problems_.add(item, key.error().detail);
    }
  });
}

void ScriptReader::read_captures(const Cursor& at, Script& script) {
  each_pair(at, problems_, [&](const std::string& name, const Cursor& value) {
    Capture capture{name, read_text(value, problems_)};
    const auto problem = pattern_problem(capture.pattern);
    if (!capture.pattern.empty() && !problem.empty()) problems_.add(value, problem);
    names_.push_back(name);
    script.captures.push_back(std::move(capture));
  });
}

void ScriptReader::read_moderation(const Cursor& at, Script& script) {
  const auto known = openai::moderation_categories();
  each_pair(at, problems_, [&](const std::string& name, const Cursor& value) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problems_.add_unknown(value.key_place(), "is no category", name, known);
    }
    script.moderation.emplace_back(name, read_texts(value, problems_));
  });
}

Rule ScriptReader::read_rule(const Cursor& at) {
  Rule rule;
  each_entry(at, problems_, {"name", "match", "answer", "fault", "delay"},
             [&](std::string_view key, const Cursor& value) {
               if (key == "name") rule.name = read_text(value, problems_);
               if (key == "match") rule.match = read_match(value);
               if (key == "answer") rule.answer = read_answer(value);
               if (key == "fault") rule.fault = read_fault(value, problems_);
               if (key == "delay") rule.delay = read_delay(value);
             });
  if (!rule.answer && !rule.fault && !rule.delay) {
    problems_.add(at, "needs an 'answer', a 'fault' or a 'delay'");
  }
  return rule;
}

Match ScriptReader::read_match(const Cursor& at) {
  Match match;
  each_entry(at, problems_,
             {"model", "user_contains", "system_contains", "any_contains", "tool_result_contains",
              "has_tool", "last_role", "captured", "header", "turn", "nth", "every", "stream",
              "share", "dialect", "endpoint"},
             [&](std::string_view key, const Cursor& value) {
               read_match_texts(key, value, match);
               read_match_numbers(key, value, match);
               if (key != "header") return;
               each_pair(value, problems_, [&](const std::string& name, const Cursor& wanted) {
                 match.header.emplace_back(name, read_text(wanted, problems_));
               });
             });
  return match;
}

void ScriptReader::read_match_texts(std::string_view key, const Cursor& value, Match& match) {
  if (key == "model") match.model = read_texts(value, problems_);
  if (key == "user_contains") match.user_contains = read_texts(value, problems_);
  if (key == "system_contains") match.system_contains = read_texts(value, problems_);
  if (key == "any_contains") match.any_contains = read_texts(value, problems_);
  if (key == "tool_result_contains") match.tool_result_contains = read_texts(value, problems_);
  if (key == "dialect") {
    match.dialect = read_choices(value, {"openai", "responses", "anthropic", "gemini"});
  }
  if (key == "endpoint") {
    match.endpoint = read_choices(value, {"generate", "count_tokens", "embeddings", "moderations"});
  }
  if (key == "has_tool") match.has_tool = read_texts(value, problems_);
  if (key == "last_role") {
    match.last_role = read_choices(value, {"user", "assistant", "tool", "system", "developer"});
  }
  if (key == "captured") {
    match.captured = read_texts(value, problems_);
    for (const auto& name : match.captured) check_name(value, name);
  }
}

void ScriptReader::read_match_numbers(std::string_view key, const Cursor& value, Match& match) {
  if (key == "turn") match.turn = read_counts(value);
  if (key == "nth") match.nth = read_counts(value);
  if (key == "every") match.every = read_integer(value, problems_, kCount).value_or(0);
  if (key == "stream") match.stream = read_bool(value, problems_);
  if (key == "share") match.share = read_number(value, problems_, kShare).value_or(1);
}

Answer ScriptReader::read_answer(const Cursor& at) {
  Answer answer;
  if (at.present() && at.node().kind == Node::Kind::scalar) {
    read_answer_value("text", at, answer);
    return answer;
  }
  each_entry(
      at, problems_,
      {"text", "refusal", "json", "tool_calls", "finish_reason", "reasoning", "reasoning_redacted",
       "reasoning_tokens", "usage"},
      [&](std::string_view key, const Cursor& value) { read_answer_value(key, value, answer); });
  const int contents = at["text"].present() + at["refusal"].present() + at["json"].present();
  if (contents > 1) problems_.add(at, "has more than one of 'text', 'refusal' and 'json'");
  if (contents == 0 && !at["tool_calls"].present()) {
    problems_.add(at, "needs 'text', 'refusal', 'json' or 'tool_calls'");
  }
  return answer;
}

void ScriptReader::read_answer_value(std::string_view key, const Cursor& value, Answer& answer) {
  if (key == "text") {
    answer.texts = read_texts(value, problems_);
    for (const auto& text : answer.texts) check_templates(value, text);
  }
  if (key == "refusal") {
    answer.refusal = read_text(value, problems_);
    check_templates(value, answer.refusal);
  }
  if (key == "json") {
    answer.json = read_json(value, problems_);
    check_templates(value, *answer.json);
  }
  if (key == "tool_calls") {
    each_item(value, problems_,
              [&](const Cursor& item) { answer.tool_calls.push_back(read_call(item)); });
  }
  if (key == "reasoning") {
    answer.reasoning = read_text(value, problems_);
    check_templates(value, answer.reasoning);
  }
  if (key == "finish_reason") answer.finish = read_finish(value);
  if (key == "reasoning_redacted") {
    answer.reasoning_redacted = read_bool(value, problems_).value_or(false);
  }
  if (key == "reasoning_tokens") {
    answer.reasoning_tokens = read_integer(value, problems_, kTokens).value_or(0);
  }
  if (key == "usage") read_usage(value, answer);
}

FinishReason ScriptReader::read_finish(const Cursor& at) {
  const std::string text =
      read_choice(at, problems_,
                  {"stop", "length", "tool_calls", "content_filter", "function_call", "pause",
                   "context_window", "recitation", "blocklist", "prohibited_content", "spii",
                   "malformed_function_call", "prompt_blocked", "other"});
  for (int i = 0; i <= static_cast<int>(FinishReason::other); ++i) {
    if (finish_name(static_cast<FinishReason>(i)) == text) return static_cast<FinishReason>(i);
  }
  return FinishReason::stop;
}

void ScriptReader::read_usage(const Cursor& at, Answer& answer) {
  each_entry(at, problems_,
             {"cached_tokens", "cached_share", "cache_write_tokens", "cache_write_long_tokens"},
             [&](std::string_view key, const Cursor& value) {
               if (key == "cached_share") {
                 answer.cached_share = read_number(value, problems_, kShare);
                 return;
               }
               const auto tokens = read_integer(value, problems_, kTokens);
               if (key == "cached_tokens") answer.cached_tokens = tokens;
               if (key == "cache_write_tokens") answer.cache_write_tokens = tokens;
               if (key == "cache_write_long_tokens")
                 answer.cache_write_long_tokens = tokens.value_or(0);
             });
  if (at["cache_write_long_tokens"].present() && !at["cache_write_tokens"].present()) {
    problems_.add(at, "'cache_write_long_tokens' is a part of 'cache_write_tokens': give both");
  }
}

ScriptedCall ScriptReader::read_call(const Cursor& at) {
  ScriptedCall call;
  call.arguments = json::object();
  each_entry(at, problems_, {"name", "arguments"}, [&](std::string_view key, const Cursor& value) {
    if (key == "name") {
      call.name = read_text(value, problems_);
      return;
    }
    // A text is sent as it stands, so that broken arguments can be scripted too.
    const bool verbatim = value.present() && value.node().kind == Node::Kind::scalar;
    call.arguments = verbatim ? json::value(value.node().text) : read_json(value, problems_);
    if (call.arguments.is_array()) problems_.add(value, "must be a map, or the exact text to send");
    check_templates(value, call.arguments);
  });
  if (!at["name"].present()) problems_.add(at, "needs a 'name'");
  return call;
}

Delay ScriptReader::read_delay(const Cursor& at) {
  Delay delay;
  each_entry(at, problems_, {"head_ms", "first_token_ms", "per_token_ms", "tokens_per_chunk"},
             [&](std::string_view key, const Cursor& value) {
               if (key == "head_ms") delay.head = read_timing(value);
               if (key == "first_token_ms") delay.first_token = read_timing(value);
               if (key == "per_token_ms") delay.per_token = read_timing(value);
               if (key == "tokens_per_chunk") {
                 const auto count = read_integer(value, problems_, {1, 10'000});
                 delay.tokens_per_chunk = static_cast<int>(count.value_or(1));
               }
             });
  return delay;
}

Timing ScriptReader::read_timing(const Cursor& at) {
  Timing timing;
  if (at.present() && at.node().kind != Node::Kind::map) {
    timing.p50_ms = read_number(at, problems_, kMilliseconds).value_or(0);
    timing.p95_ms = timing.p50_ms;
    return timing;
  }
  each_entry(at, problems_, {"p50", "p95"}, [&](std::string_view key, const Cursor& value) {
    const double ms = read_number(value, problems_, kMilliseconds).value_or(0);
    (key == "p50" ? timing.p50_ms : timing.p95_ms) = ms;
  });
  if (timing.p50_ms <= 0 || timing.p95_ms < timing.p50_ms) {
    problems_.add(at, "needs 0 < p50 <= p95");
  }
  return timing;
}

std::vector<std::int64_t> ScriptReader::read_counts(const Cursor& at) {
  std::vector<std::int64_t> counts;
  const auto read = [&](const Cursor& item) {
    const auto count = read_integer(item, problems_, kCount);
    if (count) counts.push_back(*count);
  };
  if (at.present() && at.node().kind == Node::Kind::list) {
    each_item(at, problems_, read);
  } else {
    read(at);
  }
  return counts;
}

std::vector<std::string> ScriptReader::read_choices(const Cursor& at,
                                                    std::initializer_list<std::string_view> known) {
  std::vector<std::string> choices;
  const auto read = [&](const Cursor& item) {
    choices.push_back(read_choice(item, problems_, known));
  };
  if (at.present() && at.node().kind == Node::Kind::list) {
    each_item(at, problems_, read);
  } else {
    read(at);
  }
  return choices;
}

void ScriptReader::check_name(const Cursor& at, const std::string& name) {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
  problems_.add_unknown(at, fmt::format("'{}' is captured nowhere", name), name, names_);
}

void ScriptReader::check_templates(const Cursor& at, std::string_view text) {
  for (const auto& name : template_names(text)) check_name(at, name);
}

void ScriptReader::check_templates(const Cursor& at, const json::value& value) {
  if (const auto* text = value.if_string()) check_templates(at, std::string_view(*text));
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) check_templates(at, item);
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [key, item] : *object) check_templates(at, item);
  }
}

std::string all_of(Problems& problems, const std::string& file) {
  problems.sort();
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + problem.text(file);
  return text;
}

}  // namespace

Script default_script() {
  Script script;
  for (const auto* id :
       {"gpt-4o", "gpt-4o-mini", "text-embedding-3-small", "text-embedding-3-large",
        "omni-moderation-latest", "claude-*", "gemini-*"}) {
    script.models.push_back({.id = id});
  }
  return script;
}

base::Result<Script> read_script(std::string_view yaml, const std::string& file) {
  Problems problems;
  const Node root = base::config::parse_yaml(yaml, problems);
  Script script = default_script();
  if (problems.empty()) script = ScriptReader(problems).read(Cursor(root));
  if (problems.empty()) return script;
  return base::fail(base::Errc::config_invalid, all_of(problems, file));
}

}  // namespace headgate::lab
