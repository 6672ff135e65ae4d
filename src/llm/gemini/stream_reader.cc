#include "llm/gemini/stream_reader.h"

#include <algorithm>
#include <utility>

#include "base/text/strings.h"
#include "llm/gemini/errors.h"
#include "llm/gemini/usage.h"
#include "llm/gemini_wire/candidate.h"

namespace headgate::llm::gemini {

using base::Errc;
using chat::Delta;
using chat::Dialect;
using chat::Events;
using chat::Part;

base::Result<void> StreamReader::read(std::string_view, std::string_view data, Events& out) {
  const std::string_view trimmed = base::trim(data);
  if (failed_ || trimmed.empty() || trimmed == "[DONE]") return {};
  Reading reading(data, limits_, Errc::upstream_malformed);
  if (!begun_) {
    Reading first(data, limits_, Errc::upstream_malformed);
    if (!begin(first, out)) return first.error();
  }
  if (!chunk(reading, out)) return error_ ? *error_ : reading.error();
  return {};
}

// The first chunk may say who answers behind what is answered.
bool StreamReader::begin(Reading& reading, Events& out) {
  chat::Begin begin;
  bool error = false;
  if (!reading.enter()) return false;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "responseId") {
      reading.string(begin.id);
    } else if (name == "modelVersion") {
      reading.string(begin.model);
    } else {
      error = error || name == "error";
    }
  }
  if (!reading.finish()) return false;
  if (error) return true;  // Failed may come first
  id_ = begin.id;
  begun_ = true;
  out.emplace_back(std::move(begin));
  return true;
}

bool StreamReader::chunk(Reading& reading, Events& out) {
  if (!reading.enter()) return false;
  std::string_view name;
  while (!failed_ && reading.member(name)) {
    if (!member(reading, std::string(name), out)) return false;
  }
  return failed_ || (!error_ && reading.finish());
}

bool StreamReader::member(Reading& reading, const std::string& name, Events& out) {
  const Reading::Step step(reading, name);
  if (name == "candidates" && begun_) return candidates(reading, out);
  if (name == "usageMetadata") return usage(reading, out);
  if (name == "promptFeedback") return feedback(reading);
  if (name != "error") return reading.cursor.skip();
  std::optional<chat::ProviderError> error;
  if (!read_error(reading.cursor, error)) return false;
  failed_ = error.has_value();
  if (failed_) out.emplace_back(chat::Failed{std::move(*error)});
  return true;
}

bool StreamReader::usage(Reading& reading, Events& out) {
  std::optional<base::Usage> usage;
  if (!read_usage(reading.cursor, usage)) return false;
  if (usage) usage->web_searches = searches_;
  if (!usage || usage == usage_ || !begun_) return true;
  usage_ = usage;
  out.emplace_back(chat::UsageSeen{*usage});
  return true;
}

bool StreamReader::feedback(Reading& reading) {
  if (!reading.enter()) return false;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "blockReason") reading.string(block_reason_);
  }
  return !reading.failed();
}

bool StreamReader::candidates(Reading& reading, Events& out) {
  std::size_t position = 0;
  return reading.each("candidates", limits_.candidates_max, [&] {
    if (!reading.enter()) return false;
    Chunk chunk;
    std::string_view name;
    while (reading.member(name)) {
      if (!candidate_member(reading, name, chunk)) return false;
    }
    if (reading.failed()) return false;
    const auto taken = take(chunk, position++, out);
    if (!taken) error_ = taken.error();
    return taken.has_value();
  });
}

bool StreamReader::candidate_member(Reading& reading, std::string_view name, Chunk& out) {
  if (name == "finishReason") return reading.string(out.finish_reason);
  if (name == "index") return reading.integer(out.index);
  std::string_view* kept = name == "content"          ? &out.content
                           : name == "logprobsResult" ? &out.logprobs
                                                      : nullptr;
  const std::size_t begin = reading.cursor.offset();
  if (!reading.cursor.skip()) return false;
  const std::string_view value =
      reading.text.substr(begin, reading.cursor.value_range().end - begin);
  if (kept) *kept = reading.cursor.value_text();
  // The last of them names them all.
  if (name == "groundingMetadata") searches_ = std::max(searches_, searches_of(value));
  return true;
}

