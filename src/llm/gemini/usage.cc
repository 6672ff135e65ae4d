#include "llm/gemini/usage.h"

#include <algorithm>
#include <array>
#include <string>

#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {
namespace {

using base::ServiceTier;
using base::Usage;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using base::json::Writer;

using Count = std::optional<std::int64_t>;

struct Counts {
  Count prompt, candidates, thoughts, tool_prompt, cached, total;
  Count prompt_audio, tool_audio, cached_audio, output_audio;
  ServiceTier tier = ServiceTier::standard;
  bool off_peak = false;  // a tariff that is none of the tiers
};

struct TierRow {
  std::string_view word;
  ServiceTier tier;
};

constexpr std::array<TierRow, 6> kTiers{{{"ON_DEMAND_PRIORITY", ServiceTier::priority},
                                         {"ON_DEMAND_FLEX", ServiceTier::flex},
                                         {"PROVISIONED_THROUGHPUT", ServiceTier::scale},
                                         {"priority", ServiceTier::priority},
                                         {"flex", ServiceTier::flex},
                                         {"batch", ServiceTier::batch}}};

void read_tier(Cursor& cursor, Counts& out) {
  Text word;
  if (!cursor.maybe_string(word)) return;
  if (equals(word, "ON_DEMAND_OFFPEAK")) out.off_peak = true;
  for (const TierRow& row : kTiers) {
    if (equals(word, row.word)) out.tier = row.tier;
  }
}

bool read_modality(Cursor& cursor, Count& audio) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  std::string buffer;
  Text modality;
  Count count;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    const std::string_view name = camel(key, buffer);
    if (name == "modality") {
      cursor.maybe_string(modality);
    } else if (name == "tokenCount") {
      count = cursor.maybe_integer();
    }
  }
  if (equals(modality, "AUDIO")) audio = audio.value_or(0) + count.value_or(0);
  return cursor.ok();
}

// An array of counts by modality; prices differ for audio.
void read_details(Cursor& cursor, Count& audio) {
  if (cursor.kind() != Kind::array) {
    cursor.skip();
    return;
  }
  cursor.enter_array();
  while (cursor.next_element() && read_modality(cursor, audio)) {
  }
}

Count* count_of(Counts& counts, std::string_view name) {
  if (name == "promptTokenCount") return &counts.prompt;
  if (name == "candidatesTokenCount") return &counts.candidates;
  if (name == "thoughtsTokenCount") return &counts.thoughts;
  if (name == "toolUsePromptTokenCount") return &counts.tool_prompt;
  if (name == "cachedContentTokenCount") return &counts.cached;
  return name == "totalTokenCount" ? &counts.total : nullptr;
}

Count* details_of(Counts& counts, std::string_view name) {
  if (name == "promptTokensDetails") return &counts.prompt_audio;
  if (name == "toolUsePromptTokensDetails") return &counts.tool_audio;
  if (name == "cacheTokensDetails") return &counts.cached_audio;
  return name == "candidatesTokensDetails" ? &counts.output_audio : nullptr;
}

// No count is negative or longer than any real one (so that sums do not overflow).
bool plausible(const Counts& counts) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  const Count all[] = {counts.prompt,       counts.candidates, counts.thoughts,
                       counts.tool_prompt,  counts.cached,     counts.total,
                       counts.prompt_audio, counts.tool_audio, counts.cached_audio,
                       counts.output_audio};
  return std::all_of(std::begin(all), std::end(all),
                     [](const Count& count) { return !count || (*count >= 0 && *count <= kMost); });
}

// Thoughts stand beside the candidates. Some models count them in there too, which the total tells.
Count output_of(const Counts& counts, std::int64_t input) {
  const std::int64_t thoughts = counts.thoughts.value_or(0);
  if (!counts.total) return counts.candidates.value_or(0) + thoughts;
  const std::int64_t rest = *counts.total - input;
  if (!counts.candidates) return rest >= thoughts ? Count(rest) : Count();
  const std::int64_t sum = *counts.candidates + thoughts;
  if (rest >= sum) return sum;
  return rest == *counts.candidates && thoughts <= rest ? Count(rest) : Count();
}

