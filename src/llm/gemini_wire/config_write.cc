#include <algorithm>
#include <array>
#include <charconv>

#include "llm/gemini_wire/config.h"
#include "llm/gemini_wire/part.h"
#include "llm/gemini_wire/schema.h"

namespace headgate::llm::gemini {
namespace {

using chat::FormatKind;
using chat::ReasoningWish;

constexpr std::string_view kPrefix = "generationConfig.";
constexpr std::string_view kThinkingPrefix = "generationConfig.thinkingConfig.";

class ConfigWriter {
 public:
  explicit ConfigWriter(Encoding& encoding)
      : e_(encoding), out_(encoding.out), request_(encoding.request) {}

  void write();

 private:
  void open() {
    if (!open_) out_.object("generationConfig");
    open_ = true;
  }
  void raw(std::string_view name, const std::string& json) {
    if (json.empty()) return;
    open();
    out_.member_raw(name, json);
  }
  void limits();
  void stop();
  void seed();
  void format();
  void schema(const chat::OutputFormat& format);
  void thinking();
  void level(const ReasoningWish& wish, std::string_view effort);
  void budget(const ReasoningWish& wish, std::string_view effort);
  std::int64_t bounded(std::int64_t tokens);
  Encoding& e_;
  base::json::Writer& out_;
  const chat::Request& request_;
  bool open_ = false;
};

void ConfigWriter::write() {
  limits();
  stop();
  raw("temperature", request_.temperature);
  raw("topP", request_.top_p);
  raw("topK", request_.top_k);
  raw("presencePenalty", request_.presence_penalty);
  raw("frequencyPenalty", request_.frequency_penalty);
  seed();
  format();
  thinking();
  if (e_.is_native()) {
    const auto ours = [](const chat::Extra& extra) { return extra.name.starts_with(kPrefix); };
    if (std::any_of(request_.extras.begin(), request_.extras.end(), ours)) open();
    write_extras(out_, request_.extras, kPrefix, {kThinkingPrefix});
  }
  if (open_) out_.end_object();
}

void ConfigWriter::limits() {
  const auto number = [&](std::string_view name, std::optional<std::int64_t> value) {
    if (!value) return;
    open();
    out_.member(name, *value);
  };
  number("maxOutputTokens", request_.output_tokens_max);
  if (request_.candidates != 1) number("candidateCount", request_.candidates);
  if (request_.logprobs) {
    open();
    out_.member("responseLogprobs", *request_.logprobs);
  }
  number("logprobs", request_.top_logprobs);
}

void ConfigWriter::stop() {
  constexpr std::size_t kStopMax = 5;
  if (request_.stop.empty()) return;
  open();
  out_.array("stopSequences");
  for (std::size_t i = 0; i < std::min(request_.stop.size(), kStopMax); ++i) {
    out_.string(request_.stop[i]);
  }
  out_.end_array();
  if (request_.stop.size() > kStopMax) {
    e_.meaning(e_.name(chat::Field::stop),
               "Gemini takes 5 stop sequences at most; the others are not looked for");
  }
}

void ConfigWriter::seed() {
  if (request_.seed.empty()) return;
  std::int32_t value = 0;
  const char* end = request_.seed.data() + request_.seed.size();
  const auto result = std::from_chars(request_.seed.data(), end, value);
  if (e_.is_native() || (result.ec == std::errc() && result.ptr == end)) {
    raw("seed", request_.seed);
  } else {
    e_.hint(e_.name(chat::Field::seed), "Gemini takes seeds of 32 bits");
  }
}

void ConfigWriter::format() {
  if (!request_.format) return;
  const chat::OutputFormat& format = *request_.format;
  open();
  const bool is_text = format.kind == FormatKind::text;
  out_.member("responseMimeType", is_text ? "text/plain" : "application/json");
  if (format.kind == FormatKind::json_schema && !format.schema.empty()) schema(format);
}

void ConfigWriter::schema(const chat::OutputFormat& format) {
  const std::string field = e_.name(chat::Field::format);
  std::vector<std::string> dropped;
  out_.member_raw("responseJsonSchema", supported_schema(format.schema, dropped));
  for (const std::string& keyword : dropped) {
    e_.hint(field + ".schema", "Gemini's schemas have no '" + keyword + "'");
  }
  if (!format.description.empty()) {
    e_.hint(field + ".description", "Gemini's response schemas have none beside their own");
  }
}

void ConfigWriter::thinking() {
  if (!request_.reasoning) return;
  const ReasoningWish& wish = *request_.reasoning;
  const ModelTraits traits = traits_of(e_.target.model);
  if (!traits.thinks && !e_.is_native()) {
    const bool off = wish.effort == "none" || wish.mode == "disabled" || wish.budget_tokens == 0;
    if (!off) e_.hint(e_.name(chat::Field::reasoning), "the model does not think");
    return;
  }
  open();
  out_.object("thinkingConfig");
  const bool show = wish.show.value_or(!wish.summary.empty());
  if (wish.show || show) out_.member("includeThoughts", show);
  if (wish.mode == "between_tools")
    e_.hint(e_.name(chat::Field::reasoning), "Gemini decides when it thinks");
  const std::string_view effort = wish.mode == "disabled" ? "none" : std::string_view(wish.effort);
  if (traits.by_level && !effort.empty()) {
    level(wish, effort);
  } else {
    budget(wish, effort);
  }
  if (e_.is_native()) write_extras(out_, request_.extras, kThinkingPrefix);
  out_.end_object();
}

void ConfigWriter::level(const ReasoningWish& wish, std::string_view effort) {
  constexpr std::array<std::string_view, 4> kLevels = {"minimal", "low", "medium", "high"};
  const bool is_pro = traits_of(e_.target.model).is_pro && !e_.is_native();
  std::string_view level = effort;
  if (effort == "none" || effort == "minimal") level = is_pro ? "low" : "minimal";
  if (effort == "xhigh" || effort == "max") level = "high";
  const bool known = std::find(kLevels.begin(), kLevels.end(), level) != kLevels.end();
  std::string upper(known || e_.is_native() ? level : "high");
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  out_.member("thinkingLevel", upper);
  if (level != effort || !known) {
    e_.hint(e_.name(chat::Field::reasoning), "the nearest that the model has is " + upper);
  }
  if (wish.budget_tokens && *wish.budget_tokens > 0) {
    e_.hint(e_.name(chat::Field::reasoning),
            "Gemini takes a level or a budget, and the level went");
  }
}

void ConfigWriter::budget(const ReasoningWish& wish, std::string_view effort) {
  struct Row {
    std::string_view effort;
    std::int64_t tokens;
  };
  // As Google's own OpenAI endpoint counts them.
  constexpr std::array<Row, 7> kRows{{{"none", 0},
                                      {"minimal", 1024},
                                      {"low", 1024},
                                      {"medium", 8192},
                                      {"high", 24576},
                                      {"xhigh", 24576},
                                      {"max", 24576}}};
  if (wish.budget_tokens) {
    out_.member("thinkingBudget", bounded(*wish.budget_tokens));
    return;
  }
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.effort == effort; });
  if (row != kRows.end()) {
    out_.member("thinkingBudget", bounded(row->tokens));
  } else if (wish.mode == "adaptive") {
    out_.member("thinkingBudget", -1);
  }
  if (effort == "xhigh" || effort == "max")
    e_.hint(e_.name(chat::Field::reasoning), "the most is 24576 tokens");
}

// What the model takes, nearest to what was asked for.
std::int64_t ConfigWriter::bounded(std::int64_t tokens) {
  if (e_.is_native()) return tokens;
  const ModelTraits traits = traits_of(e_.target.model);
  const std::int64_t least = traits.is_pro ? 128 : 0;
  const std::int64_t most = traits.is_pro || traits.by_level ? 32768 : 24576;
  const std::int64_t taken = std::clamp(tokens, least, most);
  if (taken != tokens) {
    e_.hint(e_.name(chat::Field::reasoning),
            "the nearest budget that the model takes is " + std::to_string(taken));
  }
  return taken;
}

}  // namespace

void write_config(Encoding& encoding) { ConfigWriter(encoding).write(); }

}  // namespace headgate::llm::gemini