base::Result<void> StreamReader::take(const Chunk& chunk, std::size_t position, Events& out) {
  const std::int64_t index = chunk.index.value_or(static_cast<std::int64_t>(position));
  if (index < 0 || static_cast<std::size_t>(index) >= limits_.candidates_max) {
    return base::fail(Errc::upstream_malformed,
                      "the provider's stream has a candidate index that "
                      "is out of range");
  }
  const auto candidate = static_cast<std::uint32_t>(index);
  if (candidate >= lanes_.size()) lanes_.resize(candidate + std::size_t{1});
  lanes_[candidate].seen = true;
  if (!chunk.content.empty()) {
    const auto read = content(chunk.content, candidate, out);
    if (!read) return read.error();
  }
  if (!chunk.logprobs.empty() && lanes_[candidate].open == Open::text) {
    Reading reading(chunk.logprobs, limits_, Errc::upstream_malformed);
    std::string logprobs;
    if (!read_logprobs(reading, logprobs)) return reading.error();
    if (!logprobs.empty()) delta(Delta::Kind::logprobs, std::move(logprobs), candidate, out);
  }
  if (is_final(chunk.finish_reason)) lanes_[candidate].finish_reason = chunk.finish_reason;
  return {};
}

base::Result<void> StreamReader::content(std::string_view json, std::uint32_t candidate,
                                         Events& out) {
  Reading reading(json, limits_, Errc::upstream_malformed);
  std::optional<base::Error> wrong;
  std::string_view name;
  const auto one = [&] {
    WirePart wire;
    if (!read_part(reading, wire)) return false;
    const auto taken = part(std::move(wire), candidate, out);
    if (!taken) wrong = taken.error();
    return taken.has_value();
  };
  if (reading.enter()) {
    while (reading.member(name)) {
      const bool is_parts = name == "parts";
      const bool read =
          is_parts ? reading.each("parts", limits_.parts_max, one) : reading.cursor.skip();
      if (!read) break;
    }
  }
  if (wrong) return *wrong;
  if (!reading.finish()) return reading.error();
  return {};
}

base::Result<void> StreamReader::part(WirePart&& wire, std::uint32_t candidate, Events& out) {
  if (wire.part.as<chat::ToolCall>()) return call(std::move(wire), candidate, out);
  if (auto* plain = wire.part.as<chat::Text>()) {
    text(plain->text, Open::text, candidate, out);
  } else if (auto* thought = wire.part.as<chat::Reasoning>()) {
    text(thought->text, Open::thought, candidate, out);
    if (!wire.signature.empty()) sign(std::move(wire.signature), true, candidate, out);
    return {};
  } else if (auto* media = wire.part.as<chat::Media>()) {
    std::string data = std::exchange(media->data, {});
    start(std::move(wire.part), Open::whole, candidate, out);
    if (!data.empty()) delta(Delta::Kind::data, std::move(data), candidate, out);
  } else {
    start(std::move(wire.part), Open::whole, candidate, out);
  }
  if (!wire.signature.empty()) sign(std::move(wire.signature), false, candidate, out);
  return {};
}

void StreamReader::text(const std::string& text, Open kind, std::uint32_t candidate, Events& out) {
  if (text.empty()) return;
  const Lane& lane = lanes_[candidate];
  if (lane.open != kind || lane.has_signature) {
    if (kind == Open::text) {
      start(chat::text_part({}), kind, candidate, out);
    } else {
      chat::Reasoning thought;
      thought.is_summary = true;
      thought.signature.origin = Dialect::gemini;
      start({std::move(thought), {}, {}}, kind, candidate, out);
    }
  }
  delta(Delta::Kind::text, text, candidate, out);
}

// A signature belongs to the part that is open, if it can carry one, else to an empty thought.
void StreamReader::sign(std::string signature, bool of_thought, std::uint32_t candidate,
                        Events& out) {
  Lane& lane = lanes_[candidate];
  const bool carries = lane.open == Open::thought || (lane.open == Open::call && !of_thought);
  if (!carries || lane.has_signature) {
    chat::Reasoning carrier;
    carrier.is_summary = of_thought;
    carrier.signature.origin = Dialect::gemini;
    start({std::move(carrier), {}, {}}, Open::thought, candidate, out);
  }
  lanes_[candidate].has_signature = true;
  delta(Delta::Kind::signature, std::move(signature), candidate, out);
}

