// The names of the Model Context Protocol that both of its ends use, as the specifications write
// them. Constants only.
#pragma once

#include <array>
#include <string_view>

namespace headgate::agents::mcp {

inline constexpr std::string_view kModern = "2026-07-28";
/// Revisions of the legacy era, newest first.
inline constexpr std::array<std::string_view, 4> kLegacy{"2025-11-25", "2025-06-18", "2025-03-26",
                                                         "2024-11-05"};
/// What a legacy client speaks that sends no version header.
inline constexpr std::string_view kLegacyUnsaid = "2025-03-26";

/// Codes of JSON-RPC, and MCP's own from -32020 on.
enum class RpcCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  header_mismatch = -32020,
  missing_capability = -32021,
  unsupported_version = -32022,
  legacy_resource_not_found = -32002,  // of the legacy era
};

namespace method {
inline constexpr std::string_view kInitialize = "initialize";
inline constexpr std::string_view kInitialized = "notifications/initialized";
inline constexpr std::string_view kDiscover = "server/discover";
inline constexpr std::string_view kPing = "ping";
inline constexpr std::string_view kToolsList = "tools/list";
inline constexpr std::string_view kToolsCall = "tools/call";
inline constexpr std::string_view kPromptsList = "prompts/list";
inline constexpr std::string_view kPromptsGet = "prompts/get";
inline constexpr std::string_view kResourcesList = "resources/list";
inline constexpr std::string_view kTemplatesList = "resources/templates/list";
inline constexpr std::string_view kResourcesRead = "resources/read";
inline constexpr std::string_view kResourcesSubscribe = "resources/subscribe";
inline constexpr std::string_view kResourcesUnsubscribe = "resources/unsubscribe";
inline constexpr std::string_view kComplete = "completion/complete";
inline constexpr std::string_view kSetLevel = "logging/setLevel";
inline constexpr std::string_view kListen = "subscriptions/listen";
inline constexpr std::string_view kElicit = "elicitation/create";
inline constexpr std::string_view kSample = "sampling/createMessage";
inline constexpr std::string_view kRoots = "roots/list";
inline constexpr std::string_view kCancelled = "notifications/cancelled";
inline constexpr std::string_view kProgress = "notifications/progress";
inline constexpr std::string_view kLogMessage = "notifications/message";
inline constexpr std::string_view kAcknowledged = "notifications/subscriptions/acknowledged";
inline constexpr std::string_view kToolsChanged = "notifications/tools/list_changed";
inline constexpr std::string_view kPromptsChanged = "notifications/prompts/list_changed";
inline constexpr std::string_view kResourcesChanged = "notifications/resources/list_changed";
inline constexpr std::string_view kResourceUpdated = "notifications/resources/updated";
}  // namespace method

namespace key {
inline constexpr std::string_view kVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kClientInfo = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view kCapabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kServerInfo = "io.modelcontextprotocol/serverInfo";
/// Ours: the same whenever the same call is sent.
inline constexpr std::string_view kIdempotency = "headgate/idempotencyKey";
/// Ours: runs of agents that a call comes from, one within the other.
inline constexpr std::string_view kNesting = "headgate/nesting";
inline constexpr std::string_view kSubscription = "io.modelcontextprotocol/subscriptionId";
}  // namespace key

namespace header {
inline constexpr std::string_view kVersion = "mcp-protocol-version";
inline constexpr std::string_view kMethod = "mcp-method";
inline constexpr std::string_view kName = "mcp-name";
inline constexpr std::string_view kParamPrefix = "mcp-param-";
inline constexpr std::string_view kSession = "mcp-session-id";
}  // namespace header

}  // namespace headgate::agents::mcp
