#include "lab/responses/output.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"
#include "lab/formats/sealed.h"
#include "lab/neutral/ids.h"
#include "lab/responses/capabilities.h"

namespace headgate::lab::responses {
namespace {

using base::json_string;
using Kind = OutputItem::Kind;

constexpr std::size_t kIdLength = 48;
constexpr std::size_t kSealedAtFirst = 40;  // letters of what is sealed, while it is being made

std::string item_id(std::string_view prefix, const Completion& completion, std::size_t index) {
  const auto text = derived_text(completion.id, fmt::format("{}{}", prefix, index), kIdLength);
  return fmt::format("{}_{}", prefix, base::to_lower(text));
}

void add_reasoning(const Completion& completion, std::vector<OutputItem>& output) {
  const auto& choice = completion.choices.front();
  if (!choice.thought && completion.usage.reasoning == 0) return;
  OutputItem item;
  item.kind = Kind::reasoning;
  item.id = item_id("rs", completion, output.size());
  if (!choice.redacted) item.tokens = choice.reasoning;
  item.encrypted =
      seal({item.id, fmt::format("{} {}", completion.usage.reasoning, joined(choice.reasoning))});
  output.push_back(std::move(item));
}

void add_message(const ResponsesRequest& request, const Completion& completion,
                 std::vector<OutputItem>& output) {
  const auto& choice = completion.choices.front();
  // Cut off while it thought, or with nothing to say beside its calls: there is no message.
  if (choice.content.empty() && (!choice.calls.empty() || !output.empty())) return;
  OutputItem item;
  item.id = item_id("msg", completion, output.size());
  item.tokens = choice.content;
  item.is_refusal = choice.is_refusal;
  if (capabilities_of(request.model).has_phases) {
    item.phase = choice.calls.empty() ? "final_answer" : "commentary";
  }
  output.push_back(std::move(item));
}

void add_calls(const ResponsesRequest& request, const Completion& completion,
               std::vector<OutputItem>& output) {
  const auto& custom = request.tools.custom;
  for (const auto& call : completion.choices.front().calls) {
    OutputItem item;
    const bool is_custom = std::find(custom.begin(), custom.end(), call.name) != custom.end();
    item.kind = is_custom ? Kind::custom_call : Kind::function_call;
    item.id = item_id(is_custom ? "ctc" : "fc", completion, output.size());
    item.tokens = call.arguments;
    item.name = call.name;
    item.call_id = "call_" + call.id;
    output.push_back(std::move(item));
  }
}

void set_status(const Completion& completion, Response& response) {
  switch (completion.choices.front().finish) {
    case FinishReason::none: response.status = Status::none; break;
    case FinishReason::length:
    case FinishReason::context_window:
      response.status = Status::incomplete;
      response.incomplete_reason = "max_output_tokens";
      break;
    case FinishReason::content_filter:
    case FinishReason::recitation:
    case FinishReason::blocklist:
    case FinishReason::prohibited_content:
    case FinishReason::spii:
    case FinishReason::prompt_blocked:
      response.status = Status::incomplete;
      response.incomplete_reason = "content_filter";
      break;
    default: response.status = Status::completed; break;
  }
}

std::string reasoning_json(const OutputItem& item, bool begun) {
  const auto sealed =
      std::string_view(item.encrypted).substr(0, begun ? kSealedAtFirst : std::string::npos);
  const bool shown = !begun && !item.tokens.empty();
  return fmt::format(R"({{"id":{},"type":"reasoning","encrypted_content":{},"summary":[{}]}})",
                     json_string(item.id), json_string(sealed),
                     shown ? summary_part(joined(item.tokens)) : "");
}

}  // namespace

std::string status_json(Status status) {
  constexpr std::string_view kNames[] = {"",          "queued",     "in_progress",
                                         "completed", "incomplete", "failed"};
  if (status == Status::none) return "null";
  return json_string(kNames[static_cast<std::size_t>(status)]);
}

Response response_of(const ResponsesRequest& request, const Completion& completion) {
  Response response;
  response.id = item_id("resp", completion, 0);
  set_status(completion, response);
  add_reasoning(completion, response.output);
  add_message(request, completion, response.output);
  add_calls(request, completion, response.output);
  return response;
}

Status item_status(const Response& response, std::size_t index) {
  if (response.status == Status::none) return Status::none;
  const bool cut = response.status == Status::incomplete && index + 1 == response.output.size();
  return cut ? Status::incomplete : Status::completed;
}

std::string text_part(const OutputItem& item, std::string_view text) {
  if (item.is_refusal) {
    return fmt::format(R"({{"type":"refusal","refusal":{}}})", json_string(text));
  }
  return fmt::format(R"({{"type":"output_text","annotations":[],"logprobs":[],"text":{}}})",
                     json_string(text));
}

std::string summary_part(std::string_view text) {
  return fmt::format(R"({{"type":"summary_text","text":{}}})", json_string(text));
}

std::string item_json(const OutputItem& item, Status status, bool begun) {
  if (item.kind == Kind::reasoning) return reasoning_json(item, begun);
  const std::string text = begun ? "" : joined(item.tokens);
  if (item.kind == Kind::message) {
    const auto phase =
        item.phase.empty() ? "" : fmt::format(R"("phase":{},)", json_string(item.phase));
    return fmt::format(
        R"({{"id":{},"type":"message","status":{},"content":[{}],{}"role":"assistant"}})",
        json_string(item.id), status_json(status), begun ? "" : text_part(item, text), phase);
  }
  const bool custom = item.kind == Kind::custom_call;
  return fmt::format(R"({{"id":{},"type":"{}","status":{},"{}":{},"call_id":{},"name":{}}})",
                     json_string(item.id), custom ? "custom_tool_call" : "function_call",
                     status_json(status), custom ? "input" : "arguments", json_string(text),
                     json_string(item.call_id), json_string(item.name));
}

std::vector<Item> output_items(const Response& response) {
  std::vector<Item> items;
  std::string thoughts;
  for (std::size_t i = 0; i < response.output.size(); ++i) {
    const auto& from = response.output[i];
    Item item;
    item.json = boost::json::parse(item_json(from, item_status(response, i))).as_object();
    item.type = openai::text_of(item.json, "type");
    item.id = from.id;
    item.role = Role::assistant;
    item.name = from.name;
    item.call_id = from.call_id;
    if (from.kind == Kind::reasoning) {
      item.kind = ItemKind::reasoning;
      item.encrypted = from.encrypted;
      thoughts = from.id;
    } else {
      item.text = joined(from.tokens);
      item.needs = thoughts;
      if (from.kind != Kind::message) item.kind = ItemKind::call;
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace headgate::lab::responses
