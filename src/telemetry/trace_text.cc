#include "telemetry/trace_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

namespace headgate::telemetry {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kReset = "\x1b[0m";

struct Decoded {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

Decoded decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes > text.size()) return {};
  char32_t code = first & (0x7F >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[bytes] || code > 0x10FFFF || surrogate) return {};
  return {code, bytes};
}

// Moves the cursor, changes the direction of what follows, or shows nothing at all.
bool deceives(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

void append_escape(std::string& out, char32_t code) {
  switch (code) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto value = static_cast<std::uint32_t>(code);
  out += value < 0x80 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{{{:x}}}", value);
}

std::string painted(std::string_view text, std::string_view colour, const TextStyle& style) {
  if (!style.colour || text.empty()) return std::string(text);
  return fmt::format("{}{}{}", colour, text, kReset);
}

// Cut where a character ends.
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string quoted(std::string_view text, std::uint32_t cut_bytes, const TextStyle& style) {
  const std::string_view shown = cut(text, style.content_bytes_max);
  std::string out = "\"" + printable(shown) + "\"";
  if (shown.size() < text.size()) {
    out += fmt::format(" … (+{} bytes; --full shows all)", text.size() - shown.size());
  } else if (cut_bytes > 0) {
    out += fmt::format(" … (+{} bytes that were not stored)", cut_bytes);
  }
  return out;
}

std::string format_tokens(const base::Usage& usage) {
  std::string out = fmt::format("{} in", usage.input);
  if (usage.cached > 0) out += fmt::format(" ({} cached)", usage.cached);
  if (usage.cache_write > 0) out += fmt::format(" ({} written to cache)", usage.cache_write);
  out += fmt::format(", {} out", usage.output);
  if (usage.reasoning > 0) out += fmt::format(" ({} reasoning)", usage.reasoning);
  return out;
}

std::string format_status(const Span& span, const TextStyle& style) {
  std::string out = span.error ? fmt::format("error {}", base::row(*span.error).name) : "ok";
  if (span.http_status != 0) out += fmt::format(" (HTTP {})", span.http_status);
  if (!span.error_message.empty()) out += ": " + printable(cut(span.error_message, 1000));
  return span.error ? painted(out, kRed, style) : out;
}

struct Node {
  std::string text;
  std::vector<Node> below;
};

void draw(std::string& out, const Node& node, const std::string& indent) {
  for (const Node& child : node.below) {
    const bool last = &child == &node.below.back();
    out += indent + (last ? "└─ " : "├─ ") + child.text + "\n";
    draw(out, child, indent + (last ? "   " : "│  "));
  }
}

std::string model_of(const Span& span) {
  const std::string requested = printable(span.model_requested);
  const std::string served = printable(span.model_served);
  if (served.empty() || served == requested) return requested;
  return requested.empty() ? served : requested + " → " + served;
}

std::string title_of(const Span& span) {
  const std::string name = printable(span.name);
  switch (span.kind) {
    case SpanKind::request: return name;
    case SpanKind::attempt: {
      const std::string provider = printable(span.provider);
      return fmt::format("LLM call: {}{}{}, attempt {}", provider, provider.empty() ? "" : " ",
                         model_of(span), span.attempt);
    }
    case SpanKind::tool: return "Tool call: " + name;
    case SpanKind::retrieval: return "Retrieval: " + name;
    case SpanKind::guardrail: return "Guardrail: " + name;
    case SpanKind::decision: return "Decision: " + name;
    case SpanKind::workflow: return "Workflow: " + name;
    case SpanKind::agent: return "Agent: " + name;
    case SpanKind::llm: return "Model call: " + name;
    case SpanKind::cache: return "Cache: " + name;
    case SpanKind::gate: return "Gate: " + name;
    case SpanKind::handoff: return "Handoff: " + name;
    case SpanKind::approval: return "Approval: " + name;
    case SpanKind::other: return name;
  }
  return name;
}

// The spans of all exchanges as trees. Every span appears once, whatever the parents say: an
// exchange stands below the span of another one that its head names, else by itself; within it,
// what is not below the head by its parents stands directly below it.
class SpanTrees {
 public:
  SpanTrees(std::span<const ExchangeRecord> records, const TextStyle& style)
      : records_(records), style_(style) {
    for (const ExchangeRecord& record : records_) {
      for (const Span& span : record.spans) all_.push_back({&record, &span, nullptr, false});
    }
    for (Entry& entry : all_) entry.above = above(entry);
    std::stable_sort(all_.begin(), all_.end(), [](const Entry& a, const Entry& b) {
      return a.span->start_unix_us < b.span->start_unix_us;
    });
  }

  std::vector<Node> build() {
    std::vector<Node> out;
    for (Entry& entry : all_) {
      if (is_head(entry) && entry.above == nullptr) out.push_back(tree_of(entry, 0));
    }
    for (Entry& entry : all_) {  // whose parents go round in a circle
      if (!entry.drawn && is_head(entry)) out.push_back(tree_of(entry, 0));
    }
    return out;
  }

 private:
  struct Entry {
    const ExchangeRecord* record;
    const Span* span;
    const Span* above;  // that it stands below; null: none
    bool drawn;
  };
  static constexpr int kDepthMax = 64;

  static bool is_head(const Entry& entry) { return entry.span == &entry.record->spans.front(); }

  const Span* above(const Entry& entry) const {
    if (entry.span->parent.empty()) return is_head(entry) ? nullptr : &entry.record->spans.front();
    const bool head = is_head(entry);
    for (const Entry& other : all_) {
      const bool fits = head ? other.record != entry.record : other.record == entry.record;
      const bool itself = other.span == entry.span;
      if (fits && !itself && other.span->id == entry.span->parent) return other.span;
    }
    return head ? nullptr : &entry.record->spans.front();
  }

  Node tree_of(Entry& entry, int depth) {
    entry.drawn = true;
    Node node{title_of(*entry.span), {}};
    if (is_head(entry)) add_caller(node, *entry.record, depth);
    add_before(node, *entry.span);
    for (Entry& other : all_) {
      const bool below = !other.drawn && depth < kDepthMax && other.above == entry.span;
      if (below) node.below.push_back(tree_of(other, depth + 1));
    }
    for (Entry& other : all_) {  // its own whose parents lead nowhere
      const bool lost = !other.drawn && is_head(entry) && other.record == entry.record;
      if (lost) node.below.push_back(tree_of(other, depth + 1));
    }
    add_after(node, *entry.span);
    return node;
  }

  static void add(Node& node, std::string_view label, const std::string& value) {
    if (!value.empty()) node.below.push_back({fmt::format("{}: {}", label, value), {}});
  }

  // Below another exchange, what was said of that is not said again.
  void add_caller(Node& node, const ExchangeRecord& record, int depth) const {
    if (depth > 0) {
      add(node, "Route", printable(record.route));
      return;
    }
    add(node, "Time", format_time(record.spans.front().start_unix_us));
    std::string caller;
    const std::array<std::pair<std::string_view, std::string_view>, 8> parts{
        {{"user", record.user},
         {"session", record.session},
         {"workflow", record.workflow},
         {"tenant", record.tenant},
         {"tier", record.tier},
         {"key", record.key_id},
         {"route", record.route},
         {"release", record.release}}};
    for (const auto& [label, value] : parts) {
      if (value.empty()) continue;
      caller += fmt::format("{}{} {}", caller.empty() ? "" : ", ", label, printable(value));
    }
    add(node, "Caller", caller);
    add(node, "Request ID", printable(record.request_id));
  }

  void add_before(Node& node, const Span& span) const {
    add(node, "Span ID", span.id.hex());
    add(node, "Response ID", printable(span.response_id));
    if (!span.input.empty()) add(node, "Input", quoted(span.input, span.input_cut_bytes, style_));
    if (!span.output.empty()) {
      add(node, "Output", quoted(span.output, span.output_cut_bytes, style_));
    }
    for (const Attribute& attribute : span.attributes) {
      add(node, printable(attribute.key), quoted(attribute.value, 0, style_));
    }
  }

  void add_after(Node& node, const Span& span) const {
    if (span.kind != SpanKind::attempt && !span.model_requested.empty()) {
      add(node, "Model", model_of(span));
    }
    add(node, "Status", format_status(span, style_));
    add(node, "Finish reason", printable(span.finish_reason));
    if (span.usage) add(node, "Tokens", format_tokens(*span.usage));
    const std::string cost = format_cost(span);
    add(node, "Cost", span.unpriced ? painted(cost, kYellow, style_) : cost);
    if (span.ttft_us) add(node, "Time to first token", format_duration(*span.ttft_us));
    add(node, "Duration", format_duration(span.duration_us));
  }

  std::span<const ExchangeRecord> records_;
  const TextStyle& style_;
  std::vector<Entry> all_;  // by when they began
};

constexpr std::array<std::string_view, 10> kTitles{"TIME", "TRACE", "MODEL", "USER",     "STATUS",
                                                   "IN",   "OUT",   "TTFT",  "DURATION", "COST"};
constexpr std::size_t kFirstNumber = 5;  // numbers stand right-aligned
using Cells = std::array<std::string, kTitles.size()>;

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80;
  }));
}

