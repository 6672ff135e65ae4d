#include "llm/anthropic/answer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "llm/anthropic/blocks.h"
#include "llm/anthropic/errors.h"
#include "llm/anthropic/usage.h"

namespace headgate::llm::anthropic {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using base::json::Writer;
using chat::StopReason;

namespace {

struct Word {
  std::string_view word;
  StopReason reason;
};

// The first word of a reason is the one that is written for it.
constexpr std::array<Word, 8> kWords = {{{"end_turn", StopReason::stop},
                                         {"max_tokens", StopReason::length},
                                         {"stop_sequence", StopReason::stop_sequence},
                                         {"tool_use", StopReason::tool_calls},
                                         {"pause_turn", StopReason::pause},
                                         {"refusal", StopReason::refusal},
                                         {"model_context_window_exceeded", StopReason::context},
                                         {"compaction", StopReason::pause}}};

base::Error malformed(std::string what) {
  return base::fail(Errc::upstream_malformed,
                    "the provider's answer is no message: " + std::move(what));
}

// Reads one message.
class Reader {
 public:
  Reader(std::string_view body, const chat::Limits& limits)
      : body_(body), limits_(limits), cursor_(body, limits.depth_max) {
    answer_.origin = chat::Dialect::anthropic;
  }

  base::Result<chat::Answer> run() {
    std::string_view key;
    bool ok = cursor_.enter_object();
    while (ok && cursor_.next_key(key)) ok = member(key);
    if (wrong_) return malformed(*std::move(wrong_));
    if (!cursor_.finish()) return malformed(cursor_.error().detail);
    if (error_) {
      const std::string& type = error_->type.empty() ? std::string("an error") : error_->type;
      return base::fail(Errc::upstream_status,
                        "the provider answered with " + type + ": " + error_->message);
    }
    if (!has_content_) return malformed("it has neither 'content' nor 'error'");
    answer_.candidates.push_back(std::move(candidate_));
    return std::move(answer_);
  }

 private:
  bool member(std::string_view key) {
    if (key == "content") return content();
    if (key == "id") return text(answer_.id);
    if (key == "model") return text(answer_.model);
    if (key == "type" || key == "role") return cursor_.skip();
    if (key == "stop_sequence") return text(candidate_.stop_sequence);
    if (key == "stop_reason") {
      if (!text(candidate_.stop_native)) return false;
      if (!candidate_.stop_native.empty()) candidate_.stop = stop_reason(candidate_.stop_native);
      return true;
    }
    if (key == "usage") return read_usage(cursor_, answer_.usage);
    if (key == "error" && cursor_.kind() != Kind::null) {
      return read_error(cursor_, error_.emplace());
    }
    chat::Extras& extras = key == "stop_details" ? candidate_.extras : answer_.extras;
    std::string name = base::json::member_name(cursor_, body_);
    if (!cursor_.skip()) return false;
    if (cursor_.value_text() != "null") {
      extras.push_back({std::move(name), std::string(cursor_.value_text())});
    }
    return true;
  }

  bool text(std::string& out) {
    Text value;
    if (cursor_.maybe_string(value)) out = value.decode();
    return cursor_.ok();
  }

  bool content() {
    if (!cursor_.enter_array()) return false;
    has_content_ = true;
    candidate_.parts.clear();
    while (cursor_.next_element()) {
      if (candidate_.parts.size() == limits_.parts_max) return reject("", {"", "too many blocks"});
      const std::string at = "content[" + std::to_string(candidate_.parts.size()) + "]";
      Members block;
      if (!block.read(cursor_, body_)) return false;
      if (const auto wrong = read_part(block, limits_, candidate_.parts.emplace_back())) {
        return reject(at, *wrong);
      }
    }
    return cursor_.ok();
  }

  bool reject(const std::string& at, const Wrong& wrong) {
    wrong_ = at + (wrong.where.empty() ? "" : ".") + wrong.where + ": " + wrong.what;
    return false;
  }

