#include "llm/openai_chat/answer.h"

#include <algorithm>
#include <utility>

#include "base/json/writer.h"
#include "llm/openai/chat_response.h"
#include "llm/openai/chat_usage.h"
#include "llm/openai_chat/message.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {
namespace {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using base::json::Writer;
using chat::Dialect;
using chat::Part;

constexpr std::string_view kNoCompletion = "the provider's answer is no chat completion: ";

// Reads one answer. A read function returns false when the cursor failed or error_ was set.
class AnswerReader {
 public:
  AnswerReader(std::string_view body, const chat::Limits& limits)
      : limits_(limits),
        cursor_(body, limits.depth_max),
        messages_(body, cursor_, limits, error_) {}

  base::Result<chat::Answer> run();

 private:
  struct Choice {
    std::int64_t index = 0;
    std::string finish_reason;
    MessagePieces message;
    chat::Candidate candidate;
  };

  bool member(std::string_view key);
  bool choices();
  bool choice(const Place& at);
  bool choice_member(const Place& at, std::string_view key, Choice& choice);
  bool logprobs(chat::Candidate& candidate);
  bool extra(chat::Extras& extras);
  void put_together();
  void fill(Choice& choice, std::size_t number);
  void text(std::string& out);

  const chat::Limits& limits_;
  Cursor cursor_;
  std::optional<base::Error> error_;
  MessageReader messages_;
  chat::Answer answer_;
  base::ServiceTier tier_ = base::ServiceTier::standard;
  std::optional<chat::ProviderError> failed_;
  std::optional<base::Usage> usage_of_choice_;  // counts where the answer has none
  bool has_choices_ = false;
  std::vector<Choice> choices_;
};

Part audio_of(std::string_view json) {
  chat::Media media;
  media.kind = chat::MediaKind::audio;
  Part part;
  Cursor cursor(json);
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    Text value;
    std::string* out = key == "data" ? &media.data : key == "id" ? &media.file_id : nullptr;
    if (out == nullptr) {
      const std::string name = cursor.key_decoded();
      if (cursor.skip()) keep(part.extras, "audio.", name, cursor.value_text());
    } else if (cursor.maybe_string(value)) {
      *out = value.decode();
    }
  }
  part.value = std::move(media);
  return part;
}

void annotate(chat::Candidate& candidate, std::string_view annotations) {
  for (Part& part : candidate.parts) {
    if (auto* text = part.as<chat::Text>()) {
      text->annotations = annotations;
      return;
    }
  }
  keep(candidate.extras, "message.", "annotations", annotations);
}

bool AnswerReader::extra(chat::Extras& extras) {
  const std::string key = cursor_.key_decoded();
  if (!cursor_.skip()) return false;
  keep(extras, {}, key, cursor_.value_text());
  return true;
}

void AnswerReader::text(std::string& out) {
  Text value;
  if (cursor_.maybe_string(value)) out = value.decode();
}

bool AnswerReader::member(std::string_view key) {
  if (key == "choices") return choices();
  if (key == "id") {
    text(answer_.id);
  } else if (key == "model") {
    text(answer_.model);
  } else if (key == "created") {
    answer_.created_s = cursor_.maybe_integer().value_or(0);
  } else if (key == "usage") {
    openai::read_usage(cursor_, answer_.usage);
  } else if (key == "error") {
    openai::read_error(cursor_, failed_);
  } else if (key == "service_tier") {
    Text tier;
    if (cursor_.maybe_string(tier)) {
      tier_ = openai::tier_of(tier.decode());
      keep(answer_.extras, {}, "service_tier", cursor_.value_text());
    }
  } else if (key != "object") {
    return extra(answer_.extras);
  }
  return cursor_.ok();
}

bool AnswerReader::choices() {
  has_choices_ = cursor_.kind() == Kind::array;
  if (!has_choices_) return cursor_.skip();
  choices_.clear();
  const Place list{nullptr, "choices"};
  cursor_.enter_array();
  while (cursor_.next_element()) {
    if (choices_.size() == limits_.candidates_max) return cursor_.reject("fewer choices");
    if (!choice(list.at(choices_.size()))) return false;
  }
  return cursor_.ok();
}

