// What a model of a given name can do, as far as OpenAI's families tell by their names, and the
// provider's refusal of what it cannot. Names that belong to no family can do everything. Pure
// functions.
#pragma once

#include <boost/json/object.hpp>

#include <string_view>

#include "lab/openai/wording.h"

namespace headgate::lab::responses {

struct Capabilities {
  bool known = false;  // the name belongs to one of the families
  bool reasons = true;
  bool has_phases = true;  // of messages: commentary, final answer
  bool bills_cache_writes = true;
  std::string_view default_effort;  // empty: none
};

Capabilities capabilities_of(std::string_view model);

/// The last of the provider's checks: values that this model does not take.
openai::Problem check_capabilities(std::string_view model, const boost::json::object& request);

}  // namespace headgate::lab::responses