base::Result<void> StreamReader::call(WirePart&& wire, std::uint32_t candidate, Events& out) {
  auto& call = *wire.part.as<chat::ToolCall>();
  Lane& lane = lanes_[candidate];
  if (lane.partial_args && lane.will_continue && call.name.empty()) {
    return more_of_call(wire, candidate, out);
  }
  if (call.name.empty() && !wire.has_args && wire.partial_args.empty()) {
    // Says that a call whose pieces have all come is over.
    if (!wire.signature.empty()) sign(std::move(wire.signature), false, candidate, out);
    return {};
  }
  std::string args = std::exchange(call.arguments, {});
  if (call.id.empty()) {
    const std::string seed = id_.empty() ? call.name + args : id_;
    call.id = made_id(seed, candidate, lane.calls);
  }
  ++lane.calls;
  const bool in_pieces = wire.will_continue || !wire.partial_args.empty();
  start(std::move(wire.part), Open::call, candidate, out);
  if (!wire.signature.empty()) sign(std::move(wire.signature), false, candidate, out);
  if (!in_pieces || wire.has_args) {
    delta(Delta::Kind::arguments, std::move(args), candidate, out);
    return {};
  }
  lane.partial_args.emplace(limits_);
  return more_of_call(wire, candidate, out);
}

base::Result<void> StreamReader::more_of_call(const WirePart& wire, std::uint32_t candidate,
                                              Events& out) {
  Lane& lane = lanes_[candidate];
  if (!wire.partial_args.empty()) {
    const auto added = lane.partial_args->add(wire.partial_args);
    if (!added) return added.error();
  }
  if (!wire.signature.empty() && !lane.has_signature) {
    sign(wire.signature, false, candidate, out);
  }
  lane.will_continue = wire.will_continue;
  if (!lane.will_continue) end_call(lane, candidate, out);
  return {};
}

// Arguments that were cut stay broken, so that nobody runs them.
void StreamReader::end_call(Lane& lane, std::uint32_t candidate, Events& out) {
  if (!lane.partial_args) return;
  std::string args = lane.partial_args->json();
  if (lane.will_continue) args.pop_back();
  lane.partial_args.reset();
  lane.will_continue = false;
  delta(Delta::Kind::arguments, std::move(args), candidate, out);
}

void StreamReader::start(Part part, Open kind, std::uint32_t candidate, Events& out) {
  end_part(candidate, out);
  Lane& lane = lanes_[candidate];
  lane.open = kind;
  lane.has_signature = false;
  out.emplace_back(chat::PartBegin{candidate, lane.next_part++, std::move(part)});
}

void StreamReader::delta(Delta::Kind kind, std::string value, std::uint32_t candidate,
                         Events& out) {
  out.emplace_back(Delta{candidate, lanes_[candidate].next_part - 1, kind, std::move(value)});
}

void StreamReader::end_part(std::uint32_t candidate, Events& out) {
  Lane& lane = lanes_[candidate];
  if (lane.open == Open::nothing) return;
  end_call(lane, candidate, out);
  lane.open = Open::nothing;
  out.emplace_back(chat::PartEnd{candidate, lane.next_part - 1});
}

base::Result<void> StreamReader::finish(Events& out) {
  if (failed_) return {};
  const bool any = std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& l) { return l.seen; });
  const bool whole = std::none_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return lane.seen && lane.finish_reason.empty();
  });
  if (!any && begun_ && !block_reason_.empty()) {
    out.emplace_back(chat::Stop{0, chat::StopReason::content_filter, block_reason_, {}});
    out.emplace_back(chat::End{});
    return {};
  }
  if (!any || !whole) {
    return base::fail(Errc::upstream_truncated,
                      "the provider's stream ended before the answer did");
  }
  for (std::uint32_t candidate = 0; candidate < lanes_.size(); ++candidate) {
    const Lane& lane = lanes_[candidate];
    if (!lane.seen) continue;
    end_part(candidate, out);
    out.emplace_back(
        chat::Stop{candidate, stop_of(lane.finish_reason, lane.calls > 0), lane.finish_reason, {}});
  }
  out.emplace_back(chat::End{});
  return {};
}

}  // namespace headgate::llm::gemini
