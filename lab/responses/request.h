// A request to POST /v1/responses or …/input_tokens after the checks a real provider makes, in its
// order: the body alone first, then against what is stored, then what the model can do, then how
// items belong together. The first thing wrong comes back as the provider's error. Pure but for
// looking into the store.
#pragma once

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "lab/neutral/prompt.h"
#include "lab/openai/api_error.h"
#include "lab/responses/items.h"
#include "lab/responses/store.h"
#include "lab/responses/tools.h"
#include "lab/script/script.h"

namespace headgate::lab::responses {

struct ResponsesRequest {
  std::string model;
  std::vector<Item> input;
  Tools tools;
  Choice choice;
  TextFormat text;
  boost::json::object body;  // as sent

  bool flag(std::string_view key, bool otherwise) const;
  std::string_view text_of(std::string_view key) const { return openai::text_of(body, key); }
};

using ResponsesRequestResult = boost::system::result<ResponsesRequest, openai::ApiError>;

/// The checks that need nothing but the body.
ResponsesRequestResult read_create_request(std::string_view body);
ResponsesRequestResult read_count_request(std::string_view body);

/// The checks that need more. Fills `context`: all items the model sees, those of earlier responses
/// first; they point into `request` and `store`.
openai::Problem place_request(const ResponsesRequest& request, const ResponseStore& store,
                              const Script& script, std::vector<const Item*>& context);

Prompt prompt_of(const ResponsesRequest& request, const std::vector<const Item*>& context);

}  // namespace headgate::lab::responses
