// One part of Gemini's content, read and written: text, thoughts, media, calls and responses of
// functions; everything else as it stands. Where a thoughtSignature goes that the neutral model has
// no word for (on text and media), it stands as an empty Reasoning right behind its part, and is
// written back onto that part. Pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "llm/chat/part.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {

/// Stands in for a signature on calls that another model made; validators skip it. Google documents
/// it for exactly that.
inline constexpr std::string_view kPlaceholderSignature = "skip_thought_signature_validator";

/// A part as read. Ids of calls and responses may still be empty.
struct WirePart {
  chat::Part part;
  std::string signature;       // that came with it; an opaque part keeps its own
  std::string partial_args;    // of a call whose arguments are streamed: array as written
  bool will_continue = false;  // likewise: more of it follows
  bool has_args = false;

  /// Empty text, and nothing with it.
  bool is_empty() const;
  /// Nothing but a signature.
  bool is_carrier() const;
};

bool read_part(Reading& reading, WirePart& out);
/// Adds `part` to an answer's or message's parts; its signature goes where it belongs.
void append_part(std::vector<chat::Part>& parts, WirePart&& part);
/// Reads a functionResponse that is next; of what it says beside, `extras`.
bool read_function_response(Reading& reading, chat::ToolResult& out, chat::Extras& extras);

/// Whether `part` is a signature that belongs onto `before`.
bool signs(const chat::Part& part, const chat::Part& before);
/// Writes a signature where it is Gemini's.
void write_signature(base::json::Writer& out, const chat::Signature& signature);

// Each writes one whole part; `signature` may be empty.
void write_text(base::json::Writer& out, std::string_view text, bool thought,
                std::string_view signature, const chat::Extras& extras = {});
void write_media(base::json::Writer& out, const chat::Media& media, std::string_view signature,
                 const chat::Extras& extras = {});
/// REQUIRES: `args` is a JSON object.
void write_call(base::json::Writer& out, const chat::ToolCall& call, std::string_view args,
                std::string_view signature, const chat::Extras& extras = {});
/// Which parts of a result are written into it, beside its text; files are stored at a provider.
enum class ResultParts : std::uint8_t { none, all_but_files, all };
void write_function_response(base::json::Writer& out, const chat::ToolResult& result,
                             std::string_view name, ResultParts parts,
                             const chat::Extras& extras = {});

/// Writes the extras whose name is `prefix` and a member, without those of the `nested` prefixes.
void write_extras(base::json::Writer& out, const chat::Extras& extras, std::string_view prefix,
                  std::initializer_list<std::string_view> nested = {});

/// The arguments of a call as the object that Gemini wants; nothing when they are none.
std::optional<std::string_view> args_object(const chat::ToolCall& call);

}  // namespace headgate::llm::gemini