std::string cell(std::string_view text) {
  constexpr std::size_t kBytesMax = 32;
  const std::string_view shown = cut(text, kBytesMax);
  const std::string out = printable(shown) + (shown.size() < text.size() ? "…" : "");
  return out.empty() ? "-" : out;
}

Cells cells_of(const ExchangeRecord& record) {
  const Span& head = record.spans.front();
  const std::string cost = format_cost(head);
  return {format_time(head.start_unix_us),
          record.trace.hex().substr(0, 16),
          cell(head.model_served.empty() ? head.model_requested : head.model_served),
          cell(record.user),
          head.error ? std::string(base::row(*head.error).name) : "ok",
          head.usage ? std::to_string(head.usage->input) : "-",
          head.usage ? std::to_string(head.usage->output) : "-",
          head.ttft_us ? format_duration(*head.ttft_us) : "-",
          format_duration(head.duration_us),
          cost.empty() ? "-" : cost};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode_utf8(text);
    if (next.bytes == 0) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (deceives(next.code)) {
      append_escape(out, next.code);
    } else {
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string format_duration(std::int64_t us) {
  if (us < 1000) return fmt::format("{}µs", us);
  if (us < 1'000'000) return fmt::format("{}ms", us / 1000);
  return fmt::format("{:.2f}s", static_cast<double>(us) / 1e6);
}

std::string format_time(std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return std::to_string(unix_us);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &utc)};
}

