#include "telemetry/trace_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "telemetry/trace_text.h"

namespace headgate::telemetry {
namespace {

std::string quoted(std::string_view text, std::uint32_t cut_bytes, const TextStyle& style) {
  const std::string_view shown = cut_text(text, style.content_bytes_max);
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
  if (!span.error_message.empty()) out += ": " + printable(cut_text(span.error_message, 1000));
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

constexpr std::size_t kNone = SIZE_MAX;

// A span, and what it belongs to.
struct Place {
  const Span* span = nullptr;
  const ExchangeRecord* record = nullptr;
  std::size_t head = 0;        // of its record
  std::size_t parent = kNone;  // none: it is a root
};

// Which spans stand below which, over all records.
class Family {
 public:
  explicit Family(std::span<const ExchangeRecord> exchanges) {
    for (const ExchangeRecord& record : exchanges) {
      const std::size_t head = places_.size();
      for (const Span& span : record.spans) places_.push_back({&span, &record, head});
    }
    find_parents();
    break_circles();
    for (std::size_t i = 0; i < places_.size(); ++i) {
      below_[places_[i].parent].push_back(i);
    }
    for (auto& [parent, children] : below_) {
      std::stable_sort(children.begin(), children.end(), [this](std::size_t a, std::size_t b) {
        return places_[a].span->start_unix_us < places_[b].span->start_unix_us;
      });
    }
  }

  const Place& at(std::size_t i) const { return places_[i]; }
  /// In the order of time.
  const std::vector<std::size_t>& below(std::size_t i) const {
    static const std::vector<std::size_t> none;
    const auto found = below_.find(i);
    return found == below_.end() ? none : found->second;
  }
  const std::vector<std::size_t>& roots() const { return below(kNone); }

 private:
  void find_parents() {
    std::map<base::SpanId, std::size_t> by_id;
    for (std::size_t i = 0; i < places_.size(); ++i) by_id.emplace(places_[i].span->id, i);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      Place& place = places_[i];
      const auto found = by_id.find(place.span->parent);
      if (found != by_id.end() && found->second != i) {
        place.parent = found->second;
      } else if (i != place.head) {
        place.parent = place.head;
      }
    }
  }

  // Who is their own ancestor is a root.
  void break_circles() {
    enum class Mark : std::uint8_t { fresh, on_way, done };
    std::vector<Mark> marks(places_.size(), Mark::fresh);
    std::vector<std::size_t> way;
    for (std::size_t start = 0; start < places_.size(); ++start) {
      way.clear();
      std::size_t i = start;
      while (i != kNone && marks[i] == Mark::fresh) {
        marks[i] = Mark::on_way;
        way.push_back(i);
        i = places_[i].parent;
      }
      if (i != kNone && marks[i] == Mark::on_way) places_[i].parent = kNone;
      for (const std::size_t done : way) marks[done] = Mark::done;
    }
  }

  std::vector<Place> places_;
  std::map<std::size_t, std::vector<std::size_t>> below_;
};

class Tree {
 public:
  Tree(const Family& family, const TextStyle& style) : family_(family), style_(style) {}

  Node build(std::size_t index, int depth) const {
    const Place& place = family_.at(index);
    Node node{title_of(*place.span), {}};
    if (index == place.head) add_caller(node, *place.record);
    add_before(node, *place.span);
    for (const std::size_t child : family_.below(index)) {
      if (depth < kDepthMax) {
        node.below.push_back(build(child, depth + 1));
      } else {
        add(node, "Below",
            title_of(*family_.at(child).span) + " (too deep to show; --json has it)");
      }
    }
    add_after(node, *place.span);
    return node;
  }

 private:
  static constexpr int kDepthMax = 64;

  static void add(Node& node, std::string_view label, const std::string& value) {
    if (!value.empty()) node.below.push_back({fmt::format("{}: {}", label, value), {}});
  }

  static void add_caller(Node& node, const ExchangeRecord& record) {
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

  const Family& family_;
  const TextStyle& style_;
};

}  // namespace

std::string trace_tree(std::span<const ExchangeRecord> exchanges, const TextStyle& style) {
  if (exchanges.empty()) return {};
  const Family family(exchanges);
  const Tree tree(family, style);
  std::string out = painted("Trace ID: " + exchanges.front().trace.hex(), kBold, style) + "\n";
  std::size_t number = 0;
  for (const std::size_t root : family.roots()) {
    const Node node = tree.build(root, 0);
    out += painted(fmt::format("Span {}: {}", ++number, node.text), kBold, style) + "\n";
    draw(out, node, "");
  }
  return out;
}

}  // namespace headgate::telemetry
