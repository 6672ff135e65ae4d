#include "agents/policy/call_values.h"

#include "base/json/writer.h"
#include "base/money.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

// What is empty is not there: an anonymous caller is nobody, and not the one whose name is "".
void add(json::Writer& writer, std::string_view name, std::string_view value) {
  if (!value.empty()) writer.member(name, value);
}

void add(json::Writer& writer, std::string_view name, const std::vector<std::string>& values) {
  writer.array(name);
  for (const std::string& value : values) writer.string(value);
  writer.end_array();
}

std::string principal_json(const base::Context& ctx) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  add(writer, "user", ctx.user);
  add(writer, "tenant", ctx.principal->tenant);
  add(writer, "tier", ctx.principal->tier);
  add(writer, "key_id", ctx.principal->key_id);
  add(writer, "scopes", ctx.principal->scopes);
  writer.end_object();
  return out;
}

std::string run_json(const base::Context& ctx, const CallQuestion& question) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  add(writer, "agent", question.agent);
  add(writer, "session", ctx.session);
  writer.member_raw("cost_usd", base::format_dollars(question.cost).substr(1));
  writer.end_object();
  return out;
}

std::string call_json(const CallQuestion& question) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  add(writer, "labels", question.labels);
  writer.array("tainted");
  for (const Taint& taint : question.taints) writer.string(taint.argument);
  writer.end_array();
  writer.member("trusted", question.labels == std::vector<std::string>{std::string(kUserLabel)});
  writer.end_object();
  return out;
}

std::string tool_json(const CallQuestion& question) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("name", question.tool.name);
  writer.end_object();
  return out;
}

}  // namespace

CallValues::CallValues(const base::Context& ctx, const CallQuestion& question) {
  roots_["args"] = question.arguments;
  roots_["principal"] = principal_json(ctx);
  roots_["run"] = run_json(ctx, question);
  roots_["tool"] = tool_json(question);
  roots_["call"] = call_json(question);
}

std::optional<std::string_view> CallValues::root(std::string_view name) const {
  const auto at = roots_.find(name);
  if (at == roots_.end()) return std::nullopt;
  return at->second;
}

std::optional<std::string_view> CallValues::fact(std::string_view name) const {
  const auto at = facts_.find(name);
  if (at == facts_.end()) return std::nullopt;
  return at->second;
}

}  // namespace headgate::agents
