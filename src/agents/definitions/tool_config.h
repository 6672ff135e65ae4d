// The `tools` section: what agents may call, by name. Each tool is reached over HTTP, as written
// here or in an OpenAPI document, at a remote MCP server, is built in, or is a function of the
// program around; its schema, effect and scopes hold whichever it is. Plain values; secrets are
// references until a call is made.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/mcp_remote/config.h"
#include "agents/openapi/config.h"
#include "agents/policy/config.h"
#include "agents/quarantine/config.h"
#include "agents/tools/tool.h"
#include "base/config/fields.h"
#include "base/config/types.h"
#include "base/text/secret.h"
#include "telemetry/content_capture.h"

namespace headgate::agents {

enum class ToolMethod : std::uint8_t { get, post, put, patch, del };
enum class Builtin : std::uint8_t {
  none,
  current_time,
  calculator,
  search_knowledge,
  human_handoff,
};
/// Whether a person must agree to a call.
enum class ApprovalWish : std::uint8_t { never, always };
/// Who deals with a call that failed.
enum class OnToolError : std::uint8_t { tell_model, fail_run };

struct HttpToolConfig {
  ToolMethod method = ToolMethod::post;
  std::string url;
  base::config::OrderedMap<std::string> query;
  base::config::OrderedMap<base::SecretRef> headers;
  base::config::OrderedMap<std::string> header_templates;
  base::config::Json body;
  std::string idempotency_header = "Idempotency-Key";
  std::filesystem::path ca_file;

  template <class V>
  static void fields(V& v);
};

struct McpToolConfig {
  std::string server;
  std::string tool;

  template <class V>
  static void fields(V& v);
};

struct ToolRetryConfig {
  std::int64_t attempts_max = 3;
  std::int64_t pause_ms = 200;

  template <class V>
  static void fields(V& v);
};

struct ToolConfig {
  std::string description;
  std::string version = "1.0.0";
  base::config::Json input;
  base::config::Json output;
  Effect effect = Effect::at_most_once;
  std::vector<std::string> scopes;
  ApprovalWish approval = ApprovalWish::never;
  std::vector<AuthoriseConfig> authorise;
  FactConfigs facts;
  std::vector<std::string> arguments_untainted;
  OnTaint on_taint = OnTaint::deny;
  Trust result_trust = Trust::untrusted;
  ResultTypeConfigs result_types;
  std::int64_t timeout_ms = 30'000;
  ToolRetryConfig retry;
  std::int64_t result_bytes_max = 64 * 1024;
  telemetry::ContentCapture capture = telemetry::ContentCapture::redacted;
  OnToolError on_error = OnToolError::tell_model;
  std::optional<HttpToolConfig> http;
  std::optional<OpenApiToolConfig> openapi;
  std::optional<McpToolConfig> mcp;
  Builtin builtin = Builtin::none;
  bool native = false;
  std::string knowledge;

  /// Whether somebody else says what its arguments are, and has not been asked yet.
  bool has_input_elsewhere() const { return (mcp || openapi) && input.empty(); }

  template <class V>
  static void fields(V& v);
};

using ToolConfigs = base::config::OrderedMap<ToolConfig>;

}  // namespace headgate::agents

template <>
struct headgate::base::config::EnumNames<headgate::agents::ToolMethod> {
  static constexpr std::array<std::string_view, 5> names{"GET", "POST", "PUT", "PATCH", "DELETE"};
};
template <>
struct headgate::base::config::EnumNames<headgate::agents::Builtin> {
  static constexpr std::array<std::string_view, 5> names{"none", "current_time", "calculator",
                                                         "search_knowledge", "human_handoff"};
};
template <>
struct headgate::base::config::EnumNames<headgate::agents::ApprovalWish> {
  static constexpr std::array<std::string_view, 2> names{"never", "always"};
};
template <>
struct headgate::base::config::EnumNames<headgate::agents::OnToolError> {
  static constexpr std::array<std::string_view, 2> names{"tell_model", "fail_run"};
};

#include "agents/definitions/tool_fields.h"
