#include "llm/gemini/answer.h"

#include <algorithm>
#include <utility>

#include "llm/gemini/errors.h"
#include "llm/gemini/usage.h"
#include "llm/gemini_wire/candidate.h"
#include "llm/gemini_wire/part.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using base::json::Writer;
using chat::Answer;
using chat::Candidate;
using chat::Dialect;
using chat::Part;
using chat::StopReason;

// A candidate and the place it claims, which may be written behind its content.
struct Placed {
  Candidate candidate;
  std::optional<std::int64_t> index;
};

class Decoder {
 public:
  Decoder(std::string_view body, const chat::Limits& limits)
      : reading_(body, limits, Errc::upstream_malformed) {
    out_.origin = Dialect::gemini;
  }
  base::Result<Answer> run();

 private:
  bool member(const std::string& name);
  bool candidate();
  bool candidate_member(const std::string& name, Placed& out);
  bool content(Candidate& out);
  bool feedback();
  bool place();
  void block();
  void settle(Candidate& candidate, std::size_t index) const;
  void count_searches();
  base::Error failed() const;

  Reading reading_;
  Answer out_;
  std::vector<Placed> candidates_;
  std::string block_reason_;
  std::optional<chat::ProviderError> error_;
  bool is_answer_ = false;
};

bool Decoder::member(const std::string& name) {
  const Reading::Step step(reading_, name);
  is_answer_ = is_answer_ || name == "candidates" || name == "usageMetadata" ||
               name == "promptFeedback" || name == "responseId";
  if (name == "candidates") {
    return reading_.each("candidates", reading_.limits.candidates_max, [&] { return candidate(); });
  }
  if (name == "usageMetadata") return read_usage(reading_.cursor, out_.usage);
  if (name == "modelVersion") return reading_.string(out_.model);
  if (name == "responseId") return reading_.string(out_.id);
  if (name == "promptFeedback") return feedback();
  if (name == "error") return read_error(reading_.cursor, error_);
  return reading_.extra(out_.extras, {}, name);
}

bool Decoder::candidate() {
  if (!reading_.enter()) return false;
  Placed& placed = candidates_.emplace_back();
  std::string_view name;
  while (reading_.member(name)) {
    if (!candidate_member(std::string(name), placed)) return false;
  }
  return !reading_.failed();
}

bool Decoder::candidate_member(const std::string& name, Placed& out) {
  const Reading::Step step(reading_, name);
  Candidate& candidate = out.candidate;
  if (name == "content") return content(candidate);
  if (name == "finishReason") return reading_.string(candidate.stop_native);
  if (name == "index") return reading_.integer(out.index);
  if (name == "logprobsResult") return read_logprobs(reading_, candidate.logprobs);
  return reading_.extra(candidate.extras, {}, name);
}

bool Decoder::content(Candidate& out) {
  if (!reading_.enter()) return false;
  std::string_view name;
  while (reading_.member(name)) {
    if (name != "parts") {
      reading_.cursor.skip();
      continue;
    }
    const bool read = reading_.each("parts", reading_.limits.parts_max, [&] {
      WirePart part;
      if (!read_part(reading_, part)) return false;
      if (!part.is_empty()) append_part(out.parts, std::move(part));
      return true;
    });
    if (!read) return false;
  }
  return !reading_.failed();
}

bool Decoder::feedback() {
  const std::size_t begin = reading_.cursor.offset();
  if (!reading_.enter()) return false;
  std::string_view name;
  while (reading_.member(name)) {
    if (name == "blockReason") reading_.string(block_reason_);
  }
  if (reading_.failed()) return false;
  const std::size_t end = reading_.cursor.value_range().end;
  out_.extras.push_back({"promptFeedback", std::string(reading_.text.substr(begin, end - begin))});
  return true;
}