bool AnswerReader::choice(const Place& at) {
  if (!cursor_.enter_object()) return false;
  Choice& choice = choices_.emplace_back();
  choice.index = static_cast<std::int64_t>(at.index);
  std::string_view key;
  while (cursor_.next_key(key)) {
    if (!choice_member(at, key, choice)) return false;
  }
  return cursor_.ok();
}

bool AnswerReader::choice_member(const Place& at, std::string_view key, Choice& choice) {
  if (key == "message") {
    if (cursor_.kind() == Kind::null) return cursor_.skip();
    return messages_.message(at.of("message"), choice.message);
  }
  if (key == "index") {
    choice.index = cursor_.maybe_integer().value_or(choice.index);
  } else if (key == "finish_reason") {
    text(choice.finish_reason);
  } else if (key == "stop_reason" && cursor_.kind() == Kind::string) {  // vLLM: which sequence
    text(choice.candidate.stop_sequence);
  } else if (key == "logprobs") {
    return logprobs(choice.candidate);
  } else if (key == "usage") {  // Moonshot; the answer's own comes before or after it
    if (usage_of_choice_) return cursor_.skip();
    openai::read_usage(cursor_, usage_of_choice_);
  } else {
    return extra(choice.candidate.extras);
  }
  return cursor_.ok();
}

// {"content":[…],"refusal":[…]}: of a candidate one of them is there.
bool AnswerReader::logprobs(chat::Candidate& candidate) {
  if (cursor_.kind() != Kind::object) return cursor_.skip();
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    const bool wanted = (key == "content" || key == "refusal") && cursor_.kind() == Kind::array;
    if (!cursor_.skip()) return false;
    const std::string_view json = cursor_.value_text();
    if (wanted && json.find('{') != std::string_view::npos) candidate.logprobs = json;
  }
  return cursor_.ok();
}

void AnswerReader::fill(Choice& choice, std::size_t number) {
  chat::Candidate& candidate = choice.candidate;
  MessagePieces& pieces = choice.message;
  if (!pieces.reasoning.empty()) {
    chat::Reasoning reasoning;
    reasoning.text = pieces.reasoning.decode();
    candidate.parts.push_back(Part{std::move(reasoning), {}, {}});
  }
  std::move(pieces.content.begin(), pieces.content.end(), std::back_inserter(candidate.parts));
  if (!pieces.refusal.empty()) {
    candidate.parts.push_back(Part{chat::Refusal{pieces.refusal.decode()}, {}, {}});
  }
  if (!pieces.audio.empty()) candidate.parts.push_back(audio_of(pieces.audio));
  std::size_t calls = 0;
  for (Part& part : pieces.calls) {
    auto& call = *part.as<chat::ToolCall>();
    if (call.id.empty()) call.id = made_up_call_id(answer_.id, number, calls);
    candidate.parts.push_back(std::move(part));
    ++calls;
  }
  if (!pieces.annotations.empty()) annotate(candidate, pieces.annotations);
  for (chat::Extra& extra : pieces.extras) {
    extra.name.insert(0, "message.");
    candidate.extras.push_back(std::move(extra));
  }
  candidate.stop = stop_of(choice.finish_reason, said_by(candidate));
  if (candidate.stop == chat::StopReason::stop && !candidate.stop_sequence.empty()) {
    candidate.stop = chat::StopReason::stop_sequence;
  }
  candidate.stop_native = std::move(choice.finish_reason);
}

// Candidates in the order of their index.
void AnswerReader::put_together() {
  std::stable_sort(choices_.begin(), choices_.end(),
                   [](const Choice& a, const Choice& b) { return a.index < b.index; });
  for (Choice& choice : choices_) {
    fill(choice, answer_.candidates.size());
    answer_.candidates.push_back(std::move(choice.candidate));
  }
  if (!answer_.usage) answer_.usage = usage_of_choice_;
  if (answer_.usage) answer_.usage->tier = tier_;
}

