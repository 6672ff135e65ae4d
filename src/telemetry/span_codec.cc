#include "telemetry/span_codec.h"

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

namespace headgate::telemetry {
namespace {

static_assert(std::endian::native == std::endian::little);

// 2: attributes say whether they are JSON. Records of version 1 hold none that are.
constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kOldestVersion = 1;
enum Flag : std::uint8_t {
  has_ttft = 1,
  has_usage = 2,
  has_cost = 4,
  unpriced = 8,
  streamed = 16,
  has_usage_more = 32,  // UsageMore follows the head
};

constexpr std::array kExchangeStrings{
    &ExchangeRecord::request_id, &ExchangeRecord::user,   &ExchangeRecord::session,
    &ExchangeRecord::workflow,   &ExchangeRecord::tenant, &ExchangeRecord::tier,
    &ExchangeRecord::key_id,     &ExchangeRecord::route,  &ExchangeRecord::release};

constexpr std::array kSpanStrings{
    &Span::name,         &Span::error_message, &Span::provider,      &Span::model_requested,
    &Span::model_served, &Span::response_id,   &Span::finish_reason, &Span::input,
    &Span::output};

struct ExchangeHead {
  std::uint8_t version = kVersion;
  std::uint8_t zero = 0;
  std::uint16_t spans = 0;
  std::array<std::uint32_t, kExchangeStrings.size()> lengths{};
  base::TraceId trace;
};
static_assert(sizeof(ExchangeHead) == 56);

struct SpanHead {
  base::SpanId id;
  base::SpanId parent;
  std::int64_t start_unix_us = 0;
  std::int64_t duration_us = 0;
  std::int64_t ttft_us = 0;
  std::int64_t cost = 0;
  std::array<std::int64_t, 5> usage{};
  std::uint32_t input_cut_bytes = 0;
  std::uint32_t output_cut_bytes = 0;
  std::array<std::uint32_t, kSpanStrings.size()> lengths{};
  std::uint32_t error_length = 0;  // by name: the numbers of base::Errc are not for keeping
  std::uint16_t http_status = 0;
  std::uint16_t attempt = 0;
  std::uint16_t attributes = 0;
  std::uint8_t kind = 0;
  std::uint8_t flags = 0;
};
static_assert(sizeof(SpanHead) == 144);

/// What few calls use.
using UsageMore = std::array<std::int64_t, 6>;

UsageMore more_of(const base::Usage& u) {
  return {u.cache_write_long, u.input_audio,  u.cached_audio,
          u.output_audio,     u.web_searches, static_cast<std::int64_t>(u.tier)};
}

bool has_more(const Span& span) { return span.usage && more_of(*span.usage) != UsageMore{}; }

using AttributeHead = std::array<std::uint32_t, 2>;  // lengths of key and value
constexpr std::uint32_t kJsonValue = 0x80000000;     // set in the value's: kStringBytesMax is below

// No padding: what is memcpy'd to a file holds no stray memory.
static_assert(std::has_unique_object_representations_v<ExchangeHead>);
static_assert(std::has_unique_object_representations_v<SpanHead>);

class Output {
 public:
  explicit Output(std::byte* at) : at_(at) {}
  template <class Pod>
  void put(const Pod& value) {
    static_assert(std::is_trivially_copyable_v<Pod>);
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void put(std::string_view text) {
    if (text.empty()) return;  // memcpy from a null view is undefined
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

 private:
  std::byte* at_;
};

class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <class Pod>
  bool get(Pod& value) {
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return true;
  }
  bool get(std::string_view& text, std::size_t length) {
    if (rest_.size() < length) return false;
    text = {reinterpret_cast<const char*>(rest_.data()), length};
    rest_ = rest_.subspan(length);
    return true;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

std::string_view error_name(const Span& span) {
  return span.error ? base::row(*span.error).name : std::string_view{};
}

SpanHead head_of(const Span& span) {
  SpanHead head;
  head.id = span.id;
  head.parent = span.parent;
  head.start_unix_us = span.start_unix_us;
  head.duration_us = span.duration_us;
  head.ttft_us = span.ttft_us.value_or(0);
  head.cost = span.cost.value_or(0);
  if (const auto& u = span.usage) {
    head.usage = {u->input, u->cached, u->cache_write, u->output, u->reasoning};
  }
  head.input_cut_bytes = span.input_cut_bytes;
  head.output_cut_bytes = span.output_cut_bytes;
  for (std::size_t i = 0; i < kSpanStrings.size(); ++i) {
    head.lengths[i] = static_cast<std::uint32_t>((span.*kSpanStrings[i]).size());
  }
  head.http_status = span.http_status;
  head.attempt = span.attempt;
  head.attributes = static_cast<std::uint16_t>(span.attributes.size());
  head.kind = static_cast<std::uint8_t>(span.kind);
  head.error_length = static_cast<std::uint32_t>(error_name(span).size());
  const int flags = (span.ttft_us ? has_ttft : 0) | (span.usage ? has_usage : 0) |
                    (span.cost ? has_cost : 0) | (span.unpriced ? unpriced : 0) |
                    (span.streamed ? streamed : 0) | (has_more(span) ? has_usage_more : 0);
  head.flags = static_cast<std::uint8_t>(flags);
  return head;
}

bool fill(Span& span, const SpanHead& head) {
  if (head.kind >= kSpanKindCount) return false;
  span.kind = static_cast<SpanKind>(head.kind);
  span.id = head.id;
  span.parent = head.parent;
  span.start_unix_us = head.start_unix_us;
  span.duration_us = head.duration_us;
  if (head.flags & has_ttft) span.ttft_us = head.ttft_us;
  if (head.flags & has_cost) span.cost = head.cost;
  if (head.flags & has_usage) {
    const auto& u = head.usage;
    span.usage = base::Usage{u[0], u[1], u[2], u[3], u[4]};
  }
  span.unpriced = (head.flags & unpriced) != 0;
  span.streamed = (head.flags & streamed) != 0;
  span.input_cut_bytes = head.input_cut_bytes;
  span.output_cut_bytes = head.output_cut_bytes;
  span.http_status = head.http_status;
  span.attempt = head.attempt;
  return true;
}

bool get_more(Input& in, base::Usage& usage) {
  UsageMore more;
  if (!in.get(more)) return false;
  const std::int64_t tier = more[5];
  if (tier < 0 || tier >= static_cast<std::int64_t>(base::kServiceTierCount)) return false;
  usage.cache_write_long = more[0];
  usage.input_audio = more[1];
  usage.cached_audio = more[2];
  usage.output_audio = more[3];
  usage.web_searches = more[4];
  usage.tier = static_cast<base::ServiceTier>(tier);
  return true;
}

// Reads a span but for its attributes, which are appended to `attributes` and counted in `count`.
bool get_span(Input& in, Span& span, std::vector<Attribute>& attributes, std::uint16_t& count) {
  SpanHead head;
  if (!in.get(head) || !fill(span, head) || head.attributes > kAttributesMax) return false;
  if ((head.flags & has_usage_more) && !(span.usage && get_more(in, *span.usage))) return false;
  for (std::size_t i = 0; i < kSpanStrings.size(); ++i) {
    if (!in.get(span.*kSpanStrings[i], head.lengths[i])) return false;
  }
  std::string_view error;
  if (!in.get(error, head.error_length)) return false;
  span.error = error_named(error);
  for (count = 0; count < head.attributes; ++count) {
    AttributeHead lengths;
    Attribute& attribute = attributes.emplace_back();
    if (!in.get(lengths)) return false;
    attribute.is_json = (lengths[1] & kJsonValue) != 0;
    const std::uint32_t value_length = lengths[1] & ~kJsonValue;
    if (!in.get(attribute.key, lengths[0]) || !in.get(attribute.value, value_length)) return false;
  }
  return true;
}

// Adds `text` to `size`, or makes it stay over the limit for good.
bool add(std::size_t& size, std::string_view text) {
  size += text.size();
  return text.size() <= kStringBytesMax;
}

}  // namespace

std::size_t encoded_size(const ExchangeRecord& record) {
  if (record.spans.empty() || record.spans.size() > kSpansMax) return 0;
  std::size_t size = sizeof(ExchangeHead) + record.spans.size() * sizeof(SpanHead);
  bool fits = true;
  for (const auto text : kExchangeStrings) fits &= add(size, record.*text);
  for (const Span& span : record.spans) {
    for (const auto text : kSpanStrings) fits &= add(size, span.*text);
    size += error_name(span).size();
    if (has_more(span)) size += sizeof(UsageMore);
    fits &= span.attributes.size() <= kAttributesMax;
    size += span.attributes.size() * sizeof(AttributeHead);
    for (const Attribute& a : span.attributes) fits &= add(size, a.key) && add(size, a.value);
  }
  return fits ? size : 0;
}

void encode(const ExchangeRecord& record, std::byte* out) {
  ExchangeHead head;
  head.spans = static_cast<std::uint16_t>(record.spans.size());
  head.trace = record.trace;
  for (std::size_t i = 0; i < kExchangeStrings.size(); ++i) {
    head.lengths[i] = static_cast<std::uint32_t>((record.*kExchangeStrings[i]).size());
  }
  Output to(out);
  to.put(head);
  for (const auto text : kExchangeStrings) to.put(record.*text);
  for (const Span& span : record.spans) {
    to.put(head_of(span));
    if (has_more(span)) to.put(more_of(*span.usage));
    for (const auto text : kSpanStrings) to.put(span.*text);
    to.put(error_name(span));
    for (const Attribute& a : span.attributes) {
      const auto value_length = static_cast<std::uint32_t>(a.value.size());
      to.put(AttributeHead{static_cast<std::uint32_t>(a.key.size()),
                           a.is_json ? value_length | kJsonValue : value_length});
      to.put(a.key);
      to.put(a.value);
    }
  }
}

std::size_t encoded_spans(std::span<const std::byte> bytes) {
  ExchangeHead head;
  return Input(bytes).get(head) ? head.spans : 0;
}

std::optional<ExchangeRecord> ExchangeDecoder::decode(std::span<const std::byte> bytes) {
  spans_.clear();
  attributes_.clear();
  Input in(bytes);
  ExchangeHead head;
  ExchangeRecord record;
  if (!in.get(head) || head.version < kOldestVersion || head.version > kVersion) {
    return std::nullopt;
  }
  if (head.spans == 0 || head.spans > kSpansMax) return std::nullopt;
  record.trace = head.trace;
  for (std::size_t i = 0; i < kExchangeStrings.size(); ++i) {
    if (!in.get(record.*kExchangeStrings[i], head.lengths[i])) return std::nullopt;
  }
  attribute_counts_.assign(head.spans, 0);
  for (std::uint16_t& count : attribute_counts_) {
    if (!get_span(in, spans_.emplace_back(), attributes_, count)) return std::nullopt;
  }
  if (!in.at_end()) return std::nullopt;
  std::span<const Attribute> rest(attributes_);  // only now: the vector moved while it grew
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    spans_[i].attributes = rest.first(attribute_counts_[i]);
    rest = rest.subspan(attribute_counts_[i]);
  }
  record.spans = spans_;
  return record;
}

}  // namespace headgate::telemetry