// Every candidate to where it belongs; protobuf leaves an index of 0 out.
bool Decoder::place() {
  const auto size = static_cast<std::int64_t>(candidates_.size());
  std::int64_t next = 0;
  out_.candidates.resize(candidates_.size());
  std::vector<bool> taken(candidates_.size());
  for (Placed& placed : candidates_) {
    const std::int64_t index = placed.index.value_or(size == 1 ? 0 : next);
    const auto at = static_cast<std::size_t>(size == 1 ? 0 : index);
    if (index < 0 || at >= taken.size() || taken[at]) {
      return reading_.reject("two candidates with one index, or one out of range");
    }
    taken[at] = true;
    next = index + 1;
    settle(placed.candidate, at);
    out_.candidates[at] = std::move(placed.candidate);
  }
  return true;
}

// Ids for calls without one, and what the end means.
void Decoder::settle(Candidate& candidate, std::size_t index) const {
  std::size_t calls = 0;
  for (Part& part : candidate.parts) {
    auto* call = part.as<chat::ToolCall>();
    if (call == nullptr) continue;
    if (call->id.empty()) {
      call->id = made_id(out_.id.empty() ? call->name + call->arguments : out_.id, index, calls);
    }
    ++calls;
  }
  if (!is_final(candidate.stop_native)) {
    candidate.stop_native.clear();
  } else {
    candidate.stop = stop_of(candidate.stop_native, calls > 0);
  }
}

void Decoder::count_searches() {
  if (!out_.usage) return;
  for (const Candidate& candidate : out_.candidates) {
    for (const chat::Extra& extra : candidate.extras) {
      if (extra.name == "groundingMetadata") out_.usage->web_searches += searches_of(extra.json);
    }
  }
}

void Decoder::block() {
  if (!out_.candidates.empty() || block_reason_.empty()) return;
  Candidate& blocked = out_.candidates.emplace_back();
  blocked.stop = StopReason::content_filter;
  blocked.stop_native = block_reason_;
}

base::Error Decoder::failed() const {
  const std::string status = error_->status == 0 ? "" : std::to_string(error_->status) + " ";
  return base::fail(Errc::upstream_status,
                    "the provider answered with an error: " + status + error_->message);
}

base::Result<Answer> Decoder::run() {
  std::string_view name;
  if (reading_.enter()) {
    while (reading_.member(name) && member(std::string(name))) {
    }
  }
  if (!reading_.finish()) return reading_.error();
  if (error_) return failed();
  if (!is_answer_) {
    return base::fail(Errc::upstream_malformed,
                      "the provider's answer has neither 'candidates' nor 'error'");
  }
  if (!place()) return reading_.error();
  block();
  count_searches();
  return std::move(out_);
}

bool says_blocked(const chat::Extra& extra) {
  if (extra.name != "promptFeedback") return false;
  base::json::Cursor cursor(extra.json);
  std::string_view key;
  std::string buffer;
  bool blocked = false;
  cursor.enter_object();
  while (cursor.next_key(key)) blocked = blocked || camel(key, buffer) == "blockReason";
  return blocked;
}

class Encoder {
 public:
  Encoder(const Answer& answer, const chat::AnswerContext& context, std::string& body)
      : out_(body), answer_(answer), context_(context) {}
  void run();

 private:
  bool is_native() const { return answer_.origin == Dialect::gemini; }
  bool is_blocked() const;
  void candidate(const Candidate& candidate, std::size_t index);
  std::size_t parts(const std::vector<Part>& parts, std::size_t at);
  void part(const Part& part, std::string_view signature);
  void end(const Candidate& candidate);

  Writer out_;
  const Answer& answer_;
  const chat::AnswerContext& context_;
  std::string malformed_;  // of the candidate that is being written
  bool open_ = false;      // its parts are
};

// A prompt that was blocked has no candidates in this dialect, only its feedback.
bool Encoder::is_blocked() const {
  const auto& extras = answer_.extras;
  const bool feedback = std::any_of(extras.begin(), extras.end(), says_blocked);
  return is_native() && feedback && answer_.candidates.size() == 1 &&
         answer_.candidates[0].parts.empty() && answer_.candidates[0].extras.empty() &&
         answer_.candidates[0].stop == StopReason::content_filter;
}

