#include "llm/responses/usage.h"

#include <algorithm>
#include <array>

namespace headgate::llm::responses {
namespace {

using base::ServiceTier;
using base::Usage;
using base::json::Cursor;
using base::json::Kind;

// Reads an object of counters; `take(key)` says where a number goes, null for those of no interest.
// An object that is no object is passed over.
template <class Take>
bool read_counters(Cursor& cursor, Take take) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    std::int64_t* counter = take(key);
    if (counter != nullptr && cursor.kind() != Kind::null) {
      *counter = cursor.maybe_integer().value_or(-1);  // no integer: a number that cannot be
    }
  }
  return cursor.ok();
}

bool read_writes(Cursor& cursor, std::int64_t& long_lived) {
  return read_counters(cursor, [&](std::string_view key) {
    return key == "ttl_12h_tokens" ? &long_lived : nullptr;
  });
}

bool read_input_details(Cursor& cursor, Usage& usage) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    std::int64_t* counter = key == "cached_tokens"        ? &usage.cached
                            : key == "cache_write_tokens" ? &usage.cache_write
                                                          : nullptr;
    if (key == "cache_write_tokens_details") {
      if (!read_writes(cursor, usage.cache_write_long)) return false;
    } else if (counter != nullptr && cursor.kind() != Kind::null) {
      *counter = cursor.maybe_integer().value_or(-1);
    }
  }
  return cursor.ok();
}

bool read_output_details(Cursor& cursor, Usage& usage) {
  return read_counters(cursor, [&](std::string_view key) {
    return key == "reasoning_tokens" ? &usage.reasoning : nullptr;
  });
}

bool can_be(const Usage& usage) {
  const std::array numbers{usage.input,       usage.output,    usage.cached,
                           usage.cache_write, usage.reasoning, usage.cache_write_long};
  if (std::any_of(numbers.begin(), numbers.end(), [](std::int64_t n) { return n < 0; })) {
    return false;
  }
  return usage.cached <= usage.input && usage.cache_write <= usage.input - usage.cached &&
         usage.cache_write_long <= usage.cache_write && usage.reasoning <= usage.output;
}

constexpr std::array<std::string_view, base::kServiceTierCount> kTiers{
    "default", "default", "flex", "priority", "scale", "fast", "ultrafast"};

}  // namespace

bool read_usage(Cursor& cursor, std::optional<Usage>& usage) {
  usage.reset();
  if (cursor.kind() != Kind::object) return cursor.skip();
  Usage read{.input = -1, .output = -1};
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "input_tokens") {
      read.input = cursor.maybe_integer().value_or(-1);
    } else if (key == "output_tokens") {
      read.output = cursor.maybe_integer().value_or(-1);
    } else if (key == "input_tokens_details") {
      if (!read_input_details(cursor, read)) return false;
    } else if (key == "output_tokens_details") {
      if (!read_output_details(cursor, read)) return false;
    }
  }
  if (can_be(read)) usage = read;
  return cursor.ok();
}

void write_usage(base::json::Writer& out, const Usage& usage) {
  out.begin_object();
  out.member("input_tokens", usage.input);
  out.object("input_tokens_details");
  out.member("cached_tokens", usage.cached);
  out.member("cache_write_tokens", usage.cache_write);
  if (usage.cache_write > 0) {
    out.object("cache_write_tokens_details");
    out.member("ttl_30m_tokens", usage.cache_write - usage.cache_write_long);
    out.member("ttl_12h_tokens", usage.cache_write_long);
    out.end_object();
  }
  out.end_object();
  out.member("output_tokens", usage.output);
  out.object("output_tokens_details");
  out.member("reasoning_tokens", usage.reasoning);
  out.end_object();
  out.member("total_tokens", usage.input + usage.output);
  out.end_object();
}

std::string_view tier_name(ServiceTier tier) { return kTiers[static_cast<std::size_t>(tier)]; }

ServiceTier tier_named(std::string_view name) {
  for (std::size_t i = base::kServiceTierCount; i-- > 2;) {
    if (kTiers[i] == name) return static_cast<ServiceTier>(i);
  }
  return ServiceTier::standard;
}

bool read_tool_usage(Cursor& cursor, ToolUsage& usage) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  ToolUsage read;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    const bool is_search = key == "web_search";
    if (!is_search && key != "image_gen") continue;
    read_counters(cursor, [&](std::string_view name) -> std::int64_t* {
      if (is_search) return name == "num_requests" ? &read.web_searches : nullptr;
      return name == "total_tokens" ? &read.image_tokens : nullptr;
    });
  }
  usage.web_searches = std::max<std::int64_t>(read.web_searches, 0);
  usage.image_tokens = read.image_tokens;
  return cursor.ok();
}

}  // namespace headgate::llm::responses
