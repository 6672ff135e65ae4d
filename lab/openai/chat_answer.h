// An answer as chat completions writes it: one JSON body, or a stream of chunks. Pure functions;
// accumulating the stream gives the body.
#pragma once

#include <string>
#include <vector>

#include "lab/neutral/completion.h"
#include "lab/neutral/family.h"
#include "lab/openai/chat_request.h"

namespace headgate::lab::openai {

std::string chat_body(const Completion& completion);
/// `request` decides about the usage chunk and the padding.
std::vector<StreamEvent> chat_stream(const Completion& completion, const ChatRequest& request,
                                     const StreamOptions& options);

}  // namespace headgate::lab::openai
