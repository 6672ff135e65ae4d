#include "lab/anthropic/message_request.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "lab/anthropic/messages.h"
#include "lab/anthropic/tools.h"

namespace headgate::lab::anthropic {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 100;
constexpr std::int64_t kTokensOfReply = 3;
constexpr std::int64_t kBudgetMin = 1024;
constexpr std::size_t kUserIdMax = 256;

constexpr auto kCountFields =
    std::to_array<std::string_view>({"model", "messages", "cache_control", "output_config", "speed",
                                     "system", "thinking", "tool_choice", "tools"});
constexpr auto kMessageFields =
    std::to_array<std::string_view>({"max_tokens", "container", "diagnostics", "inference_geo",
                                     "metadata", "service_tier", "stop_sequences", "stream"});
constexpr auto kSamplingFields = std::to_array<std::string_view>({"temperature", "top_p", "top_k"});
constexpr auto kBetaFields =
    std::to_array<std::string_view>({"betas", "context_management", "fallbacks", "mcp_servers",
                                     "output_format", "thread", "billing_policy"});

/// How a request asks the model to think.
struct Thinking {
  std::string type;  // "enabled", "adaptive", "between_tools" or "disabled"
  bool shown = true;
  std::int64_t budget = 0;

  bool on() const { return !type.empty() && type != "disabled"; }
};

class RequestReader {
 public:
  RequestReader(const Node& root, const RequestRules& rules) : root_(root), rules_(rules) {}

  void read(Prompt& out) {
    out.dialect = Dialect::anthropic;
    out.endpoint = rules_.count_only ? Endpoint::count_tokens : Endpoint::generate;
    if (!root_["model"].required()) return;
    out.model = root_["model"].text();
    if (out.model.empty()) root_["model"].note("String should have at least 1 character");
    if (!rules_.count_only) read_limits(out);
    const Thinking thinking = read_thinking();
    read_sampling(thinking);
    read_extras();
    check_fields();
    if (root_.failed()) return;
    read_prompt(thinking, out);
    if (root_.failed()) return;
    check_thinking(thinking, out);
    set_thoughts(thinking, out);
  }

 private:
  void read_limits(Prompt& out) {
    const Node limit = root_["max_tokens"];
    if (!limit.required()) return;
    out.tokens_max = limit.integer(0);
    out.stream = root_["stream"].flag(false);
    const Node stops = root_["stop_sequences"];
    if (!stops.given()) return;
    for (std::size_t i = 0; i < stops.size(); ++i) {
      out.stop.push_back(stops.item(i).text());
      if (out.stop.back().find_first_not_of(" \t\r\n") == std::string::npos) {
        stops.note("each stop sequence must contain non-whitespace");
      }
    }
  }

  Thinking read_thinking() const {
    const Node node = root_["thinking"];
    Thinking out;
    if (!node.given()) return out;
    out.type = node.variant({"adaptive", "between_tools", "disabled", "enabled"});
    const Node named = node.as(out.type);
    if (out.type == "enabled") {
      named.only({"type", "budget_tokens", "display"});
      if (named["budget_tokens"].required()) {
        out.budget = named["budget_tokens"].integer(kBudgetMin);
      }
    } else if (out.type == "adaptive") {
      named.only({"type", "display"});
    } else {
      named.only({"type"});
    }
    const Node display = named["display"];
    if (display.given()) out.shown = display.choice({"summarized", "omitted"}) != "omitted";
    return out;
  }

  void read_sampling(const Thinking& thinking) const {
    if (rules_.count_only || rules_.is_2026) return;  // not a field there
    const auto temperature = share("temperature");
    const auto top_p = share("top_p");
    if (root_["top_k"].given()) root_["top_k"].integer(0);
    if (thinking.type != "enabled" && thinking.type != "adaptive") return;
    if (temperature && *temperature != 1) {
      root_.note_all("`temperature` may only be set to 1 when thinking is enabled.");
    }
    if (top_p && *top_p < 0.95) {
      root_.note_all(
          "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.");
    }
    if (root_["top_k"].given()) {
      root_.note_all("`top_k` must be unset when thinking is enabled.");
    }
  }

