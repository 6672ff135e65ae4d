#include "llm/chat/trace_text.h"

#include "base/json/writer.h"

namespace headgate::llm::chat {
namespace {

void write_call(base::json::Writer& json, const ToolCall& call) {
  json.begin_object();
  json.member("id", call.id);
  json.member("type", call.custom ? "custom" : "function");
  json.object(call.custom ? "custom" : "function");
  json.member("name", call.name);
  json.member(call.custom ? "input" : "arguments", call.arguments);
  json.end_object();
  json.end_object();
}

}  // namespace

std::string trace_text(const Candidate& candidate) {
  std::string text;
  std::string calls;
  base::json::Writer json(calls);
  for (const Part& part : candidate.parts) {
    if (const auto* piece = part.as<Text>()) text += piece->text;
    if (const auto* refusal = part.as<Refusal>()) text += refusal->text;
    if (const auto* call = part.as<ToolCall>()) {
      if (calls.empty()) json.begin_array();
      write_call(json, *call);
    }
  }
  if (calls.empty()) return text;
  json.end_array();
  if (!text.empty()) text += '\n';
  return text += calls;
}

std::string reasoning_text(const Candidate& candidate) {
  std::string out;
  for (const Part& part : candidate.parts) {
    const auto* thought = part.as<Reasoning>();
    if (thought == nullptr || thought->redacted || thought->text.empty()) continue;
    if (!out.empty()) out += "\n\n";
    out += thought->text;
  }
  return out;
}

}  // namespace headgate::llm::chat
