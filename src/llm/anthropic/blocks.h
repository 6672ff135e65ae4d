// What requests, answers and streams of this dialect share: small objects read as lists of members,
// content blocks as parts, tool ids in the dialect's alphabet, and thoughts of other providers'
// models in the place of Anthropic's signature, so that a client which sends its history back
// returns them too. Pure; views point into the text that was read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/members.h"
#include "base/json/writer.h"
#include "llm/chat/codec.h"
#include "llm/chat/request.h"

namespace headgate::llm::anthropic {

/// The first API version without sampling parameters.
inline constexpr std::string_view kVersion2026 = "2026-10-21";
/// Versions are dates: later ones keep this one's rules until somebody says otherwise.
inline bool is_2026(std::string_view api_version) { return api_version >= kVersion2026; }

using base::json::Member;
using base::json::Members;

/// Appends what nobody took, its name behind `prefix`.
void rest_of(const Members& members, chat::Extras& extras, std::string_view prefix = {});

/// What is wrong with a value: which member of it, and the provider's sentence about it.
struct Wrong {
  std::string where;  // "source.media_type"; empty: the value itself
  std::string what;   // "Field required"
};

/// A content block as a part. Types that have no word in the neutral model are opaque.
std::optional<Wrong> read_part(Members& block, const chat::Limits& limits, chat::Part& part);
/// The mark in a member "cache_control", if there is one. What the mark cannot hold stays an extra.
std::optional<Wrong> read_cache_mark(Members& of, std::optional<chat::CacheMark>& mark,
                                     chat::Extras& extras);
/// Other things of requests that are objects with a type.
std::optional<Wrong> read_tool(Members& members, chat::Tool& tool);
std::optional<Wrong> read_tool_choice(Members& members, chat::Request& request);
std::optional<Wrong> read_thinking_config(Members& members, chat::Request& request);
std::optional<Wrong> read_output_config(Members& members, chat::Request& request);

/// Whether a list of citations, as written, has any.
bool has_elements(std::string_view array);
/// The elements of `annotations` that are citations in this dialect's form, one after the other;
/// those of other dialects are counted in `others`. `annotations` is an array or one element.
std::vector<std::string_view> citations_in(std::string_view annotations, std::size_t& others);

/// The media type of base64 data, by its first bytes; empty: none that the API takes.
std::string_view image_type(std::string_view base64);
/// The argument of a free-text tool that became a function of one string: {"input": …}.
inline constexpr std::string_view kCustomInput = "input";
/// A call's arguments as the object that "input" has to be. False: they were no object, and are
/// in one now as text ("arguments").
bool write_input(base::json::Writer& out, const chat::ToolCall& call);

/// An id or tool name in the alphabet that the API takes, [a-zA-Z0-9_-]; others are escaped.
std::string wire_name(std::string_view name);
/// The inverse. Names that wire_name() did not make stay as they are.
std::string plain_name(std::string_view name);

/// What a thinking block says in the place of its signature when the thoughts are not Anthropic's:
/// "headgate.<dialect>.…". Anthropic's own signature comes as it is.
inline constexpr std::string_view kForeignMark = "headgate.";
std::string signature_text(const chat::Reasoning& reasoning);
/// The inverse: fills origin, value, id and is_summary.
void read_signature(std::string_view text, chat::Reasoning& reasoning);

}  // namespace headgate::llm::anthropic
