#include "agents/definitions/check.h"

#include <algorithm>
#include <set>

#include "agents/definitions/template.h"
#include "agents/definitions/tool_templates.h"
#include "base/text/strings.h"
#include "guardrails/schema/json_schema.h"

namespace headgate::agents {

using base::config::Cursor;
using base::config::Problems;

namespace {

constexpr std::size_t kNameBytesMax = 64;

// What model APIs take for the name of a function.
bool is_name(std::string_view name, std::size_t bytes_max) {
  return !name.empty() && name.size() <= bytes_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

bool is_number(std::string_view text) {
  return !text.empty() && (text == "0" || text.front() != '0') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// MAJOR.MINOR.PATCH, then anything behind '-' or '+'.
bool is_semantic(std::string_view version) {
  version = version.substr(0, version.find_first_of("-+"));
  for (int part = 0; part < 2; ++part) {
    const std::size_t dot = version.find('.');
    if (dot == std::string_view::npos || !is_number(version.substr(0, dot))) return false;
    version.remove_prefix(dot + 1);
  }
  return is_number(version);
}

void check_version(const std::string& version, const Cursor& at, Problems& problems) {
  if (!is_semantic(version)) problems.add(at, "must be a semantic version such as 1.2.0");
}

void check_schema(const base::config::Json& schema, const Cursor& at, Problems& problems) {
  if (schema.empty()) return;
  const auto compiled = guardrails::JsonSchema::compile(schema.text);
  if (!compiled) problems.add(at, "not a JSON Schema: " + compiled.error().detail);
}

void check_ways(const ToolConfig& tool, const Cursor& at, Problems& problems) {
  const int ways = (tool.http ? 1 : 0) + (tool.openapi ? 1 : 0) + (tool.mcp ? 1 : 0) +
                   (tool.builtin != Builtin::none ? 1 : 0) + (tool.native ? 1 : 0);
  if (ways != 1) problems.add(at, "needs one of http, openapi, mcp, builtin and native");
}

void check_mcp(const McpToolConfig& mcp, const KnownNames& known, const Cursor& at,
               Problems& problems) {
  const auto& servers = known.mcp_servers;
  if (mcp.server.empty()) return;  // said already
  if (std::find(servers.begin(), servers.end(), mcp.server) != servers.end()) return;
  problems.add_unknown(at["server"], "no such MCP server", mcp.server, servers);
}

void check_knowledge(const ToolConfig& tool, const KnownNames& known, const Cursor& at,
                     Problems& problems) {
  const bool searches = tool.builtin == Builtin::search_knowledge;
  if (searches && tool.knowledge.empty()) {
    problems.add(at["builtin"], "say which base is searched: knowledge");
  } else if (!searches && !tool.knowledge.empty()) {
    problems.add(at["knowledge"], "is for builtin: search_knowledge");
  }
  const auto& bases = known.knowledge;
  if (tool.knowledge.empty()) return;
  if (std::find(bases.begin(), bases.end(), tool.knowledge) != bases.end()) return;
  problems.add_unknown(at["knowledge"], "no such knowledge base", tool.knowledge, bases);
}

bool has_header(const base::config::OrderedMap<base::SecretRef>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return base::iequals(header.first, name); });
}

void check_headers(const HttpToolConfig& http, const Cursor& at, Problems& problems) {
  for (const auto& [name, secret] : http.headers) {
    if (!base::config::is_header_name(name)) {
      problems.add(at["headers"][name].key_place(), "not a header name");
    }
  }
  for (const auto& [name, text] : http.header_templates) {
    const Cursor place = at["header_templates"][name];
    if (!base::config::is_header_name(name)) {
      problems.add(place.key_place(), "not a header name");
    } else if (is_own_header(name)) {
      problems.add(place.key_place(), "is set by Headgate and cannot be given here");
    } else if (has_header(http.headers, name)) {
      problems.add(place.key_place(), "stands in headers too");
    }
  }
  if (!base::config::is_header_name(http.idempotency_header)) {
    problems.add(at["idempotency_header"], "not a header name");
  }
}

void check_http(const ToolConfig& tool, const Cursor& at, Problems& problems) {
  const HttpToolConfig& http = *tool.http;
  check_headers(http, at, problems);
  ToolTemplates::Wrongs wrongs;
  const auto parsed = ToolTemplates::parse(http, wrongs);
  for (const auto& wrong : wrongs) {
    const Cursor place = wrong.key.empty() ? at[wrong.section] : at[wrong.section][wrong.key];
    problems.add(place, wrong.what);
  }
  if (!wrongs.empty() || tool.input.empty()) return;
  const std::vector<std::string> known = property_names(tool.input.text);
  for (const auto& use : parsed.uses()) {
    if (is_context_name(use.name)) continue;
    if (std::find(known.begin(), known.end(), use.name) != known.end()) continue;
    const Cursor place = use.key.empty() ? at[use.section] : at[use.section][use.key];
    problems.add_unknown(place, "no such argument in the tool's input: {" + use.name + "}",
                         use.name, known);
  }
}

void check_tool(const std::string& name, const ToolConfig& tool, const KnownNames& known,
                const Cursor& at, Problems& problems) {
  if (!is_name(name, kNameBytesMax)) {
    problems.add(at.key_place(), "the name must be 1 to 64 letters, digits, '_' and '-'");
  } else if (name.starts_with(kTransfer)) {
    problems.add(at.key_place(), "transfer_to_… are the names of handoffs");
  }
  check_version(tool.version, at["version"], problems);
  check_schema(tool.input, at["input"], problems);
  check_schema(tool.output, at["output"], problems);
  check_ways(tool, at, problems);
  if (tool.http) check_http(tool, at["http"], problems);
  if (tool.mcp) check_mcp(*tool.mcp, known, at["mcp"], problems);
  check_knowledge(tool, known, at, problems);
}

template <class Names>
void check_names(const std::vector<std::string>& names, std::string_view what, const Names& known,
                 const Cursor& at, Problems& problems) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    if (!seen.insert(name).second) problems.add(at.child(i), "given twice");
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    problems.add_unknown(at.child(i), "no such " + std::string(what), name, known);
  }
}

