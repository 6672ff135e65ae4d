#include "llm/anthropic/usage.h"

#include <algorithm>

namespace headgate::llm::anthropic {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

namespace {

// Far above every real count, and a few of them added up still fit.
constexpr std::int64_t kTokensMax = 1'000'000'000'000'000;

struct Sums {
  std::int64_t input = 0;  // with the cache, as base::Usage counts
  std::int64_t cached = 0;
  std::int64_t written = 0;
  std::int64_t written_1h = 0;
  std::int64_t output = 0;
};

// Nothing where the parts say more than the whole.
std::optional<Sums> sums_of(const Counters& counters) {
  const std::int64_t split =
      counters.cache_write_5m.value_or(0) + counters.cache_write_1h.value_or(0);
  Sums sums;
  sums.cached = counters.cache_read.value_or(0);
  sums.written = counters.cache_write.value_or(split);
  sums.written_1h = counters.cache_write_1h.value_or(0);
  sums.input = counters.input.value_or(0) + sums.cached + sums.written;
  sums.output = counters.output.value_or(0);
  if (split > sums.written) return std::nullopt;
  return sums;
}

void add(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& more) {
  if (more) sum = std::min(sum.value_or(0) + *more, kTokensMax);
}

base::ServiceTier tier_named(std::string_view name) {
  if (name == "batch") return base::ServiceTier::batch;
  if (name == "priority") return base::ServiceTier::priority;
  return base::ServiceTier::standard;
}

}  // namespace

bool UsageTally::read_counter(Cursor& cursor, std::optional<std::int64_t>& counter) {
  const auto value = cursor.maybe_integer();
  if (!value) return cursor.ok();
  if (*value < 0 || *value > kTokensMax) wrong_ = true;
  counter = value;
  return true;
}

// {"ephemeral_5m_input_tokens": …, "ephemeral_1h_input_tokens": …}
bool UsageTally::read_split(Cursor& cursor, Counters& counters) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "ephemeral_5m_input_tokens") read_counter(cursor, counters.cache_write_5m);
    if (key == "ephemeral_1h_input_tokens") read_counter(cursor, counters.cache_write_1h);
  }
  return cursor.ok();
}

bool UsageTally::read_detail(Cursor& cursor, std::string_view name,
                             std::optional<std::int64_t>& counter) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == name) read_counter(cursor, counter);
  }
  return cursor.ok();
}

bool UsageTally::read_known(Cursor& cursor, std::string_view key, Counters& counters, bool& known) {
  known = true;
  if (key == "input_tokens") return read_counter(cursor, counters.input);
  if (key == "output_tokens") return read_counter(cursor, counters.output);
  if (key == "cache_read_input_tokens") return read_counter(cursor, counters.cache_read);
  if (key == "cache_creation_input_tokens") return read_counter(cursor, counters.cache_write);
  if (key == "cache_creation") return read_split(cursor, counters);
  known = false;
  return true;
}

bool UsageTally::read_iterations(Cursor& cursor) {
  if (cursor.kind() != Kind::array) return cursor.skip();
  iterations_ = {};
  other_models_ = false;
  Text first_model;
  cursor.enter_array();
  while (cursor.next_element()) {
    if (cursor.kind() != Kind::object) continue;
    Counters one;
    Text type;
    Text model;
    std::string_view key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      bool known = false;
      read_known(cursor, key, one, known);
      if (key == "type") cursor.maybe_string(type);
      if (key == "model") cursor.maybe_string(model);
    }
    if (first_model.raw.empty()) first_model = model;
    const bool is_other = !model.raw.empty() && model.raw != first_model.raw;
    other_models_ = other_models_ || is_other || equals(type, "advisor_message") ||
                    equals(type, "fallback_message");
    // An entry that gives only the split of what it wrote wrote that.
    if (!one.cache_write) {
      one.cache_write = one.cache_write_5m.value_or(0) + one.cache_write_1h.value_or(0);
    }
    add(iterations_.input, one.input);
    add(iterations_.cache_read, one.cache_read);
    add(iterations_.cache_write, one.cache_write);
    add(iterations_.cache_write_5m, one.cache_write_5m);
    add(iterations_.cache_write_1h, one.cache_write_1h);
    add(iterations_.output, one.output);
  }
  return cursor.ok();
}

