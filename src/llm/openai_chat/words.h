// The small tables between chat completions and the neutral model: why an answer ended, media types
// and data: URLs, ids for calls that came without one, and members that have no word here. Internal
// to the folder; pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "llm/chat/answer.h"
#include "llm/chat/part.h"

namespace headgate::llm::openai_chat {

/// What a finish_reason means, given what the candidate said: some servers say "stop" after tool
/// calls, as OpenAI itself does when a call was forced.
struct Said {
  bool text = false;
  bool refusal = false;
  bool calls = false;
};
Said said_by(const chat::Candidate& candidate);
chat::StopReason stop_of(std::string_view finish_reason, const Said& said);
/// The finish_reason to write: one of OpenAI's, never a provider's own.
std::string_view finish_reason_of(chat::StopReason stop, std::string_view native, const Said& said);

/// "wav" to "audio/wav" and back; what is in no table keeps its name.
std::string mime_of_audio(std::string_view format);
std::string_view format_of_audio(std::string_view mime);

/// Takes "data:image/png;base64,QUJD" apart into mime and data; anything else is a URL.
void assign_url(chat::Media& media, std::string url);
/// The URL that assign_url() took apart.
std::string url_of(const chat::Media& media);

/// For a call that came without an id: the same for the same answer and place.
std::string made_up_call_id(std::string_view answer_id, std::size_t candidate, std::size_t call);

/// Keeps a member as it is written. `group` is the object it stands in, "function." say; empty for
/// the value itself. A null says nothing and is not kept.
void keep(chat::Extras& extras, std::string_view group, std::string_view name,
          std::string_view json);
/// Writes back the members of `group`, but for those of the group `but` within it.
void write_extras(base::json::Writer& writer, const chat::Extras& extras, std::string_view group,
                  std::string_view but = {});
/// Writes back the members that are in none of these groups.
void write_ungrouped(base::json::Writer& writer, const chat::Extras& extras,
                     std::initializer_list<std::string_view> groups);
/// {"google":{"thought_signature":…}} of a call, where it is Gemini's.
void write_signature(base::json::Writer& writer, const chat::Signature& signature);
/// A whole call of a message; its extras too, if the message came in this dialect.
/// REQUIRES: `part` is a ToolCall.
void write_call(base::json::Writer& writer, const chat::Part& part, bool own);
/// An image that a model made, as an element of `images`. False when its bytes are nowhere.
bool is_image(const chat::Part& part);
void write_image(base::json::Writer& writer, const chat::Media& media);

/// Adds one annotation or an array of them to an array. Citations of addresses come out as chat
/// completions nest them; what is none of OpenAI's is left out, unless `all`.
void add_annotations(std::string& array, std::string_view json, bool all);

/// An id of this dialect for an answer that may come from another.
std::string answer_id(std::string_view given, const std::string& id);

/// {"mode":"explicit","ttl":…} or Anthropic's {"type":"ephemeral","ttl":…}, which some clients
/// send. Reads what is next at `cursor`; nothing when it is no object.
bool read_cache_mark(base::json::Cursor& cursor, std::optional<chat::CacheMark>& mark);

}  // namespace headgate::llm::openai_chat