void check_model(const std::string& model, const KnownNames& known, const Cursor& at,
                 Problems& problems) {
  const auto& models = known.models;
  const bool fine = model.empty() || std::find(models.begin(), models.end(), model) != models.end();
  if (!fine) problems.add_unknown(at, "no such model", model, models);
}

void check_agent(const std::string& name, const AgentConfig& agent, const ToolConfigs& tools,
                 const AgentConfigs& agents, const KnownNames& known, const Cursor& at,
                 Problems& problems) {
  if (!is_name(name, kNameBytesMax - kTransfer.size())) {
    problems.add(at.key_place(), "the name must be 1 to 52 letters, digits, '_' and '-'");
  }
  check_version(agent.version, at["version"], problems);
  if (agent.prompt.empty() == agent.prompt_file.empty()) {
    problems.add(at, "needs either a prompt or a prompt_file");
  }
  check_names(agent.tools, "tool", tools.names(), at["tools"], problems);
  check_names(agent.handoffs, "agent", agents.names(), at["handoffs"], problems);
  check_schema(agent.output_schema, at["output_schema"], problems);
  check_model(agent.model, known, at["model"], problems);
  if (!agent.memory) return;
  check_model(agent.memory->summary_model, known, at["memory"]["summary_model"], problems);
}

}  // namespace

void check(const ToolConfigs& tools, const AgentConfigs& agents, const KnownNames& known,
           const Cursor& root, Problems& problems) {
  for (const auto& [name, tool] : tools) {
    check_tool(name, tool, known, root["tools"][name], problems);
  }
  for (const auto& [name, agent] : agents) {
    check_agent(name, agent, tools, agents, known, root["agents"][name], problems);
  }
}

}  // namespace headgate::agents