bool UsageTally::read(Cursor& cursor) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  const Counters before = top_;
  top_.cache_write.reset();
  top_.cache_write_5m.reset();
  top_.cache_write_1h.reset();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    bool known = false;
    read_known(cursor, key, top_, known);
    if (known) continue;
    Text text;
    if (key == "output_tokens_details") {
      read_detail(cursor, "thinking_tokens", thinking_);
    } else if (key == "server_tool_use") {
      read_detail(cursor, "web_search_requests", web_searches_);
    } else if (key == "iterations") {
      read_iterations(cursor);
    } else if (key == "service_tier") {
      if (cursor.maybe_string(text)) tier_ = tier_named(text.raw);
    } else if (key == "speed") {
      if (cursor.maybe_string(text)) fast_ = equals(text, "fast");
    }
  }
  if (!top_.cache_write_5m && !top_.cache_write_1h) {
    // The end of a stream repeats the total alone: the split of its start holds, as far as it fits.
    const std::int64_t total = top_.cache_write.value_or(before.cache_write.value_or(kTokensMax));
    top_.cache_write_5m = before.cache_write_5m;
    top_.cache_write_1h = before.cache_write_1h;
    if (top_.cache_write_1h) top_.cache_write_1h = std::min(*top_.cache_write_1h, total);
    if (top_.cache_write_5m) {
      const std::int64_t rest = total - top_.cache_write_1h.value_or(0);
      top_.cache_write_5m = std::min(*top_.cache_write_5m, rest);
    }
    if (!top_.cache_write) top_.cache_write = before.cache_write;
  }
  return cursor.ok();
}

std::optional<base::Usage> UsageTally::usage() const {
  if (wrong_ || !top_.input || !top_.output) return std::nullopt;
  auto sums = sums_of(top_);
  if (!sums) return std::nullopt;
  // Iterations that say less than the headline are not the whole of it.
  if (const auto each = sums_of(iterations_);
      each && each->input >= sums->input && each->output >= sums->output) {
    sums = each;
  }
  base::Usage usage;
  usage.input = sums->input;
  usage.cached = sums->cached;
  usage.cache_write = sums->written;
  usage.cache_write_long = sums->written_1h;
  usage.output = sums->output;
  usage.reasoning = thinking_.value_or(0);
  usage.web_searches = web_searches_.value_or(0);
  usage.tier = fast_ && tier_ != base::ServiceTier::batch ? base::ServiceTier::fast : tier_;
  usage.incomplete = other_models_;
  if (usage.reasoning > usage.output) return std::nullopt;
  return usage;
}

bool read_usage(Cursor& cursor, std::optional<base::Usage>& usage) {
  UsageTally tally;
  const bool ok = tally.read(cursor);
  usage = tally.usage();
  return ok;
}

void write_usage(base::json::Writer& out, const base::Usage& usage) {
  const bool fast = usage.tier == base::ServiceTier::fast;
  std::string_view tier = "standard";
  if (usage.tier == base::ServiceTier::batch) tier = "batch";
  if (usage.tier == base::ServiceTier::priority) tier = "priority";
  out.begin_object();
  out.member("input_tokens",
             std::max<std::int64_t>(0, usage.input - usage.cached - usage.cache_write));
  out.member("cache_creation_input_tokens", usage.cache_write);
  out.member("cache_read_input_tokens", usage.cached);
  out.object("cache_creation");
  out.member("ephemeral_5m_input_tokens", usage.cache_write - usage.cache_write_long);
  out.member("ephemeral_1h_input_tokens", usage.cache_write_long);
  out.end_object();
  out.member("output_tokens", usage.output);
  out.object("output_tokens_details");
  out.member("thinking_tokens", usage.reasoning);
  out.end_object();
  if (usage.web_searches > 0) {
    out.object("server_tool_use");
    out.member("web_search_requests", usage.web_searches);
    out.member("web_fetch_requests", std::int64_t{0});
    out.end_object();
  } else {
    out.member_null("server_tool_use");
  }
  out.member("service_tier", tier);
  out.member("speed", fast ? std::string_view("fast") : std::string_view("standard"));
  out.member_null("inference_geo");
  out.end_object();
}

}  // namespace headgate::llm::anthropic
