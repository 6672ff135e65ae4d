#include "llm/openai_chat/stream_reader.h"

#include <algorithm>
#include <utility>

#include "base/text/strings.h"
#include "llm/openai_chat/message.h"

namespace headgate::llm::openai_chat {

using base::Errc;
using base::Result;
using base::json::Cursor;
using chat::Delta;
using chat::Events;
using chat::Part;

namespace {

base::Error malformed(const Cursor& cursor) {
  base::Error error = cursor.error(Errc::upstream_malformed);
  error.detail.insert(0, "the provider's stream has a malformed event: ");
  return error;
}

void keep_first(std::string& kept, const base::json::Text& text) {
  if (kept.empty() && !text.empty()) kept = text.decode();
}

const Part& seed_of_text() {
  static const Part kSeed = chat::text_part({});
  return kSeed;
}

const Part& seed_of_refusal() {
  static const Part kSeed{chat::Refusal{}, {}, {}};
  return kSeed;
}

const Part& seed_of_reasoning() {
  static const Part kSeed{chat::Reasoning{}, {}, {}};
  return kSeed;
}

}  // namespace

Result<void> StreamReader::read(std::string_view name, std::string_view data, Events& out) {
  if (failed_) return {};
  if (done_) {
    return base::fail(Errc::upstream_malformed, "the provider's stream goes on after [DONE]");
  }
  if (base::trim(data) == "[DONE]") {
    done_ = true;
    return conclude(out);
  }
  chunk_.clear();
  Cursor cursor(data, limits_.depth_max);
  if (!openai::read_chunk(cursor, name == "error", chunk_)) return malformed(cursor);
  if (chunk_.error) {
    failed_ = true;
    out.push_back(chat::Failed{*chunk_.error});
    return {};
  }
  return take(out);
}

Result<void> StreamReader::take(Events& out) {
  keep_first(id_, chunk_.id);
  keep_first(model_, chunk_.model);
  if (created_s_ == 0) created_s_ = chunk_.created_s;
  if (chunk_.tier) tier_ = *chunk_.tier;
  // Azure's first chunk has neither choices nor an id.
  if (chunk_.choices.empty() && !chunk_.usage) return {};
  if (!std::exchange(begun_, true)) out.push_back(chat::Begin{id_, model_, created_s_});
  for (const openai::ChoiceDelta& choice : chunk_.choices) {
    if (auto taken = take_choice(choice, out); !taken) return taken;
  }
  if (chunk_.usage) {
    chunk_.usage->tier = tier_;
    out.push_back(chat::UsageSeen{*chunk_.usage});
  }
  return {};
}

Result<void> StreamReader::take_choice(const openai::ChoiceDelta& choice, Events& out) {
  const auto most = static_cast<std::int64_t>(limits_.candidates_max);
  if (choice.index < 0 || choice.index >= most) {
    return base::fail(Errc::upstream_malformed,
                      "the provider's stream has a malformed event: a choice index out of range");
  }
  const auto index = static_cast<std::size_t>(choice.index);
  while (candidates_.size() <= index) {
    candidates_.emplace_back(static_cast<std::uint32_t>(candidates_.size()), limits_, held_bytes_);
  }
  Candidate& candidate = candidates_[index];
  candidate.seen = true;
  if (auto taken = take_texts(choice, candidate.parts, out); !taken) return taken;
  for (std::size_t i = 0; i < choice.calls; ++i) {
    const openai::CallDelta& call = chunk_.calls[choice.first_call + i];
    if (auto taken = candidate.parts.call(call, id_, out); !taken) return taken;
  }
  if (!choice.stop_sequence.empty()) candidate.stop_sequence = choice.stop_sequence.decode();
  if (choice.finish_reason.empty()) return {};
  candidate.finish_reason = choice.finish_reason.decode();
  return candidate.parts.close(out);
}

Result<void> StreamReader::take_texts(const openai::ChoiceDelta& choice, PartQueue& parts,
                                      Events& out) {
  auto taken = parts.text(seed_of_reasoning(), choice.reasoning.decode(), out);
  if (taken) taken = parts.text(seed_of_text(), choice.content.decode(), out);
  if (taken && !choice.content_parts.empty()) taken = take_parts(choice.content_parts, parts, out);
  if (taken) taken = parts.text(seed_of_refusal(), choice.refusal.decode(), out);
  if (taken && !choice.logprobs.empty()) {
    taken = parts.about_text(Delta::Kind::logprobs, choice.logprobs, out);
  }
  if (taken && !choice.annotations.empty()) {
    taken = parts.about_text(Delta::Kind::annotations, choice.annotations, out);
  }
  if (taken && !(choice.audio_id.empty() && choice.audio_data.empty())) {
    taken = parts.audio(choice.audio_id.decode(), choice.audio_data.decode(), out);
  }
  if (taken && !choice.images.empty()) taken = take_parts(choice.images, parts, out);
  return taken;
}

// Content that came as an array of parts, or pictures.
Result<void> StreamReader::take_parts(std::string_view array, PartQueue& parts, Events& out) {
  Cursor cursor(array, limits_.depth_max);
  std::optional<base::Error> error;
  std::vector<Part> list;
  MessageReader reader(array, cursor, limits_, error);
  if (!reader.content(Place{nullptr, "content"}, list)) {
    if (!error) return malformed(cursor);
    return base::fail(Errc::upstream_malformed,
                      "the provider's stream has a malformed event: " + error->detail);
  }
  for (Part& part : list) {
    if (auto taken = parts.whole(std::move(part), out); !taken) return taken;
  }
  return {};
}

bool StreamReader::is_whole() const {
  const auto seen = [](const Candidate& candidate) { return candidate.seen; };
  const auto open = [](const Candidate& candidate) {
    return candidate.seen && candidate.finish_reason.empty();
  };
  return std::any_of(candidates_.begin(), candidates_.end(), seen) &&
         std::none_of(candidates_.begin(), candidates_.end(), open);
}

Result<void> StreamReader::conclude(Events& out) {
  if (!is_whole()) {
    return base::fail(Errc::upstream_truncated,
                      "the provider's stream ended before its answer was whole");
  }
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    Candidate& candidate = candidates_[i];
    if (!candidate.seen) continue;
    if (auto closed = candidate.parts.close(out); !closed) return closed;
    chat::StopReason reason = stop_of(candidate.finish_reason, candidate.parts.said());
    if (reason == chat::StopReason::stop && !candidate.stop_sequence.empty()) {
      reason = chat::StopReason::stop_sequence;
    }
    out.push_back(chat::Stop{static_cast<std::uint32_t>(i), reason,
                             std::move(candidate.finish_reason),
                             std::move(candidate.stop_sequence)});
  }
  out.push_back(chat::End{});
  return {};
}

Result<void> StreamReader::finish(Events& out) {
  if (done_ || failed_) return {};
  done_ = true;
  return conclude(out);
}

}  // namespace headgate::llm::openai_chat
