// The pieces that requests and answers are made of, in no provider's dialect: a superset of what
// the dialects can say. JSON that nobody here reads (schemas, arguments, unknown members) is kept
// as the text it was written in, so that numbers, order and prompt-cache prefixes survive. Plain
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headgate::llm::chat {

/// A wire format.
enum class Dialect : std::uint8_t { openai_chat, openai_responses, anthropic, gemini };
inline constexpr std::size_t kDialectCount = static_cast<std::size_t>(Dialect::gemini) + 1;
/// "openai", "responses", "anthropic", "gemini".
std::string_view name(Dialect dialect);

/// A member that has no word here, as written. The encoder of the dialect it came from writes it
/// back; every other one reports it as a loss.
struct Extra {
  std::string name;
  std::string json;
  friend bool operator==(const Extra&, const Extra&) = default;
};
using Extras = std::vector<Extra>;

/// A prompt-cache breakpoint: everything up to and including the part that carries it may be
/// cached.
struct CacheMark {
  std::string ttl;  // "5m", "30m", "1h", "12h"; empty: the provider's default
  friend bool operator==(const CacheMark&, const CacheMark&) = default;
};

/// Something opaque that proves to the provider that it wrote this itself: Anthropic's thinking
/// signature, Gemini's thoughtSignature, OpenAI's encrypted_content. Nobody else can use it.
struct Signature {
  Dialect origin = Dialect::openai_chat;
  std::string value;

  bool empty() const { return value.empty(); }
  friend bool operator==(const Signature&, const Signature&) = default;
};

struct Text {
  std::string text;
  std::string annotations;  // JSON array as written (citations, url_citation …); empty: none
  friend bool operator==(const Text&, const Text&) = default;
};

struct Refusal {
  std::string text;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

enum class MediaKind : std::uint8_t { image, audio, video, document };

/// One of data, url and file_id says where the bytes are.
struct Media {
  MediaKind kind = MediaKind::image;
  std::string mime;     // "image/png"; empty where the dialect does not say
  std::string data;     // base64
  std::string url;      // not data:, which becomes mime and data
  std::string file_id;  // at the provider
  std::string filename;
  std::string detail;  // OpenAI's image detail
  friend bool operator==(const Media&, const Media&) = default;
};

struct Reasoning {
  std::string text;         // what is shown of it; may be empty
  bool is_summary = false;  // the text is a summary, not the thoughts themselves
  bool redacted = false;    // only the signature (Anthropic's redacted_thinking data) is there
  std::string id;           // OpenAI's item id; empty elsewhere
  Signature signature;
  friend bool operator==(const Reasoning&, const Reasoning&) = default;
};

struct ToolCall {
  std::string id;  // never empty once decoded: made up where the dialect has none
  std::string name;
  std::string
      arguments;        // JSON text as the model wrote it, broken or not; a custom tool's: any text
  bool custom = false;  // OpenAI's custom tool: free text instead of JSON
  Signature signature;  // Gemini puts it on the call
  friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

struct Part;

struct ToolResult {
  std::string call_id;
  std::string
      name;  // of the tool; empty where the dialect does not say and the call is not at hand
  std::vector<Part> content;
  bool is_error = false;
  bool custom = false;
  friend bool operator==(const ToolResult&, const ToolResult&);
};

/// A part that has no word here (server tools, compaction …), as written; for its own dialect only.
struct Opaque {
  Dialect origin = Dialect::openai_chat;
  std::string type;
  std::string json;
  friend bool operator==(const Opaque&, const Opaque&) = default;
};

struct Part {
  std::variant<Text, Refusal, Media, Reasoning, ToolCall, ToolResult, Opaque> value;
  std::optional<CacheMark> cache;
  Extras extras;
  // OpenAI responses: of the item that the part belongs to (a message's parts share one; a call is
  // one). For that dialect only, and no loss elsewhere. Reasoning has its own.
  std::string item_id;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&value);
  }
  friend bool operator==(const Part&, const Part&) = default;
};

inline bool operator==(const ToolResult& a, const ToolResult& b) {
  return a.call_id == b.call_id && a.name == b.name && a.content == b.content &&
         a.is_error == b.is_error && a.custom == b.custom;
}

/// A part of plain text.
inline Part text_part(std::string text) { return Part{Text{std::move(text), {}}, {}, {}}; }

}  // namespace headgate::llm::chat
