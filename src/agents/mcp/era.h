// Which era a request over HTTP belongs to, and whether it says in its headers what it says in its
// body (two parties that each believe one of them could be played against each other). Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agents/mcp/message.h"
#include "agents/mcp/request_meta.h"

namespace headgate::agents::mcp {

enum class Era : std::uint8_t { legacy, modern };
std::string_view name(Era era);

/// MCP's own headers of a request; nothing where there is none.
struct HeaderFields {
  std::optional<std::string_view> version;
  std::optional<std::string_view> method;
  std::optional<std::string_view> name;
};

/// Modern: `_meta` names a revision, or the headers are such as only modern clients send.
Era era_of(const HeaderFields& headers, const RequestMeta& meta);
bool is_legacy(std::string_view version);

/// What is wrong with a modern request before its method is looked at; nothing when it is in order.
/// `version` of the error is among `supported`.
std::optional<RpcError> check_modern(const HeaderFields& headers, const Message& message,
                                     const RequestMeta& meta);

/// The part of a request's parameters that is mirrored in Mcp-Name: "name" of tools and prompts,
/// "uri" of resources; empty for other methods.
std::string_view named_by(std::string_view method);

/// ["2026-07-28"].
std::string supported_modern();

}  // namespace headgate::agents::mcp