  std::optional<double> share(std::string_view key) const {
    const Node node = root_[key];
    if (!node.given()) return std::nullopt;
    if (!node.value().is_number()) {
      node.note("Input should be a valid number");
      return std::nullopt;
    }
    const double number = node.value().to_number<double>();
    if (number < 0 || number > 1) node.note("range: 0..1");
    return number;
  }

  void read_extras() const {
    const Node metadata = root_["metadata"];
    if (metadata.given() && metadata.is_object()) {
      metadata.only({"user_id"});
      const Node user = metadata["user_id"];
      if (user.given() && user.text().size() > kUserIdMax) {
        user.note(fmt::format("String should have at most {} characters", kUserIdMax));
      }
    }
    if (root_["service_tier"].given()) root_["service_tier"].choice({"auto", "standard_only"});
    if (root_["speed"].given()) root_["speed"].choice({"standard", "fast"});
  }

  void check_fields() const {
    std::vector<std::string_view> known(kCountFields.begin(), kCountFields.end());
    const auto add = [&](const auto& more) { known.insert(known.end(), more.begin(), more.end()); };
    if (!rules_.count_only) add(kMessageFields);
    if (!rules_.count_only && !rules_.is_2026) add(kSamplingFields);
    if (rules_.beta) add(kBetaFields);
    root_.only(known);
    // Clients know this code, and send the whole conversation instead.
    if (root_["thread"].given()) {
      root_.note_all("thread: Threads are not available for this organization.",
                     "thread_unsupported_request");
    }
  }

  /// In the order in which the prompt cache sees it.
  void read_prompt(const Thinking& thinking, Prompt& out) const {
    const MessageRules rules{rules_.is_2026, thinking.type == "enabled", rules_.thought_calls};
    CacheMarks marks;
    read_output_config(root_["output_config"], out);
    read_tools(root_["tools"], marks, out);
    read_tool_choice(root_["tool_choice"], out);
    read_system(root_["system"], rules, marks, out);
    read_messages(root_["messages"], rules, marks, out);
    if (root_.failed()) return;
    // The top-level mark is one on the last block.
    if (!out.cache_blocks.empty()) marks.read(root_, out.cache_blocks.back());
    marks.finish(root_);
    out.tokens = kTokensOfReply;
    for (const auto& block : out.cache_blocks) out.tokens += block.tokens;
  }

  void check_thinking(const Thinking& thinking, const Prompt& out) const {
    if (!thinking.on()) return;
    if (out.tool_choice == ToolChoice::required) {
      root_.note_all("Thinking may not be enabled when tool_choice forces tool use.");
    }
    if (thinking.budget > 0 && out.tokens_max && *out.tokens_max <= thinking.budget) {
      root_.note_all("`max_tokens` must be greater than `thinking.budget_tokens`.");
    }
  }

  static void set_thoughts(const Thinking& thinking, Prompt& out) {
    const bool after_tool = !out.messages.empty() && out.messages.back().role == Role::tool;
    const bool now = thinking.type != "between_tools" || after_tool;
    out.thoughts = !thinking.on() || !now ? Thoughts::off
                   : thinking.shown       ? Thoughts::shown
                                          : Thoughts::hidden;
  }

  const Node& root_;
  const RequestRules& rules_;
};

}  // namespace

MessageRequestResult read_message_request(std::string_view body, const RequestRules& rules) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  const json::value value = json::parse(body, error, {}, options);
  if (error) {
    return ApiError{400, fmt::format("The request body is not valid JSON: {}", error.message())};
  }
  Problem problem;
  const Node root(&value, {}, problem);
  Prompt prompt;
  if (root.is_object()) RequestReader(root, rules).read(prompt);
  if (problem) return *problem;
  return prompt;
}

}  // namespace headgate::lab::anthropic