base::Result<chat::Answer> AnswerReader::run() {
  std::string_view key;
  if (cursor_.enter_object()) {
    while (cursor_.next_key(key) && member(key)) {
    }
  }
  if (error_) {
    return base::fail(Errc::upstream_malformed, std::string(kNoCompletion) + error_->detail);
  }
  if (!cursor_.finish()) {
    base::Error error = cursor_.error(Errc::upstream_malformed);
    error.detail.insert(0, kNoCompletion);
    return error;
  }
  if (failed_) {
    return base::fail(Errc::upstream_status,
                      "the provider answered 200 with an error: " + failed_->message);
  }
  if (!has_choices_) {
    return base::fail(Errc::upstream_malformed,
                      "the provider's answer has neither 'choices' nor 'error'");
  }
  put_together();
  return std::move(answer_);
}

class AnswerWriter {
 public:
  AnswerWriter(const chat::Answer& answer, const chat::AnswerContext& context)
      : answer_(answer),
        context_(context),
        own_(answer.origin == Dialect::openai_chat),
        json_(out_) {}

  std::string run();

 private:
  void choice(const chat::Candidate& candidate, std::size_t index);
  void message(const chat::Candidate& candidate, const Said& said);
  void content(const chat::Candidate& candidate, const Said& said);
  void content_array(const chat::Candidate& candidate);
  void thoughts(const chat::Candidate& candidate);
  void annotations(const chat::Candidate& candidate);
  void media(const chat::Candidate& candidate);
  void audio(const Part& part);
  void calls(const chat::Candidate& candidate);
  void tier();

  const chat::Answer& answer_;
  const chat::AnswerContext& context_;
  bool own_;
  std::string out_;
  Writer json_;
};

bool is_own_opaque(const Part& part) {
  const auto* opaque = part.as<chat::Opaque>();
  return opaque != nullptr && opaque->origin == Dialect::openai_chat;
}

std::string AnswerWriter::run() {
  json_.begin_object();
  json_.member("id", own_ && context_.id.empty() ? answer_.id : answer_id(context_.id, answer_.id));
  json_.member("object", "chat.completion");
  json_.member("created", answer_.created_s == 0 ? context_.created_s : answer_.created_s);
  const bool named = !answer_.model.empty() || context_.request == nullptr;
  json_.member("model", named ? answer_.model : context_.request->model);
  json_.array("choices");
  for (std::size_t i = 0; i < answer_.candidates.size(); ++i) choice(answer_.candidates[i], i);
  json_.end_array();
  if (answer_.usage) {
    json_.key("usage");
    openai::write_usage(json_, *answer_.usage);
    tier();
  }
  if (own_) write_ungrouped(json_, answer_.extras, {});
  json_.end_object();
  return std::move(out_);
}

// One that came in this dialect has its own word among the extras.
void AnswerWriter::tier() {
  const std::string_view name = openai::name_of(answer_.usage->tier);
  if (own_ || name.empty() || answer_.usage->tier == base::ServiceTier::standard) return;
  json_.member("service_tier", name);
}

void AnswerWriter::choice(const chat::Candidate& candidate, std::size_t index) {
  const Said said = said_by(candidate);
  json_.begin_object();
  json_.member("index", index);
  message(candidate, said);
  if (candidate.logprobs.empty()) {
    json_.member_null("logprobs");
  } else {
    const bool refused = said.refusal && !said.text;
    json_.object("logprobs");
    json_.member_raw("content", refused ? "null" : std::string_view(candidate.logprobs));
    json_.member_raw("refusal", refused ? std::string_view(candidate.logprobs) : "null");
    json_.end_object();
  }
  json_.member("finish_reason", finish_reason_of(candidate.stop, candidate.stop_native, said));
  if (own_) write_ungrouped(json_, candidate.extras, {"message."});
  json_.end_object();
}