void Encoder::run() {
  out_.begin_object();
  if (!is_blocked()) {
    out_.array("candidates");
    for (std::size_t i = 0; i < answer_.candidates.size(); ++i) candidate(answer_.candidates[i], i);
    out_.end_array();
  }
  if (answer_.usage) {
    out_.key("usageMetadata");
    write_usage(out_, *answer_.usage);
  }
  if (!answer_.model.empty()) out_.member("modelVersion", answer_.model);
  const std::string_view id = context_.id.empty() ? std::string_view(answer_.id) : context_.id;
  if (!id.empty()) out_.member("responseId", id);
  if (is_native()) write_extras(out_, answer_.extras, {});
  out_.end_object();
}

void Encoder::candidate(const Candidate& candidate, std::size_t index) {
  malformed_.clear();
  open_ = false;
  out_.begin_object();
  out_.object("content");
  for (std::size_t p = 0; p < candidate.parts.size();) p += parts(candidate.parts, p);
  if (open_) out_.end_array();
  out_.member("role", "model");
  out_.end_object();
  end(candidate);
  out_.member("index", static_cast<std::int64_t>(index));
  write_logprobs(out_, candidate.logprobs);
  if (is_native()) write_extras(out_, candidate.extras, {});
  out_.end_object();
}

void Encoder::end(const Candidate& candidate) {
  StopReason stop = candidate.stop;
  const bool whole = stop == StopReason::stop || stop == StopReason::tool_calls;
  if (!malformed_.empty() && whole) stop = StopReason::malformed;
  if (stop != StopReason::none) {
    out_.member("finishReason", finish_reason(stop, candidate.stop_native));
  }
  if (!malformed_.empty()) out_.member("finishMessage", malformed_);
}

// One part, and the signature behind it where that belongs to it. How many that were.
std::size_t Encoder::parts(const std::vector<Part>& parts, std::size_t at) {
  const bool signed_by_next = at + 1 < parts.size() && signs(parts[at + 1], parts[at]);
  std::string_view signature;
  if (signed_by_next) signature = parts[at + 1].as<chat::Reasoning>()->signature.value;
  part(parts[at], signature);
  return signed_by_next ? 2 : 1;
}

void Encoder::part(const Part& part, std::string_view signature) {
  const auto* opaque = part.as<chat::Opaque>();
  const auto* thought = part.as<chat::Reasoning>();
  const auto* call = part.as<chat::ToolCall>();
  const auto args = call ? args_object(*call) : std::nullopt;
  if (call && !args) malformed_ = malformed_call(*call);
  const auto ours = [](const chat::Signature& s) {
    return s.origin == Dialect::gemini ? std::string_view(s.value) : std::string_view();
  };
  const bool mute = thought && thought->text.empty() && ours(thought->signature).empty();
  if ((call && !args) || mute || (opaque && opaque->origin != Dialect::gemini)) return;
  if (part.as<chat::ToolResult>()) return;
  if (!std::exchange(open_, true)) out_.array("parts");
  const chat::Extras none;
  const chat::Extras& extras = is_native() ? part.extras : none;
  if (const auto* text = part.as<chat::Text>()) {
    write_text(out_, text->text, false, signature, extras);
  } else if (const auto* refusal = part.as<chat::Refusal>()) {
    write_text(out_, refusal->text, false, {});
  } else if (const auto* media = part.as<chat::Media>()) {
    write_media(out_, *media, signature, extras);
  } else if (thought) {
    write_text(out_, thought->text, thought->is_summary || !thought->text.empty(),
               ours(thought->signature), extras);
  } else if (call) {
    write_call(out_, *call, *args, ours(call->signature), extras);
  } else if (opaque) {
    out_.raw(opaque->json);
  }
}

}  // namespace

std::string malformed_call(const chat::ToolCall& call) {
  return "Malformed function call: " + call.name + "(" + call.arguments + ")";
}

base::Result<Answer> decode_answer(std::string_view body, const chat::Limits& limits) {
  return Decoder(body, limits).run();
}

std::string encode_answer(const Answer& answer, const chat::AnswerContext& context) {
  std::string body;
  Encoder(answer, context, body).run();
  return body;
}

}  // namespace headgate::llm::gemini
