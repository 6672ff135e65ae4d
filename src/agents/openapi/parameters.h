// The parameters of an operation, those of its path included, with references followed: which of
// them arguments can fill, and how a template says so. Pure; what it returns points into the
// document.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/openapi/operation.h"

namespace headgate::agents::openapi {

enum class Part : std::uint8_t { path, query, header, body };

struct Parameter {
  std::string name;  // in the request
  Part part = Part::query;
  bool required = false;
  std::string suffix;  // of a template: "", "*" each element, "," joined
  Spot spot;
  Spot schema;
};

/// Those that can be filled in. What cannot is a failure where it is required, else left out with a
/// warning. Headers that are about the request itself are no arguments.
std::vector<Parameter> parameters_of(const Document& document, const Operation& operation,
                                     Remarks& remarks);

}  // namespace headgate::agents::openapi
