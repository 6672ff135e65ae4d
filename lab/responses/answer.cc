#include "lab/responses/answer.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text/strings.h"
#include "lab/neutral/tokens.h"
#include "lab/openai/api_error.h"
#include "lab/responses/capabilities.h"

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using base::json_string;
using openai::given;
using Kind = OutputItem::Kind;

// ---- the object

/// By lifetime only where there are two: clients of the API exist that take nothing but numbers
/// among the details.
std::string usage_json(const CompletionUsage& usage) {
  std::string by_lifetime;
  if (usage.cache_write_long > 0) {
    by_lifetime =
        fmt::format(R"(,"cache_write_tokens_details":{{"ttl_30m_tokens":{},"ttl_12h_tokens":{}}})",
                    usage.cache_write - usage.cache_write_long, usage.cache_write_long);
  }
  return fmt::format(R"({{"input_tokens":{},"input_tokens_details":{{"cached_tokens":{},)"
                     R"("cache_write_tokens":{}{}}},"output_tokens":{},)"
                     R"("output_tokens_details":{{"reasoning_tokens":{}}},"total_tokens":{}}})",
                     usage.prompt, usage.cached, usage.cache_write, by_lifetime, usage.completion,
                     usage.reasoning, usage.prompt + usage.completion);
}

/// Writes a Response object; most of it repeats the request.
class ObjectWriter {
 public:
  ObjectWriter(const ResponsesRequest& request, const Response& response,
               const Completion& completion)
      : request_(request), response_(response), completion_(completion) {}

  std::string write(Status status, const std::string& error) {
    const bool ended = status != Status::in_progress && status != Status::queued;
    const bool spoke = ended && status != Status::failed;
    out_ = fmt::format(R"({{"id":{},"object":"response","created_at":{},"status":{})",
                       json_string(response_.id), completion_.created, status_json(status));
    echo("background", "false");
    raw("completed_at", status == Status::completed ? std::to_string(completion_.created) : "null");
    raw("error", error.empty() ? "null" : error);
    number("frequency_penalty", "0.0");
    raw("incomplete_details", incomplete(status));
    for (const std::string_view name : {"instructions", "max_output_tokens", "max_tool_calls"}) {
      echo(name, "null");
    }
    raw("model", json_string(completion_.model));
    raw("moderation", !spoke || response_.moderation.empty() ? "null" : response_.moderation);
    raw("output", spoke ? output() : "[]");
    echo("parallel_tool_calls", "true");
    number("presence_penalty", "0.0");
    write_settings();
    raw("usage", spoke ? usage_json(completion_.usage) : "null");
    echo("user", "null");
    echo("metadata", "{}");
    echo("access_programs", "null");
    return std::move(out_) + "}";
  }

 private:
  void write_settings() {
    echo("previous_response_id", "null");
    echo("prompt_cache_key", "null");
    if (const auto cache = cache_options(); !cache.empty()) raw("prompt_cache_options", cache);
    echo("prompt_cache_retention", "null");
    raw("reasoning", reasoning());
    echo("safety_identifier", "null");
    raw("service_tier", json_string(tier()));
    echo("store", "true");
    number("temperature", "1.0");
    raw("text", text());
    echo("tool_choice", R"("auto")");
    raw("tool_usage",
        R"({"image_gen":{"input_tokens":0,"input_tokens_details":{"image_tokens":0,)"
        R"("text_tokens":0},"output_tokens":0,"output_tokens_details":{"image_tokens":0,)"
        R"("text_tokens":0},"total_tokens":0},"web_search":{"num_requests":0}})");
    raw("tools", json::serialize(request_.tools.echo));
    echo("top_logprobs", "0");
    number("top_p", "1.0");
    echo("truncation", R"("disabled")");
  }

