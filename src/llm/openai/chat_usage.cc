#include "llm/openai/chat_usage.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <utility>

namespace headgate::llm::openai {
namespace {

using base::Usage;
using base::json::Cursor;
using base::json::Kind;

constexpr std::array<std::pair<std::string_view, base::ServiceTier>, 6> kTiers{
    {{"default", base::ServiceTier::standard},
     {"flex", base::ServiceTier::flex},
     {"priority", base::ServiceTier::priority},
     {"scale", base::ServiceTier::scale},
     {"fast", base::ServiceTier::fast},
     {"ultrafast", base::ServiceTier::ultrafast}}};

// An object of counters: `take(name)` says where a counter goes, null for those of no interest.
template <class Take>
void read_counters(Cursor& cursor, Take take) {
  if (cursor.kind() != Kind::object) {
    cursor.skip();
    return;
  }
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (std::int64_t* counter = take(key)) *counter = cursor.maybe_integer().value_or(0);
  }
}

// Beyond this a counter is nonsense, and sums could overflow.
constexpr std::int64_t kTokensMax = 1'000'000'000'000;

struct Read {
  std::optional<std::int64_t> input;
  std::optional<std::int64_t> output;
  std::int64_t total = 0;
  std::int64_t cached_outside = 0;  // not among the details: DeepSeek, Moonshot
  Usage usage;

  void member(Cursor& cursor, std::string_view key);
  std::optional<Usage> normalised();
};

void Read::member(Cursor& cursor, std::string_view key) {
  if (key == "prompt_tokens") {
    input = cursor.maybe_integer();
  } else if (key == "completion_tokens") {
    output = cursor.maybe_integer();
  } else if (key == "total_tokens") {
    total = cursor.maybe_integer().value_or(0);
  } else if (key == "prompt_cache_hit_tokens" || key == "cached_tokens") {
    cached_outside = cursor.maybe_integer().value_or(0);
  } else if (key == "prompt_tokens_details") {
    read_counters(cursor, [this](std::string_view name) -> std::int64_t* {
      if (name == "cached_tokens") return &usage.cached;
      if (name == "audio_tokens") return &usage.input_audio;
      return name == "cache_write_tokens" ? &usage.cache_write : nullptr;
    });
  } else if (key == "completion_tokens_details") {
    read_counters(cursor, [this](std::string_view name) -> std::int64_t* {
      if (name == "audio_tokens") return &usage.output_audio;
      return name == "reasoning_tokens" ? &usage.reasoning : nullptr;
    });
  }
}

// Whether the whole is made of these parts, and maybe others.
bool holds(std::int64_t whole, std::initializer_list<std::int64_t> parts) {
  for (const std::int64_t part : parts) {
    if (part < 0 || part > whole) return false;
    whole -= part;
  }
  return true;
}

std::optional<Usage> Read::normalised() {
  if (!input || !output) return std::nullopt;
  usage.input = *input;
  usage.output = *output;
  if (usage.cached == 0) usage.cached = cached_outside;
  const auto sane = [](std::int64_t count) { return count >= 0 && count <= kTokensMax; };
  if (!sane(usage.input) || !sane(usage.output)) return std::nullopt;
  const bool beside = usage.reasoning > 0 && total > usage.input &&
                      holds(total - usage.input, {usage.output, usage.reasoning}) &&
                      total - usage.input == usage.output + usage.reasoning;
  if (beside) usage.output += usage.reasoning;
  const bool agrees = holds(usage.input, {usage.cached, usage.cache_write}) &&
                      holds(usage.input, {usage.input_audio}) &&
                      holds(usage.output, {usage.reasoning}) &&
                      holds(usage.output, {usage.output_audio});
  return agrees ? std::optional(usage) : std::nullopt;
}

bool read_object(Cursor& cursor, Read read, std::optional<Usage>& usage) {
  usage.reset();
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) read.member(cursor, key);
  usage = read.normalised();
  return cursor.ok();
}

}  // namespace

bool read_usage(Cursor& cursor, std::optional<Usage>& usage) {
  return read_object(cursor, Read{}, usage);
}

bool read_embedding_usage(Cursor& cursor, std::optional<Usage>& usage) {
  Read read;
  read.output = 0;
  return read_object(cursor, read, usage);
}

void write_usage(base::json::Writer& writer, const Usage& usage) {
  writer.begin_object();
  writer.member("prompt_tokens", usage.input);
  writer.member("completion_tokens", usage.output);
  const std::int64_t room = std::numeric_limits<std::int64_t>::max() - usage.input;
  writer.member("total_tokens", usage.input + std::min(room, usage.output));
  writer.object("prompt_tokens_details");
  writer.member("cached_tokens", usage.cached);
  writer.member("audio_tokens", usage.input_audio);
  if (usage.cache_write > 0) writer.member("cache_write_tokens", usage.cache_write);
  writer.end_object();
  writer.object("completion_tokens_details");
  writer.member("reasoning_tokens", usage.reasoning);
  writer.member("audio_tokens", usage.output_audio);
  writer.member("accepted_prediction_tokens", 0);
  writer.member("rejected_prediction_tokens", 0);
  writer.end_object();
  writer.end_object();
}

base::ServiceTier tier_of(std::string_view service_tier) {
  const auto* found = std::find_if(kTiers.begin(), kTiers.end(),
                                   [&](const auto& row) { return row.first == service_tier; });
  return found == kTiers.end() ? base::ServiceTier::standard : found->second;
}

base::ServiceTier read_tier(Cursor& cursor) {
  base::json::Text text;
  return cursor.maybe_string(text) ? tier_of(text.raw) : base::ServiceTier::standard;
}

std::string_view name_of(base::ServiceTier tier) {
  const auto* found = std::find_if(kTiers.begin(), kTiers.end(),
                                   [&](const auto& row) { return row.second == tier; });
  return found == kTiers.end() || found->first == "ultrafast" ? std::string_view() : found->first;
}

}  // namespace headgate::llm::openai
