#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "llm/gemini_wire/config.h"
#include "llm/gemini_wire/schema.h"

namespace headgate::llm::gemini {
namespace {

using chat::FormatKind;

class ConfigReader {
 public:
  ConfigReader(Reading& reading, chat::Request& out) : reading_(reading), out_(out) {}

  bool read() {
    if (!reading_.enter()) return false;
    std::string_view name;
    while (reading_.member(name)) {
      const std::string kept(name);
      const Reading::Step step(reading_, kept);
      if (!member(kept)) return false;
    }
    return !reading_.failed() && format();
  }

 private:
  bool member(const std::string& name);
  bool numbers(const std::string& name);
  bool stop();
  bool candidates();
  bool thinking();
  bool thinking_member(std::string_view name, chat::ReasoningWish& wish);
  bool format();

  Reading& reading_;
  chat::Request& out_;
  std::string mime_;
  std::string schema_;       // responseSchema, as written
  std::string json_schema_;  // responseJsonSchema
};

bool ConfigReader::member(const std::string& name) {
  if (name == "stopSequences") return stop();
  if (name == "candidateCount") return candidates();
  if (name == "maxOutputTokens") return reading_.integer(out_.output_tokens_max);
  if (name == "logprobs") return reading_.integer(out_.top_logprobs);
  if (name == "responseLogprobs") {
    bool value = false;
    if (!reading_.boolean(value)) return false;
    out_.logprobs = value;
    return true;
  }
  if (name == "responseMimeType") return reading_.string(mime_);
  if (name == "responseSchema") return reading_.raw(schema_);
  if (name == "responseJsonSchema") return reading_.raw(json_schema_);
  if (name == "thinkingConfig") return thinking();
  return numbers(name);
}

bool ConfigReader::numbers(const std::string& name) {
  struct Row {
    std::string_view name;
    std::string chat::Request::*target;
  };
  constexpr std::array<Row, 6> kRows{{{"temperature", &chat::Request::temperature},
                                      {"topP", &chat::Request::top_p},
                                      {"topK", &chat::Request::top_k},
                                      {"presencePenalty", &chat::Request::presence_penalty},
                                      {"frequencyPenalty", &chat::Request::frequency_penalty},
                                      {"seed", &chat::Request::seed}}};
  for (const Row& row : kRows) {
    if (row.name == name) return reading_.number(out_.*row.target);
  }
  return reading_.extra(out_.extras, "generationConfig.", name);
}

bool ConfigReader::stop() {
  out_.stop.clear();
  const bool is_array = reading_.cursor.kind() == base::json::Kind::array;
  if (!is_array) return reading_.string(out_.stop.emplace_back());
  if (!reading_.cursor.enter_array()) return false;
  while (reading_.cursor.next_element()) {
    if (!reading_.string(out_.stop.emplace_back())) return false;
  }
  return reading_.cursor.ok();
}

bool ConfigReader::candidates() {
  std::optional<std::int64_t> count;
  if (!reading_.integer(count)) return false;
  out_.candidates = *count;
  return *count >= 1 || reading_.reject("expected at least 1");
}

bool ConfigReader::thinking() {
  if (!reading_.enter()) return false;
  chat::ReasoningWish& wish = out_.reasoning.emplace();
  std::string_view name;
  while (reading_.member(name)) {
    const std::string kept(name);
    const Reading::Step step(reading_, kept);
    if (!thinking_member(kept, wish)) return false;
  }
  return !reading_.failed();
}

bool ConfigReader::thinking_member(std::string_view name, chat::ReasoningWish& wish) {
  if (name == "includeThoughts") {
    bool value = false;
    if (!reading_.boolean(value)) return false;
    wish.show = value;
    return true;
  }
  if (name == "thinkingBudget") {
    if (!reading_.integer(wish.budget_tokens)) return false;
    if (*wish.budget_tokens >= 0) return true;
    wish.budget_tokens.reset();  // -1: as much as the model thinks fit
    wish.mode = "adaptive";
    return true;
  }
  if (name != "thinkingLevel") {
    return reading_.extra(out_.extras, "generationConfig.thinkingConfig.", name);
  }
  std::string level;
  if (!reading_.string(level)) return false;
  level = base::to_lower(level);
  if (level != "thinking_level_unspecified") wish.effort = std::move(level);
  return true;
}

// The three members that say together what the answer shall look like.
bool ConfigReader::format() {
  const bool has_schema = !schema_.empty() || !json_schema_.empty();
  if (mime_.empty() && !has_schema) return true;
  if (mime_.empty() || mime_ == "application/json") {
    chat::OutputFormat& format = out_.format.emplace();
    format.kind = has_schema ? FormatKind::json_schema : FormatKind::json_object;
    format.schema = json_schema_.empty() && has_schema ? json_schema_of(schema_) : json_schema_;
    return true;
  }
  if (mime_ == "text/plain" && !has_schema) {
    out_.format.emplace();
    return true;
  }
  const auto keep = [&](std::string_view name, std::string json) {
    if (!json.empty()) out_.extras.push_back({"generationConfig." + std::string(name), json});
  };
  keep("responseMimeType", base::json_string(mime_));  // "text/x.enum", say
  keep("responseSchema", schema_);
  keep("responseJsonSchema", json_schema_);
  return true;
}

}  // namespace

bool read_config(Reading& reading, chat::Request& out) { return ConfigReader(reading, out).read(); }

}  // namespace headgate::llm::gemini
