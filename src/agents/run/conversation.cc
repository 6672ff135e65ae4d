#include "agents/run/conversation.h"

#include <algorithm>

#include "agents/definitions/check.h"
#include "agents/journal/message.h"
#include "base/config/value.h"
#include "base/json/writer.h"

namespace headgate::agents {

namespace json = base::json;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kTransferInput =
    R"({"type":"object","properties":{"reason":{"type":"string"}}})";

void write_function(json::Writer& writer, const std::string& name, std::string_view description,
                    std::string_view schema) {
  writer.begin_object();
  writer.member("type", "function");
  writer.object("function");
  writer.member("name", name);
  if (!description.empty()) writer.member("description", description);
  writer.member_raw("parameters", schema);
  writer.end_object();
  writer.end_object();
}

void write_tools(json::Writer& writer, const PinnedAgent& agent, const Pinned& pinned) {
  if (agent.config.tools.empty() && agent.config.handoffs.empty()) return;
  writer.array("tools");
  for (const std::string& name : agent.config.tools) {
    const ToolInfo& info = pinned.tool(name)->tool->info();
    write_function(writer, name, info.description, info.input_schema);
  }
  for (const std::string& name : agent.config.handoffs) {
    const std::string& what = pinned.agent(name)->config.description;
    write_function(writer, std::string(kTransfer) + name,
                   "Hand the conversation over to " + name + (what.empty() ? "." : ": " + what),
                   kTransferInput);
  }
  writer.end_array();
}

void write_messages(json::Writer& writer, const RunState& state, const PinnedAgent& agent) {
  writer.array("messages");
  write_message(writer, "system", agent.prompt);
  for (const std::string& message : state.messages) writer.raw(message);
  writer.end_array();
}

void write_format(json::Writer& writer, const PinnedAgent& agent) {
  if (agent.config.output_schema.empty()) return;
  writer.object("response_format");
  writer.member("type", "json_schema");
  writer.object("json_schema");
  writer.member("name", agent.name);
  writer.member_raw("schema", agent.config.output_schema.text);
  writer.end_object();
  writer.end_object();
}

void read_part(const llm::chat::Part& part, const PinnedAgent& agent, ModelOutcome& out) {
  if (const auto* text = part.as<llm::chat::Text>()) out.text += text->text;
  if (const auto* refusal = part.as<llm::chat::Refusal>()) out.text += refusal->text;
  const auto* asked = part.as<llm::chat::ToolCall>();
  if (asked == nullptr) return;
  CallState& call = out.calls.emplace_back();
  call.model_id = asked->id;
  call.tool = asked->name;
  call.arguments = asked->arguments.empty() ? "{}" : asked->arguments;
  if (!asked->name.starts_with(kTransfer)) return;
  const std::string to = asked->name.substr(kTransfer.size());
  const auto& handoffs = agent.config.handoffs;
  if (std::find(handoffs.begin(), handoffs.end(), to) != handoffs.end()) call.transfer_to = to;
}

}  // namespace

std::string request_body(const RunState& state, const PinnedAgent& agent, const Pinned& pinned,
                         bool stream) {
  const AgentConfig& config = agent.config;
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("model", config.model);
  write_messages(writer, state, agent);
  write_tools(writer, agent, pinned);
  if (config.temperature) {
    writer.member_raw("temperature", base::config::number_text(*config.temperature));
  }
  if (config.output_tokens_max) writer.member("max_completion_tokens", *config.output_tokens_max);
  if (!config.reasoning_effort.empty()) writer.member("reasoning_effort", config.reasoning_effort);
  write_format(writer, agent);
  if (stream) {
    writer.member("stream", true);
    writer.object("stream_options");
    writer.member("include_usage", true);
    writer.end_object();
  }
  writer.end_object();
  return out;
}

Result<ModelOutcome> read_outcome(const llm::chat::Answer& answer, std::int64_t step,
                                  const PinnedAgent& agent) {
  if (answer.candidates.empty()) {
    return fail(Errc::upstream_malformed, "the model's answer has no choices");
  }
  const llm::chat::Candidate& first = answer.candidates.front();
  ModelOutcome out;
  for (const auto& part : first.parts) read_part(part, agent, out);
  for (std::size_t i = 0; i < out.calls.size(); ++i) {
    out.calls[i].id = "c" + std::to_string(step) + "_" + std::to_string(i + 1);
  }
  out.finish_reason = first.stop_native;
  if (answer.usage) out.usage = *answer.usage;
  out.model = answer.model;
  return out;
}

}  // namespace headgate::agents