std::optional<Usage> normalised(const Counts& counts) {
  if (!counts.prompt || !plausible(counts)) return std::nullopt;
  Usage usage;
  usage.input = *counts.prompt + counts.tool_prompt.value_or(0);
  usage.cached = counts.cached.value_or(0);
  usage.reasoning = counts.thoughts.value_or(0);
  const Count output = output_of(counts, usage.input);
  if (!output) return std::nullopt;
  usage.output = *output;
  usage.input_audio = counts.prompt_audio.value_or(0) + counts.tool_audio.value_or(0);
  usage.cached_audio = counts.cached_audio.value_or(0);
  usage.output_audio = counts.output_audio.value_or(0);
  usage.tier = counts.tier;
  usage.incomplete = counts.off_peak;
  const bool fits = usage.cached <= usage.input && usage.input_audio <= usage.input &&
                    usage.cached_audio <= usage.cached && usage.output_audio <= usage.output;
  return fits ? std::optional<Usage>(usage) : std::nullopt;
}

void write_details(Writer& out, std::string_view name, std::int64_t all, std::int64_t audio) {
  if (audio == 0) return;
  out.array(name);
  const auto modality = [&](std::string_view word, std::int64_t tokens) {
    if (tokens == 0) return;
    out.begin_object();
    out.member("modality", word);
    out.member("tokenCount", tokens);
    out.end_object();
  };
  modality("TEXT", all - audio);
  modality("AUDIO", audio);
  out.end_array();
}

}  // namespace

bool read_usage(Cursor& cursor, std::optional<Usage>& usage) {
  usage.reset();
  if (cursor.kind() != Kind::object) return cursor.skip();
  Counts counts;
  std::string_view key;
  std::string buffer;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    const std::string_view name = camel(key, buffer);
    if (Count* count = count_of(counts, name)) {
      *count = cursor.maybe_integer();
    } else if (Count* audio = details_of(counts, name)) {
      read_details(cursor, *audio);
    } else if (name == "trafficType" || name == "serviceTier") {
      read_tier(cursor, counts);
    }
  }
  usage = normalised(counts);
  return cursor.ok();
}

std::int64_t searches_of(std::string_view grounding_metadata) {
  Cursor cursor(grounding_metadata);
  if (cursor.kind() != Kind::object) return 0;
  std::int64_t searches = 0;
  std::string_view key;
  std::string buffer;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (camel(key, buffer) != "webSearchQueries" || cursor.kind() != Kind::array) continue;
    cursor.enter_array();
    while (cursor.next_element()) ++searches;
  }
  return searches;
}

void write_usage(Writer& out, const Usage& usage) {
  out.begin_object();
  out.member("promptTokenCount", usage.input);
  if (usage.cached > 0) out.member("cachedContentTokenCount", usage.cached);
  out.member("candidatesTokenCount", usage.output - usage.reasoning);
  if (usage.reasoning > 0) out.member("thoughtsTokenCount", usage.reasoning);
  out.member("totalTokenCount", usage.input + usage.output);
  write_details(out, "promptTokensDetails", usage.input, usage.input_audio);
  write_details(out, "cacheTokensDetails", usage.cached, usage.cached_audio);
  write_details(out, "candidatesTokensDetails", usage.output - usage.reasoning, usage.output_audio);
  if (usage.tier == ServiceTier::flex) out.member("trafficType", "ON_DEMAND_FLEX");
  if (usage.tier == ServiceTier::priority) out.member("trafficType", "ON_DEMAND_PRIORITY");
  if (usage.tier == ServiceTier::scale) out.member("trafficType", "PROVISIONED_THROUGHPUT");
  out.end_object();
}

}  // namespace headgate::llm::gemini