  void raw(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out_), R"(,"{}":{})", name, value);
  }

  /// As the request has it; else `otherwise`.
  void echo(std::string_view name, std::string_view otherwise) {
    const auto* value = given(request_.body, name);
    raw(name, value ? json::serialize(*value) : std::string(otherwise));
  }

  /// A decimal, which always has a point.
  void number(std::string_view name, std::string_view otherwise) {
    const auto* value = given(request_.body, name);
    std::string text =
        value ? fmt::format("{}", value->to_number<double>()) : std::string(otherwise);
    if (text.find_first_of(".e") == text.npos) text += ".0";
    raw(name, text);
  }

  std::string incomplete(Status status) const {
    if (status != Status::incomplete) return "null";
    return fmt::format(R"({{"reason":{}}})", json_string(response_.incomplete_reason));
  }

  std::string output() const {
    std::string items;
    for (std::size_t i = 0; i < response_.output.size(); ++i) {
      items += (i == 0 ? "" : ",") + item_json(response_.output[i], item_status(response_, i));
    }
    return "[" + items + "]";
  }

  std::string cache_options() const {
    const auto* given_options = given(request_.body, "prompt_cache_options");
    if (!given_options && !capabilities_of(request_.model).bills_cache_writes) return {};
    json::object options{{"mode", "implicit"}, {"ttl", "30m"}};
    if (given_options) {
      for (const auto& [key, value] : given_options->get_object()) options[key] = value;
    }
    options.erase("prewarm");
    return json::serialize(options);
  }

  std::string reasoning() const {
    const auto model = capabilities_of(request_.model);
    json::object out{{"effort", nullptr}, {"summary", nullptr}};
    if (!model.default_effort.empty()) out["effort"] = model.default_effort;
    if (const auto* sent = given(request_.body, "reasoning")) {
      for (const auto& [key, value] : sent->get_object()) out[key] = value;
    }
    return json::serialize(out);
  }

  /// The tier that served, which has only one name for the fast one.
  std::string_view tier() const {
    const auto tier = request_.text_of("service_tier");
    if (tier.empty() || tier == "auto") return "default";
    return tier == "fast" ? "priority" : tier;
  }

  std::string text() const {
    json::object out = request_.text.echo;
    if (!out.contains("format")) out["format"] = json::object{{"type", "text"}};
    out["verbosity"] = request_.text.verbosity.empty() ? "medium" : request_.text.verbosity;
    return json::serialize(out);
  }

  const ResponsesRequest& request_;
  const Response& response_;
  const Completion& completion_;
  std::string out_;
};

std::string event_bytes(std::string_view type, std::size_t number, std::string_view members) {
  return fmt::format("event: {0}\ndata: {{\"type\":\"{0}\",\"sequence_number\":{1}{2}}}\n\n", type,
                     number, members);
}

/// Writes the events of one stream in the provider's order.
class EventWriter {
 public:
  EventWriter(const ResponsesRequest& request, const Response& response,
              const Completion& completion, const StreamOptions& options)
      : request_(request), response_(response), completion_(completion), options_(options) {
    const auto* sent = given(request.body, "stream_options");
    const auto* pads = sent ? given(sent->get_object(), "include_obfuscation") : nullptr;
    padded_ = !options.obfuscation.empty() && (pads == nullptr || pads->get_bool());
  }

  std::vector<StreamEvent> write() {
    const bool background = request_.flag("background", false);
    write_state("response.created", background ? Status::queued : Status::in_progress);
    if (background) write_state("response.queued", Status::queued);
    write_state("response.in_progress", Status::in_progress);
    for (index_ = 0; index_ < response_.output.size(); ++index_) write_item();
    if (options_.done) {
      const bool incomplete = response_.status == Status::incomplete;
      write_state(incomplete ? "response.incomplete" : "response.completed", response_.status);
    }
    return std::move(events_);
  }

 private:
  const OutputItem& item() const { return response_.output[index_]; }

  void write_state(std::string_view type, Status status) {
    add(type, R"(,"response":)" + response_body(request_, response_, completion_, status));
  }

  void write_item() {
    const bool is_call = item().kind == Kind::function_call || item().kind == Kind::custom_call;
    add("response.output_item.added",
        fmt::format(R"(,"output_index":{},"item":{})", index_,
                    item_json(item(), Status::in_progress, true)),
        is_call ? count_tokens(item().name) : 0);
    switch (item().kind) {
      case Kind::reasoning: write_summary(); break;
      case Kind::message: write_content(); break;
      case Kind::function_call:
        write_arguments("response.function_call_arguments", "arguments");
        break;
      case Kind::custom_call: write_arguments("response.custom_tool_call_input", "input"); break;
    }
    add("response.output_item.done",
        fmt::format(R"(,"output_index":{},"item":{})", index_,
                    item_json(item(), item_status(response_, index_))));
  }

  /// `,"item_id":…,"output_index":…` and where inside the item.
  std::string place(std::string_view index_name) const {
    std::string out =
        fmt::format(R"(,"item_id":{},"output_index":{})", json_string(item().id), index_);
    if (!index_name.empty()) out += fmt::format(R"(,"{}":0)", index_name);
    return out;
  }

