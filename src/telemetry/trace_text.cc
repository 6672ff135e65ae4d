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

// The spans of one exchange as a tree. Every span appears once, whatever the parents say: what is
// not below the head by its parents stands directly below it.
class SpanTree {
 public:
  SpanTree(const ExchangeRecord& record, const TextStyle& style)
      : record_(record), style_(style), drawn_(record.spans.size(), false) {}

  Node build() {
    Node head{title_of(record_.spans.front()), {}};
    fill(head, 0, 0);
    return head;
  }

 private:
  static constexpr int kDepthMax = 64;

  void fill(Node& node, std::size_t index, int depth) {
    drawn_[index] = true;
    const Span& span = record_.spans[index];
    if (index == 0) add_caller(node);
    add_before(node, span);
    for (std::size_t i = 0; i < record_.spans.size() && depth < kDepthMax; ++i) {
      if (!drawn_[i] && record_.spans[i].parent == span.id) add_span(node, i, depth);
    }
    for (std::size_t i = 0; i < record_.spans.size() && index == 0; ++i) {
      if (!drawn_[i]) add_span(node, i, depth);
    }
    add_after(node, span);
  }

  void add_span(Node& node, std::size_t index, int depth) {
    Node child{title_of(record_.spans[index]), {}};
    fill(child, index, depth + 1);
    node.below.push_back(std::move(child));
  }

  static void add(Node& node, std::string_view label, const std::string& value) {
    if (!value.empty()) node.below.push_back({fmt::format("{}: {}", label, value), {}});
  }

  void add_caller(Node& node) {
    add(node, "Time", format_time(record_.spans.front().start_unix_us));
    std::string caller;
    const std::array<std::pair<std::string_view, std::string_view>, 8> parts{
        {{"user", record_.user},
         {"session", record_.session},
         {"workflow", record_.workflow},
         {"tenant", record_.tenant},
         {"tier", record_.tier},
         {"key", record_.key_id},
         {"route", record_.route},
         {"release", record_.release}}};
    for (const auto& [label, value] : parts) {
      if (value.empty()) continue;
      caller += fmt::format("{}{} {}", caller.empty() ? "" : ", ", label, printable(value));
    }
    add(node, "Caller", caller);
    add(node, "Request ID", printable(record_.request_id));
    if (record_.sampled.reason.empty()) return;
    add(node, "Sampling",
        fmt::format("kept with probability {}, for: {}", format_probability(record_.sampled.ppm),
                    printable(record_.sampled.reason)));
  }

  void add_before(Node& node, const Span& span) {
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

  void add_after(Node& node, const Span& span) {
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

  const ExchangeRecord& record_;
  const TextStyle& style_;
  std::vector<bool> drawn_;
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

std::string format_probability(std::uint32_t ppm) {
  return fmt::format("{}", static_cast<double>(ppm) / 1e6);
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
  std::string out;
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (i == 0) out += painted("Trace ID: " + exchanges[0].trace.hex(), kBold, style) + "\n";
    const Node head = SpanTree(exchanges[i], style).build();
    out += painted(fmt::format("Span {}: {}", i + 1, head.text), kBold, style) + "\n";
    draw(out, head, "");
  }
  return out;
}

}  // namespace headgate::telemetry
