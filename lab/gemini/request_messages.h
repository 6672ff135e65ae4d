// The kinds of request that the Gemini API takes, as proto.h describes messages: every field that
// the public API has, those that the lab has no use for included. Tables; immutable.
#pragma once

#include "lab/gemini/proto.h"

namespace headgate::lab::gemini {

extern const Message kGenerateContentRequest;
extern const Message kCountTokensRequest;
extern const Message kEmbedContentRequest;
extern const Message kBatchEmbedContentsRequest;

}  // namespace headgate::lab::gemini
