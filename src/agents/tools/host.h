// Who offers tools, prompts and resources. Lists and calls are for the principal in the context:
// what it may not use is not listed, and not found when it is called. Implemented by a remote MCP
// server, later by agents and tools of the configuration; every method may be called from any loop,
// runs on the loop of its context and stops when that is cancelled.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/tools/tool.h"
#include "base/async/task.h"
#include "base/context.h"

namespace headgate::agents {

/// What a call tells its caller on its way. Never waits; what does not fit is dropped and counted.
class CallEvents {
 public:
  virtual ~CallEvents() = default;
  /// `progress` only grows. `total`: as far as known.
  virtual void progress(double progress, std::optional<double> total, std::string_view message) = 0;
  /// `level`: of syslog ("info", "warning", …). `data`: one JSON value.
  virtual void log(std::string_view level, std::string_view logger, std::string_view data) = 0;
  /// Whether the caller has said that the call is not wanted any more. One that is gone has not.
  virtual bool is_withdrawn() const { return false; }
};

class ToolHost {
 public:
  virtual ~ToolHost() = default;
  /// In an order that stays while the list does.
  virtual base::Task<Tools> list_tools(base::Context& ctx) = 0;
  /// Null: it is not listed.
  virtual base::Task<std::shared_ptr<const Tool>> find_tool(base::Context& ctx,
                                                            std::string_view name);
  /// Errors: not_found, for a tool that is not listed; invalid_request; permission_denied; what
  /// else kept the tool from running. A tool that ran and failed is a result.
  virtual base::Task<ToolOutcome> call_tool(base::Context& ctx, const ToolCall& call,
                                            CallEvents& events) = 0;
};

/// The tool of that name; null: it is not among them.
std::shared_ptr<const Tool> tool_of(const Tools& tools, std::string_view name);

struct PromptArgument {
  std::string name;
  std::string description;
  bool required = false;
};

struct PromptInfo {
  std::string name;
  std::string title;
  std::string description;
  std::vector<PromptArgument> arguments;
};

struct PromptCall {
  std::string_view name;
  std::string_view arguments = "{}";  // an object of strings
  CallerInputs inputs;
  CallerFeatures features;
};

struct PromptResult {
  std::string description;
  std::string messages = "[]";  // an array of {role, content}
};

using PromptOutcome = std::variant<PromptResult, InputRequired>;

class PromptHost {
 public:
  virtual ~PromptHost() = default;
  virtual base::Task<std::vector<PromptInfo>> list_prompts(base::Context& ctx) = 0;
  /// Errors: not_found, invalid_request.
  virtual base::Task<PromptOutcome> get_prompt(base::Context& ctx, const PromptCall& call) = 0;
};

struct ResourceInfo {
  std::string uri;  // of a template: with {variables}
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
};

struct ResourceRead {
  std::string_view uri;
  CallerInputs inputs;
  CallerFeatures features;
};

struct ResourceContents {
  std::string contents = "[]";  // an array of {uri, mimeType, text or blob}
};

using ResourceOutcome = std::variant<ResourceContents, InputRequired>;

class ResourceHost {
 public:
  virtual ~ResourceHost() = default;
  virtual base::Task<std::vector<ResourceInfo>> list_resources(base::Context& ctx) = 0;
  virtual base::Task<std::vector<ResourceInfo>> list_templates(base::Context& ctx) = 0;
  /// Errors: not_found.
  virtual base::Task<ResourceOutcome> read_resource(base::Context& ctx,
                                                    const ResourceRead& read) = 0;
};

/// What to propose for an argument that is being typed.
struct CompletionAsk {
  bool of_prompt = true;      // else of a resource template
  std::string_view name;      // of the prompt, or the template's URI
  std::string_view argument;  // its name
  std::string_view typed;
  std::string_view resolved;  // an object: arguments that are known already; empty: none
};

struct Completion {
  std::vector<std::string> values;
  std::optional<std::int64_t> total;
  bool has_more = false;
};

class CompletionHost {
 public:
  virtual ~CompletionHost() = default;
  virtual base::Task<Completion> complete(base::Context& ctx, const CompletionAsk& ask) = 0;
};

/// What one party offers; null: nothing of the kind.
struct Hosts {
  ToolHost* tools = nullptr;
  PromptHost* prompts = nullptr;
  ResourceHost* resources = nullptr;
  CompletionHost* completions = nullptr;
};

}  // namespace headgate::agents
