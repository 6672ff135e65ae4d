// The keys of a tool: included by tool_config.h alone, behind the types that it describes. Each
// with what it means, its bounds and an example; defaults are the members' initialisers. A reload
// takes all of it for runs that begin after it: runs under way keep what they began with.
#pragma once

#include "agents/definitions/tool_config.h"

namespace headgate::agents {

template <class V>
void HttpToolConfig::fields(V& v) {
  using C = HttpToolConfig;
  v.field("method", &C::method, {.doc = "Of the request."});
  v.field("url", &C::url,
          {.doc = "Where it is called. Arguments may fill segments of the path.",
           .example = "'http://127.0.0.1:9000/orders/{order_id}'",
           .min = 1,
           .max = 4096,
           .required = true});
  v.field("query", &C::query,
          {.doc = "Parameters by name; one whose argument was not given is left out. "
                  "{principal.user}, {principal.tenant} and {run.id} are who calls and from where. "
                  "A list is written {tags*}, which repeats the parameter, or {tags,}, which puts "
                  "commas between.",
           .example = "{limit: '{limit}'}",
           .max = 100});
  v.field("headers", &C::headers,
          {.doc = "Headers by name: references to secrets.",
           .example = "{authorization: 'env:ORDERS_AUTHORIZATION'}",
           .max = 50});
  v.field("header_templates", &C::header_templates,
          {.doc = "Headers that are no secrets, filled in as parameters of the query are.",
           .example = "{x-tenant: '{principal.tenant}'}",
           .max = 50});
  v.field("body", &C::body,
          {.doc = "The JSON body. A string \"{name}\" becomes the argument as it is; one within "
                  "other text is filled in.",
           .example = "{id: '{order_id}', by: '{principal.user}'}",
           .default_note = "none for GET and DELETE, else the arguments that stand nowhere else"});
  v.field(
      "idempotency_header", &C::idempotency_header,
      {.doc = "The header that carries the call's key to an idempotent tool: the same each time "
              "that one call is sent.",
       .max = 100});
  v.field("ca_file", &C::ca_file,
          {.doc = "PEM bundle to trust instead of the system's.", .must_exist = true});
}

template <class V>
void McpToolConfig::fields(V& v) {
  v.field("server", &McpToolConfig::server, {.doc = "Of mcp.servers.", .required = true});
  v.field("tool", &McpToolConfig::tool,
          {.doc = "Its name there.", .default_note = "the name it has here"});
}

template <class V>
void ToolRetryConfig::fields(V& v) {
  v.field("attempts_max", &ToolRetryConfig::attempts_max,
          {.doc = "Times that one call is sent, where its effect allows more than one.",
           .min = 1,
           .max = 10});
  v.field(
      "pause_ms", &ToolRetryConfig::pause_ms,
      {.doc = "Before the second time; doubled before each further one.", .min = 0, .max = 60'000});
}

template <class V>
void tool_ways(V& v) {
  using C = ToolConfig;
  v.field("http", &C::http, {.doc = "A tool over HTTP."});
  v.field("openapi", &C::openapi,
          {.doc = "An operation of an OpenAPI document, which says what the tool's description, "
                  "input and http are."});
  v.field("mcp", &C::mcp, {.doc = "A tool of a remote MCP server."});
  v.field("builtin", &C::builtin,
          {.doc = "A tool of Headgate's own. human_handoff asks a person, as approvals are asked "
                  "for, and has the reason of whoever approves as its result."});
  v.field(
      "native", &C::native,
      {.doc = "A C++ function, which the program that embeds Headgate registers under the tool's "
              "name. `headgate serve` has none."});
  v.field("knowledge", &C::knowledge,
          {.doc = "For search_knowledge: which base.", .example = "support"});
}

template <class V>
void tool_provenance(V& v) {
  using C = ToolConfig;
  v.field("arguments_untainted", &C::arguments_untainted,
          {.doc = "Arguments that must not come from text nobody vouches for: results of tools "
                  "that are not trusted, above all.",
           .example = "[to, amount]",
           .max = 100});
  v.field("on_taint", &C::on_taint,
          {.doc = "Whether a call where one may is refused, or a person must agree to it."});
  v.field("result_trust", &C::result_trust,
          {.doc = "trusted: whatever it returns is as good as the configuration itself."});
  v.field("result_types", &C::result_types,
          {.doc = "Values of its results, by name. A quarantined agent is told these and no text.",
           .example = "{order_id: {type: id, pattern: 'ORD-[0-9]{1,9}', from: /order/id}}",
           .max = 64});
}

template <class V>
void ToolConfig::fields(V& v) {
  using C = ToolConfig;
  v.field("description", &C::description,
          {.doc = "For the model: what it does and when to use it.",
           .default_note = "nothing; builtins and operations say what they do",
           .max = 16'384});
  v.field("version", &C::version, {.doc = "Semantic version of what is said here."});
  v.field(
      "input", &C::input,
      {.doc = "JSON Schema of the arguments, an object; they are held against it before a call.",
       .example = "{type: object, properties: {order_id: {type: string}}}",
       .default_note = "no arguments; of builtins, MCP tools and operations, theirs"});
  v.field("output", &C::output,
          {.doc = "JSON Schema of the result, which is held against it.", .default_note = "any"});
  v.field("effect", &C::effect,
          {.doc = "What happens when a call is made twice. pure: nothing, it is repeated freely. "
                  "idempotent: the same as once, given the same key. at_most_once: it happens "
                  "twice, so a call of unknown outcome is left to a person."});
  v.field("scopes", &C::scopes,
          {.doc = "The caller's key needs all of these.", .example = "[orders]", .max = 100});
  v.field("approval", &C::approval, {.doc = "Whether a person must agree to each call."});
  v.field("authorise", &C::authorise,
          {.doc = "Rules that a call must pass, whoever makes it: all of them.", .max = 50});
  v.field("facts", &C::facts,
          {.doc = "What rules may ask the world, by name: fact.NAME.", .max = 20});
  tool_provenance(v);
  v.field("timeout_ms", &C::timeout_ms,
          {.doc = "For one time that the call is sent.", .min = 10, .max = 3'600'000});
  v.field("retry", &C::retry, {.doc = "Of pure and idempotent tools that cannot be reached."});
  v.field("result_bytes_max", &C::result_bytes_max,
          {.doc = "Of a result; a longer one is an error.", .min = 64, .max = 16 * 1024 * 1024});
  v.field("capture", &C::capture, {.doc = "What traces keep of its arguments and results."});
  v.field("on_error", &C::on_error,
          {.doc = "Whether the model is told of a call that failed, or the run fails."});
  tool_ways(v);
}

}  // namespace headgate::agents
