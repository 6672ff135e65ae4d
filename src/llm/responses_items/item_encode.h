// Parts of the neutral model to items of the Responses API, in the shapes that the official SDK's
// types require. The caller decides which parts make one item (same_item) and what their ids are.
// Pure; writes JSON and checks nothing.
#pragma once

#include <span>
#include <string_view>

#include "base/json/writer.h"
#include "llm/chat/part.h"

namespace headgate::llm::responses {

/// What an item says beside its parts.
struct ItemForm {
  std::string_view id;              // empty: not written
  std::string_view status;          // likewise
  std::string_view logprobs;        // of the first text, JSON array; empty: "[]"
  bool is_answer = true;            // else a request, which says nothing of log-probabilities
  bool is_own = false;              // the parts come from this API: their extras go back into it
  bool carries_signatures = false;  // also other providers', in an envelope
  const chat::CacheMark* cache = nullptr;  // of an input part
};

/// Whether `next` goes on with the item of `before`: texts and refusals of one message, pieces of
/// one reasoning item.
bool same_item(const chat::Part& before, const chat::Part& next);

/// Whether the part has an item in an answer: all but other dialects' opaque parts, other media
/// than images, and tool results.
bool has_item(const chat::Part& part);

/// Whether a part of an answer comes from this API: only there do items have ids.
bool is_own_part(const chat::Part& part);

/// "msg", "fc", "ctc", "rs", "ig": how ids of the part's item begin.
std::string_view id_prefix(const chat::Part& part);

/// The item of `parts`: text and refusal parts, reasoning parts, or one other part.
/// REQUIRES: not empty, same_item of each and its next, has_item of each.
void write_item(base::json::Writer& out, std::span<const chat::Part> parts, const ItemForm& form);

/// The same item before it holds anything, as streams announce it. `first` has no content yet.
void write_begun_item(base::json::Writer& out, const chat::Part& first, const ItemForm& form);

/// A piece of reasoning: {"type":"summary_text",…} or reasoning_text.
void write_thought(base::json::Writer& out, const chat::Part& part, bool raw, const ItemForm& form);

/// Parts of messages and tool outputs. REQUIRES: a text; a text or refusal; a media.
void write_output_text(base::json::Writer& out, const chat::Part& part, const ItemForm& form);
void write_refusal(base::json::Writer& out, const chat::Part& part, const ItemForm& form);
void write_input_text(base::json::Writer& out, const chat::Part& part, const ItemForm& form);
/// input_image, input_file, input_audio; false, and nothing written, where the API has none.
bool write_input_media(base::json::Writer& out, const chat::Part& part, const ItemForm& form);

/// Ids that we make ("rs_hg_…") mean nothing to a provider.
inline constexpr std::string_view kMadeId = "_hg_";
bool is_made_id(std::string_view id);

/// Raw thoughts of a Responses provider; every other reasoning is shown as a summary, since that is
/// what clients read.
bool is_raw_thought(const chat::Reasoning& reasoning);

}  // namespace headgate::llm::responses
