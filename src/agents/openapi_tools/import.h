// An operation of an OpenAPI document as what a tool over HTTP is configured with: description,
// schemas, effect and request. From then on it is a tool like one that was written by hand. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/definitions/tool_config.h"
#include "agents/openapi/operation.h"

namespace headgate::agents::openapi {

struct Imported {
  std::string description;
  std::string input;
  std::string output;  // empty: not asked for
  Effect effect = Effect::at_most_once;
  HttpToolConfig http;
  std::vector<std::string> arguments;  // all that `fixed` and a tool's own input may name
  bool needs_key = false;              // without the idempotency header it refuses calls
};

struct ImportAsk {
  const Document& document;
  const Operation& operation;
  const OpenApiConfig& service;
  const OpenApiToolConfig& tool;
  /// The tool's own schema of arguments, in place of the document's: what it does not name is not
  /// sent. Empty: none.
  std::string_view input = {};
  bool needs_description = true;
};

/// Nothing: `remarks` says why.
std::optional<Imported> import_operation(const ImportAsk& ask, Remarks& remarks);

}  // namespace headgate::agents::openapi