void AnswerWriter::message(const chat::Candidate& candidate, const Said& said) {
  json_.object("message");
  json_.member("role", "assistant");
  content(candidate, said);
  if (said.refusal) {
    std::string refusal;
    for (const Part& part : candidate.parts) {
      if (const auto* piece = part.as<chat::Refusal>()) refusal += piece->text;
    }
    json_.member("refusal", refusal);
  } else {
    json_.member_null("refusal");
  }
  thoughts(candidate);
  annotations(candidate);
  media(candidate);
  if (said.calls) calls(candidate);
  if (own_) write_extras(json_, candidate.extras, "message.");
  json_.end_object();
}

void AnswerWriter::content(const chat::Candidate& candidate, const Said& said) {
  std::string joined;
  for (const Part& part : candidate.parts) {
    if (is_own_opaque(part)) return content_array(candidate);
    if (const auto* text = part.as<chat::Text>()) joined += text->text;
  }
  if (joined.empty() && (said.calls || said.refusal)) {
    json_.member_null("content");
  } else {
    json_.member("content", joined);
  }
}

// For servers of this dialect whose content has parts that are not known here.
void AnswerWriter::content_array(const chat::Candidate& candidate) {
  json_.array("content");
  for (const Part& part : candidate.parts) {
    if (is_own_opaque(part)) json_.raw(part.as<chat::Opaque>()->json);
    if (const auto* text = part.as<chat::Text>()) {
      json_.begin_object();
      json_.member("type", "text");
      json_.member("text", text->text);
      json_.end_object();
    }
  }
  json_.end_array();
}

void AnswerWriter::thoughts(const chat::Candidate& candidate) {
  std::string joined;
  for (const Part& part : candidate.parts) {
    const auto* reasoning = part.as<chat::Reasoning>();
    if (reasoning == nullptr || reasoning->text.empty()) continue;
    if (!joined.empty()) joined += "\n\n";
    joined += reasoning->text;
  }
  if (!joined.empty()) json_.member("reasoning_content", joined);
}

void AnswerWriter::annotations(const chat::Candidate& candidate) {
  std::string joined;
  for (const Part& part : candidate.parts) {
    const auto* text = part.as<chat::Text>();
    if (text != nullptr && !text->annotations.empty()) {
      add_annotations(joined, text->annotations, own_);
    }
  }
  if (!joined.empty()) json_.member_raw("annotations", joined);
}

void AnswerWriter::media(const chat::Candidate& candidate) {
  for (const Part& part : candidate.parts) {
    const auto* media = part.as<chat::Media>();
    if (media == nullptr || media->kind != chat::MediaKind::audio) continue;
    audio(part);
    break;  // there is one place for it
  }
  if (std::none_of(candidate.parts.begin(), candidate.parts.end(), is_image)) return;
  json_.array("images");
  for (const Part& part : candidate.parts) {
    if (is_image(part)) write_image(json_, *part.as<chat::Media>());
  }
  json_.end_array();
}

void AnswerWriter::audio(const Part& part) {
  const auto& media = *part.as<chat::Media>();
  json_.object("audio");
  json_.member("id", media.file_id);
  json_.member("data", media.data);
  if (own_) {
    write_extras(json_, part.extras, "audio.");
  } else {
    json_.member("expires_at", 0);
    json_.member("transcript", "");
  }
  json_.end_object();
}

void AnswerWriter::calls(const chat::Candidate& candidate) {
  json_.array("tool_calls");
  for (const Part& part : candidate.parts) {
    if (part.as<chat::ToolCall>()) write_call(json_, part, own_);
  }
  json_.end_array();
}

}  // namespace

base::Result<chat::Answer> decode_answer(std::string_view body, const chat::Limits& limits) {
  return AnswerReader(body, limits).run();
}

std::string encode_answer(const chat::Answer& answer, const chat::AnswerContext& context) {
  return AnswerWriter(answer, context).run();
}

}  // namespace headgate::llm::openai_chat