  void write_summary() {
    if (item().tokens.empty()) return;
    const auto where = place("summary_index");
    const std::string text = joined(item().tokens);
    add("response.reasoning_summary_part.added",
        fmt::format(R"({},"part":{})", where, summary_part("")));
    write_deltas("response.reasoning_summary_text.delta", where, "");
    add("response.reasoning_summary_text.done",
        fmt::format(R"({},"text":{})", where, json_string(text)));
    add("response.reasoning_summary_part.done",
        fmt::format(R"({},"part":{})", where, summary_part(text)));
  }

  void write_content() {
    const auto where = place("content_index");
    const std::string text = joined(item().tokens);
    add("response.content_part.added",
        fmt::format(R"({},"part":{})", where, text_part(item(), "")));
    if (item().is_refusal) {
      write_deltas("response.refusal.delta", where, "");
      add("response.refusal.done", fmt::format(R"({},"refusal":{})", where, json_string(text)));
    } else {
      write_deltas("response.output_text.delta", where, R"(,"logprobs":[])");
      add("response.output_text.done",
          fmt::format(R"({},"text":{},"logprobs":[])", where, json_string(text)));
    }
    add("response.content_part.done",
        fmt::format(R"({},"part":{})", where, text_part(item(), text)));
  }

  void write_arguments(std::string_view type, std::string_view member) {
    const auto where = place("");
    write_deltas(fmt::format("{}.delta", type), where, "");
    add(fmt::format("{}.done", type),
        fmt::format(R"({},"{}":{})", where, member, json_string(joined(item().tokens))));
  }

  void write_deltas(std::string_view type, std::string_view where, std::string_view more) {
    const Tokens& tokens = item().tokens;
    const auto step = static_cast<std::size_t>(options_.tokens_per_chunk);
    for (std::size_t i = 0; i < tokens.size(); i += step) {
      const auto count = std::min(step, tokens.size() - i);
      std::string members =
          fmt::format(R"({},"delta":{}{})", where, json_string(joined(tokens, i, count)), more);
      if (padded_) members += padding(members.size());
      add(type, members, static_cast<std::int64_t>(count));
    }
  }

  /// Hides how long a token is: every delta is filled up to a multiple of 32 bytes.
  std::string padding(std::size_t size) const {
    const auto length = std::min<std::size_t>(32 - size % 32, options_.obfuscation.size());
    return fmt::format(R"(,"obfuscation":"{}")", options_.obfuscation.substr(0, length));
  }

  void add(std::string_view type, std::string_view members, std::int64_t tokens = 0) {
    events_.push_back({event_bytes(type, events_.size(), members), tokens});
  }

  const ResponsesRequest& request_;
  const Response& response_;
  const Completion& completion_;
  const StreamOptions& options_;
  bool padded_ = false;
  std::size_t index_ = 0;  // of the item being written
  std::vector<StreamEvent> events_;
};

/// The error of an event and of a response have different members.
std::string_view code_of(const openai::ApiError& error) {
  return error.code.empty() ? std::string_view(error.type) : error.code;
}

}  // namespace

std::string response_body(const ResponsesRequest& request, const Response& response,
                          const Completion& completion, Status status) {
  return ObjectWriter(request, response, completion).write(status, {});
}

std::string failed_body(const ResponsesRequest& request, const Response& response,
                        const Completion& completion, int status) {
  const auto error = openai::error_of_status(status);
  return ObjectWriter(request, response, completion)
      .write(Status::failed, fmt::format(R"({{"code":{},"message":{}}})",
                                         json_string(code_of(error)), json_string(error.message)));
}

std::vector<StreamEvent> response_stream(const ResponsesRequest& request, const Response& response,
                                         const Completion& completion,
                                         const StreamOptions& options) {
  return EventWriter(request, response, completion, options).write();
}

std::string failure_events(const ResponsesRequest& request, const Response& response,
                           const Completion& completion, const StreamError& failure) {
  const auto error = openai::error_of_status(failure.status);
  std::size_t number = failure.events;
  std::string out;
  if (!failure.quietly) {
    out = event_bytes("error", number++,
                      fmt::format(R"(,"error":{{"type":{},"code":{},"message":{},"param":null}})",
                                  json_string(error.type), json_string(code_of(error)),
                                  json_string(error.message)));
  }
  return out + event_bytes(
                   "response.failed", number,
                   R"(,"response":)" + failed_body(request, response, completion, failure.status));
}

}  // namespace headgate::lab::responses
