// The `agents` section: by name, who answers with which prompt and model, with which tools, to whom
// it may hand over, and how far a run may go. Plain values; a run keeps those it began with
// (pinned.h), whatever a reload brings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agents/memory/config.h"
#include "agents/quarantine/config.h"
#include "base/config/fields.h"
#include "base/config/types.h"

namespace headgate::agents {

/// Of a whole run, all agents that take part in it: those of the agent that it begins with.
struct RunLimits {
  std::int64_t steps_max = 20;
  std::int64_t tool_calls_max = 50;
  std::int64_t tokens_max = 200'000;
  std::int64_t seconds_max = 300;
  base::config::Dollars cost_usd_max{base::kPicodollarsPerDollar};

  template <class V>
  static void fields(V& v);
};

struct AgentConfig {
  std::string description;
  std::string version = "1.0.0";
  std::string prompt;
  std::filesystem::path prompt_file;
  std::string model;
  std::optional<double> temperature;
  std::optional<std::int64_t> output_tokens_max;
  std::string reasoning_effort;
  bool stream = true;
  std::vector<std::string> tools;
  std::vector<std::string> handoffs;
  std::optional<std::vector<std::string>> scopes;
  RunLimits limits;
  std::optional<QuarantineConfig> quarantine;
  base::config::Json output_schema;
  std::optional<MemoryConfig> memory;

  template <class V>
  static void fields(V& v);
};

using AgentConfigs = base::config::OrderedMap<AgentConfig>;

template <class V>
void RunLimits::fields(V& v) {
  using C = RunLimits;
  v.field("steps_max", &C::steps_max, {.doc = "Calls of models.", .min = 1, .max = 1'000});
  v.field("tool_calls_max", &C::tool_calls_max,
          {.doc = "Calls of tools.", .min = 0, .max = 10'000});
  v.field("tokens_max", &C::tokens_max,
          {.doc = "In and out, of all calls of models; checked before each.",
           .min = 1,
           .max = 1'000'000'000});
  v.field(
      "seconds_max", &C::seconds_max,
      {.doc = "That it works; not those that it waits for a person.", .min = 1, .max = 86'400 * 7});
  v.field("cost_usd_max", &C::cost_usd_max,
          {.doc = "Of all calls of models, as far as they are priced; checked before each."});
}

template <class V>
void AgentConfig::fields(V& v) {
  using C = AgentConfig;
  v.field("description", &C::description,
          {.doc = "What it is for: agents that may hand over to it are told.", .max = 16'384});
  v.field("version", &C::version, {.doc = "Semantic version of what is said here."});
  v.field("prompt", &C::prompt, {.doc = "Its system prompt. Either this or `prompt_file`."});
  v.field("prompt_file", &C::prompt_file, {.doc = "A file that holds it.", .must_exist = true});
  v.field("model", &C::model,
          {.doc = "A model's public name: its calls take the routes that a client's would.",
           .example = "gpt-4o",
           .required = true});
  v.field("temperature", &C::temperature, {.doc = "Passed on.", .min = 0, .max = 2});
  v.field("output_tokens_max", &C::output_tokens_max,
          {.doc = "Of one answer.", .min = 1, .max = 1'000'000});
  v.field("reasoning_effort", &C::reasoning_effort, {.doc = "Passed on.", .example = "low"});
  v.field("stream", &C::stream,
          {.doc = "Its answers are asked for as streams, so that their text is seen as it is "
                  "written; those that have to fit an output_schema are not."});
  v.field("tools", &C::tools, {.doc = "That it may call, of `tools`.", .max = 128});
  v.field("handoffs", &C::handoffs,
          {.doc = "The agents that it may hand the conversation to, as the tools "
                  "transfer_to_<agent>.",
           .max = 64});
  v.field(
      "scopes", &C::scopes,
      {.doc = "The most that its calls may use of the caller's scopes, and those of agents that "
              "it hands over to.",
       .example = "[orders]",
       .default_note = "all that the caller has",
       .max = 100});
  v.field("limits", &C::limits, {.doc = "Of a run that begins with it; the run stops there."});
  v.field("quarantine", &C::quarantine,
          {.doc = "Its model is told typed values of results that are not trusted, and never their "
                  "text.",
           .example = "{reader: gpt-4o-mini}",
           .default_note = "it reads the text"});
  v.field("output_schema", &C::output_schema,
          {.doc = "JSON Schema of its final answer. One that does not fit is sent back once.",
           .default_note = "text"});
  v.field(
      "memory", &C::memory,
      {.doc = "Runs that begin with it know of earlier ones with the same session_id and user."});
}

}  // namespace headgate::agents