std::string format_cost(const Span& span) {
  std::string out = span.cost ? base::format_dollars(*span.cost) : "";
  if (span.unpriced) out += out.empty() ? "unpriced" : " + unpriced";
  return out;
}

std::string trace_table(std::span<const ExchangeRecord> heads, const TextStyle& style) {
  std::vector<Cells> rows(1);
  std::copy(kTitles.begin(), kTitles.end(), rows.front().begin());
  for (const ExchangeRecord& head : heads) rows.push_back(cells_of(head));
  std::array<std::size_t, kTitles.size()> widths{};
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const bool failed = r > 0 && heads[r - 1].spans.front().error.has_value();
    std::string line;
    for (std::size_t i = 0; i < kTitles.size(); ++i) {
      const std::string fill(widths[i] - width_of(rows[r][i]), ' ');
      if (i > 0) line += "  ";
      line += i >= kFirstNumber ? fill + rows[r][i] : rows[r][i] + fill;
    }
    out += r == 0 ? painted(line, kBold, style) : failed ? painted(line, kRed, style) : line;
    out += '\n';
  }
  return out;
}

std::string trace_tree(std::span<const ExchangeRecord> exchanges, const TextStyle& style) {
  if (exchanges.empty()) return {};
  std::string out = painted("Trace ID: " + exchanges[0].trace.hex(), kBold, style) + "\n";
  std::size_t number = 0;
  for (const Node& head : SpanTrees(exchanges, style).build()) {
    out += painted(fmt::format("Span {}: {}", ++number, head.text), kBold, style) + "\n";
    draw(out, head, "");
  }
  return out;
}

}  // namespace headgate::telemetry
