// GET /v1/models and /v1/models/{id} as Anthropic answers them, from the models of the script. Pure
// functions.
#pragma once

#include <string>

#include "lab/neutral/family.h"

namespace headgate::lab::anthropic {

/// One page, by the query's limit, after_id and before_id.
std::string models_body(const LabRequest& request, const Script& script);
std::string model_body(const ServedModel& model);

}  // namespace headgate::lab::anthropic
