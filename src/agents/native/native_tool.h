// A tool that is a C++ function of the program around Headgate: what it is called with, and what it
// says. The functions are registered before the server starts and stay as they are; each is called
// by several threads at a time. Plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "agents/definitions/tool_config.h"
#include "base/clock.h"

namespace headgate::agents {

struct NativeCall {
  std::string tool;
  std::string arguments;  // an object that fits the tool's schema
  std::string user;
  std::string tenant;
  std::string key_id;  // empty: the run is not by way of an API key
  std::string run_id;
  std::string idempotency_key;
  base::MonoTime deadline;  // nobody waits for the result any more
};

struct NativeResult {
  enum class Kind : std::uint8_t { text, json, failed, unknown };
  Kind kind = Kind::text;
  std::string text;
};

/// What it throws is a call that failed.
using NativeFunction = std::function<NativeResult(const NativeCall&)>;
using NativeFunctions = std::map<std::string, NativeFunction, std::less<>>;

/// Errors: config_invalid: a native tool of the configuration has no function.
base::Result<void> check_functions(const ToolConfigs& tools, const NativeFunctions& functions);
/// The other way round. Errors: config_invalid: a function is for none of the native tools.
base::Result<void> check_declared(const ToolConfigs& tools, const NativeFunctions& functions);

}  // namespace headgate::agents