  std::string_view body_;
  const chat::Limits& limits_;
  Cursor cursor_;
  chat::Answer answer_;
  chat::Candidate candidate_;
  bool has_content_ = false;
  std::optional<chat::ProviderError> error_;
  std::optional<std::string> wrong_;
};

void write_text(Writer& out, std::string_view text, std::string_view annotations) {
  out.begin_object();
  out.member("type", "text");
  out.member("text", text);
  if (!annotations.empty()) {
    std::size_t others = 0;
    const auto known = citations_in(annotations, others);
    if (!known.empty() && others == 0) {
      out.member_raw("citations", annotations);
    } else if (!known.empty()) {
      out.array("citations");
      for (const std::string_view citation : known) out.raw(citation);
      out.end_array();
    }
  }
}

void write_reasoning(Writer& out, const chat::Reasoning& reasoning) {
  out.begin_object();
  if (reasoning.redacted) {
    out.member("type", "redacted_thinking");
    out.member("data", signature_text(reasoning));
    return;
  }
  out.member("type", "thinking");
  out.member("thinking", reasoning.text);
  out.member("signature", signature_text(reasoning));
}

void write_call(Writer& out, const chat::ToolCall& call) {
  out.begin_object();
  out.member("type", "tool_use");
  out.member("id", wire_name(call.id));
  out.member("name", wire_name(call.name));
  out.key("input");
  write_input(out, call);
}

// False: the part has no place in a message.
bool write_block(Writer& out, const chat::Part& part) {
  if (const auto* text = part.as<chat::Text>()) {
    // Sent back by a client, an empty text would be refused.
    if (text->text.empty()) return false;
    write_text(out, text->text, text->annotations);
  } else if (const auto* refusal = part.as<chat::Refusal>()) {
    if (refusal->text.empty()) return false;
    write_text(out, refusal->text, {});
  } else if (const auto* reasoning = part.as<chat::Reasoning>()) {
    if (reasoning->text.empty() && reasoning->signature.empty()) return false;
    write_reasoning(out, *reasoning);
  } else if (const auto* call = part.as<chat::ToolCall>()) {
    write_call(out, *call);
  } else {
    return false;
  }
  return true;
}

void write_content(Writer& out, const chat::Candidate& candidate, bool own) {
  out.array("content");
  for (const chat::Part& part : candidate.parts) {
    const auto* opaque = part.as<chat::Opaque>();
    if (opaque != nullptr) {
      if (opaque->origin == chat::Dialect::anthropic && opaque->json.starts_with('{')) {
        out.raw(opaque->json);
      }
      continue;
    }
    if (!write_block(out, part)) continue;
    for (const chat::Extra& extra : part.extras) {
      if (own) out.member_raw(extra.name, extra.json);
    }
    out.end_object();
  }
  out.end_array();
}

// Of a refusal in words: they explain it.
void write_stop_details(Writer& out, std::string_view refusal) {
  if (refusal.empty()) {
    out.member_null("stop_details");
    return;
  }
  out.object("stop_details");
  out.member("type", "refusal");
  out.member_null("category");
  out.member("explanation", refusal);
  out.end_object();
}

void write_stop(Writer& out, const chat::Candidate& candidate, bool own) {
  bool has_calls = false;
  std::string_view refusal;
  for (const chat::Part& part : candidate.parts) {
    has_calls = has_calls || part.as<chat::ToolCall>() != nullptr;
    if (const auto* words = part.as<chat::Refusal>()) refusal = words->text;
  }
  const bool refused = candidate.stop == StopReason::stop && !refusal.empty();
  std::string_view word =
      stop_word(refused ? StopReason::refusal : candidate.stop, candidate.stop_native, has_calls);
  if (own && !candidate.stop_native.empty()) word = candidate.stop_native;
  out.member("stop_reason", word);
  if (candidate.stop_sequence.empty()) {
    out.member_null("stop_sequence");
  } else {
    out.member("stop_sequence", candidate.stop_sequence);
  }
  const bool has_details = own && !candidate.extras.empty();
  if (!has_details) write_stop_details(out, word == "refusal" ? refusal : std::string_view());
  for (const chat::Extra& extra : candidate.extras) {
    if (own) out.member_raw(extra.name, extra.json);
  }
}

void write_limit(Writer& out, std::string_view name, const std::optional<std::int64_t>& tokens) {
  if (tokens) {
    out.member(name, *tokens);
  } else {
    out.member_null(name);
  }
}

// "2023-11-14T22:13:20Z"
std::string rfc3339(std::int64_t seconds) {
  using std::chrono::days;
  const std::chrono::sys_seconds time{std::chrono::seconds(std::max<std::int64_t>(0, seconds))};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[48];
  const int size = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return std::string(text, static_cast<std::size_t>(size));
}

void write_model(Writer& out, const ModelEntry& model) {
  out.begin_object();
  out.member("type", "model");
  out.member("id", model.id);
  out.member("display_name", model.display_name.empty() ? model.id : model.display_name);
  out.member("created_at", rfc3339(model.created_s));
  write_limit(out, "max_input_tokens", model.input_tokens_max);
  write_limit(out, "max_tokens", model.output_tokens_max);
  out.member("lifecycle", "active");
  out.member_null("capabilities");
  out.member_null("line");
  out.member_null("deprecated_at");
  out.member_null("retires_at");
  out.end_object();
}

void write_id(Writer& out, std::string_view name, std::span<const ModelEntry> models, bool last) {
  if (models.empty()) {
    out.member_null(name);
  } else {
    out.member(name, last ? models.back().id : models.front().id);
  }
}

}  // namespace

base::Result<chat::Answer> decode_answer(std::string_view body, const chat::Limits& limits) {
  return Reader(body, limits).run();
}

std::string encode_answer(const chat::Answer& answer, const chat::AnswerContext& context) {
  const bool own = answer.origin == chat::Dialect::anthropic;
  static const chat::Candidate kNone;
  const chat::Candidate& candidate = answer.candidates.empty() ? kNone : answer.candidates.front();
  std::string json;
  Writer out(json);
  out.begin_object();
  out.member("id", context.id.empty() ? message_id(answer.id) : std::string(context.id));
  out.member("type", "message");
  out.member("role", "assistant");
  out.member("model", answer.model);
  write_content(out, candidate, own);
  write_stop(out, candidate, own);
  out.key("usage");
  write_usage(out, answer.usage.value_or(base::Usage{}));
  for (const chat::Extra& extra : answer.extras) {
    if (own) out.member_raw(extra.name, extra.json);
  }
  out.end_object();
  return json;
}

StopReason stop_reason(std::string_view word) {
  const auto* row =
      std::find_if(kWords.begin(), kWords.end(), [word](const Word& w) { return w.word == word; });
  return row == kWords.end() ? StopReason::other : row->reason;
}

std::string_view stop_word(StopReason reason, std::string_view native, bool has_calls) {
  if (reason == StopReason::stop || reason == StopReason::tool_calls) {
    return has_calls ? "tool_use" : "end_turn";
  }
  if (reason == StopReason::content_filter) return "refusal";
  // A call that broke off is, to a client, an answer that was cut.
  if (reason == StopReason::malformed) return "max_tokens";
  std::string_view first = "end_turn";
  for (auto row = kWords.rbegin(); row != kWords.rend(); ++row) {
    if (row->reason != reason) continue;
    if (row->word == native) return row->word;
    first = row->word;
  }
  return first;
}

std::string message_id(std::string_view id) {
  constexpr std::string_view kPrefix = "msg_";
  if (id.starts_with(kPrefix)) return std::string(id);
  std::string out(kPrefix);
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += plain ? c : '_';
  }
  return id.empty() ? out + "0" : out;
}

std::string count_answer(std::int64_t input_tokens) {
  return "{\"input_tokens\":" + std::to_string(input_tokens) + "}";
}

base::Result<std::int64_t> read_count_answer(std::string_view body) {
  Cursor cursor(body);
  std::optional<std::int64_t> count;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "input_tokens") count = cursor.maybe_integer();
  }
  if (!cursor.finish() || !count || *count < 0) {
    return base::fail(Errc::upstream_malformed, "the provider's answer is no count of tokens");
  }
  return *count;
}

std::string model_body(const ModelEntry& model) {
  std::string json;
  Writer out(json);
  write_model(out, model);
  return json;
}

std::string models_body(std::span<const ModelEntry> models) {
  std::string json;
  Writer out(json);
  out.begin_object();
  out.array("data");
  for (const ModelEntry& model : models) write_model(out, model);
  out.end_array();
  out.member("has_more", false);
  write_id(out, "first_id", models, false);
  write_id(out, "last_id", models, true);
  out.end_object();
  return json;
}

}  // namespace headgate::llm::anthropic
