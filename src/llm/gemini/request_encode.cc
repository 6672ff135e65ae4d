#include "llm/gemini/request_encode.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "llm/gemini_wire/config.h"
#include "llm/gemini_wire/part.h"

namespace headgate::llm::gemini {
namespace {

using chat::Dialect;
using chat::Media;
using chat::Message;
using chat::Part;
using chat::Reasoning;
using chat::Role;
using chat::Text;
using chat::ToolCall;
using chat::ToolResult;

constexpr std::string_view kNothing = " ";  // Gemini wants a user's turn with something in it

// Writes `contents` and `systemInstruction`. A content is opened with its first part, so that a
// message of which nothing can be said leaves none behind.
class ContentsWriter {
 public:
  explicit ContentsWriter(Encoding& encoding)
      : e_(encoding),
        out_(encoding.out),
        messages_(encoding.request.messages),
        traits_(traits_of(encoding.target.model)) {}

  void system();
  void contents();

 private:
  struct Place {
    std::size_t message = 0;
    std::size_t part = 0;
  };

  void open(std::string_view role);
  void close();
  void message(std::size_t index);
  std::size_t parts(const Message& message, Place at);
  void part(const Part& part, std::string_view signature, Place at);
  void call(const Part& part, const ToolCall& call, Place at);
  void result(const Part& part, const ToolResult& result, Place at);
  void reasoning(const Part& part, const Reasoning& reasoning, Place at);
  void media(const Part& part, const Media& media, std::string_view signature, Place at);
  void lose_from_part(const Part& part, Place at);
  const chat::Extras& extras_of(const Part& part) const {
    return e_.is_native() ? part.extras : kNoExtras;
  }
  std::string field(Place at) const { return e_.part(at.message, at.part); }

  static const chat::Extras kNoExtras;

  Encoding& e_;
  base::json::Writer& out_;
  const std::vector<Message>& messages_;
  ModelTraits traits_;
  std::string_view role_;             // of the message
  std::string_view open_;             // of the content that is open; empty: none
  bool any_ = false;                  // content was written
  bool call_seen_ = false;            // in the content that is open
  std::vector<const Media*> beside_;  // media of results, to stand behind them
  std::unordered_map<std::string_view, std::string_view> calls_;  // names by id, so far
};

const chat::Extras ContentsWriter::kNoExtras;

void ContentsWriter::open(std::string_view role) {
  if (open_ == role) return;
  close();
  if (!any_ && role == "model" && !e_.is_native()) {
    open("user");
    write_text(out_, kNothing, false, {});
    close();
  }
  any_ = true;
  open_ = role;
  call_seen_ = false;
  out_.begin_object();
  out_.member("role", role);
  out_.array("parts");
}

void ContentsWriter::close() {
  if (open_.empty()) return;
  out_.end_array();
  out_.end_object();
  open_ = {};
}

void ContentsWriter::system() {
  const std::size_t leading = chat::leading_instructions(e_.request);
  bool written = false;
  for (std::size_t m = 0; m < leading; ++m) {
    for (std::size_t p = 0; p < messages_[m].parts.size(); ++p) {
      const Part& part = messages_[m].parts[p];
      const auto* text = part.as<Text>();
      const bool raw = e_.is_native() && part.as<chat::Opaque>();
      if (text == nullptr && !raw) {
        e_.meaning(field({m, p}), "Gemini's system instruction is text");
        continue;
      }
      if (!std::exchange(written, true)) {
        out_.object("systemInstruction");
        out_.array("parts");
      }
      lose_from_part(part, {m, p});
      if (raw) out_.raw(part.as<chat::Opaque>()->json);
      if (text) write_text(out_, text->text, false, {}, extras_of(part));
    }
  }
  if (!written) return;
  out_.end_array();
  if (e_.is_native()) write_extras(out_, messages_[0].extras, {});
  out_.end_object();
}

void ContentsWriter::contents() {
  out_.array("contents");
  for (std::size_t m = chat::leading_instructions(e_.request); m < messages_.size(); ++m)
    message(m);
  close();
  if (!any_ && !e_.is_native()) {
    open("user");
    write_text(out_, kNothing, false, {});
    close();
  }
  out_.end_array();
}

void ContentsWriter::message(std::size_t index) {
  const Message& message = messages_[index];
  role_ = message.role == Role::assistant ? "model" : "user";
  if (e_.is_native()) {
    // As the caller had it, turn by turn.
    close();
    open(role_);
  }
  if (message.role == Role::system || message.role == Role::developer) {
    e_.hint(e_.message(index), "after the first turn Gemini takes instructions as the user's only");
  }
  if (!message.name.empty()) e_.hint(e_.message(index) + ".name", "Gemini has no names");
  for (std::size_t p = 0; p < message.parts.size();) p += parts(message, {index, p});
  for (const Media* seen : std::exchange(beside_, {})) write_media(out_, *seen, {});
  if (!e_.is_native()) {
    if (!message.extras.empty()) e_.lose_extras(message.extras, e_.message(index) + ".");
    return;
  }
  out_.end_array();
  write_extras(out_, message.extras, {});
  out_.end_object();
  open_ = {};
}

// One part, and the signature behind it where that belongs to it. How many that were.
std::size_t ContentsWriter::parts(const Message& message, Place at) {
  const Part& part = message.parts[at.part];
  const bool more = at.part + 1 < message.parts.size();
  const bool signed_by_next = more && signs(message.parts[at.part + 1], part);
  std::string_view signature;
  if (signed_by_next) {
    signature = message.parts[at.part + 1].as<Reasoning>()->signature.value;
  }
  this->part(part, signature, at);
  return signed_by_next ? 2 : 1;
}

void ContentsWriter::part(const Part& part, std::string_view signature, Place at) {
  lose_from_part(part, at);
  if (const auto* text = part.as<Text>()) {
    if (!text->annotations.empty()) {
      e_.hint(field(at) + ".annotations", "Gemini takes no citations back");
    }
    if (text->text.empty() && !e_.is_native()) return;  // refused as empty
    open(role_);
    write_text(out_, text->text, false, signature, extras_of(part));
  } else if (const auto* refusal = part.as<chat::Refusal>()) {
    open(role_);
    write_text(out_, refusal->text, false, {}, extras_of(part));
    e_.hint(field(at), "Gemini has no refusals; it is said as text");
  } else if (const auto* piece = part.as<Media>()) {
    media(part, *piece, signature, at);
  } else if (const auto* thought = part.as<Reasoning>()) {
    reasoning(part, *thought, at);
  } else if (const auto* asked = part.as<ToolCall>()) {
    call(part, *asked, at);
  } else if (const auto* answered = part.as<ToolResult>()) {
    result(part, *answered, at);
  } else if (const auto* opaque = part.as<chat::Opaque>()) {
    if (opaque->origin == Dialect::gemini) {
      open(role_);
      out_.raw(opaque->json);
    } else {
      e_.meaning(field(at), "only the provider that '" + opaque->type + "' came from knows it");
    }
  }
}

void ContentsWriter::call(const Part& part, const ToolCall& call, Place at) {
  std::string args;
  if (const auto object = args_object(call)) {
    args = *object;
  } else {
    args = "{\"arguments\":" + base::json_string(call.arguments) + "}";
    e_.hint(field(at), "Gemini takes a JSON object as arguments; these are said as a text in one");
  }
  open(role_);
  calls_[call.id] = call.name;
  std::string_view signature;
  if (call.signature.origin == Dialect::gemini) signature = call.signature.value;
  if (signature.empty() && !call.signature.empty()) {
    e_.hint(field(at), "another provider's signature says nothing to Gemini");
  }
  // The first call of a turn is the one that is checked. Always the same, so that the prefix of
  // a growing conversation stays the same too.
  if (!std::exchange(call_seen_, true) && signature.empty() && traits_.checks_signatures) {
    signature = kPlaceholderSignature;
  }
  write_call(out_, call, args, signature, extras_of(part));
}

void ContentsWriter::result(const Part& part, const ToolResult& result, Place at) {
  // The name that Gemini needs stands at the call.
  const auto asked = calls_.find(result.call_id);
  std::string_view name = result.name;
  if (name.empty() && asked != calls_.end()) name = asked->second;
  if (name.empty()) {
    e_.meaning(field(at), "no earlier message makes the call '" + result.call_id +
                              "', and Gemini needs its name");
    name = "unknown";
  }
  for (const Part& piece : result.content) {
    const auto* media = piece.as<Media>();
    const auto* opaque = piece.as<chat::Opaque>();
    const bool said = piece.as<Text>() || media || (opaque && opaque->origin == Dialect::gemini);
    if (!said) e_.meaning(field(at), "Gemini takes text and media as a result");
    lose_from_part(piece, at);
    if (media && !media->file_id.empty() && !e_.is_native()) {
      e_.meaning(field(at), "the file '" + media->file_id + "' is stored at another provider");
    }
  }
  open(role_);
  const auto parts = e_.is_native()             ? ResultParts::all
                     : traits_.media_in_results ? ResultParts::all_but_files
                                                : ResultParts::none;
  write_function_response(out_, result, name, parts, extras_of(part));
  if (parts != ResultParts::none) return;
  for (const Part& piece : result.content) {
    const auto* seen = piece.as<Media>();
    if (seen && seen->file_id.empty()) beside_.push_back(seen);
  }
}

void ContentsWriter::reasoning(const Part& part, const Reasoning& reasoning, Place at) {
  const bool ours = reasoning.signature.origin == Dialect::gemini && !reasoning.signature.empty();
  if (!ours && (!e_.is_native() || reasoning.redacted)) {
    e_.hint(field(at), "Gemini reads no thoughts but its own");
    return;
  }
  open(role_);
  const bool thought = reasoning.is_summary || !reasoning.text.empty();
  write_text(out_, reasoning.text, thought,
             ours ? std::string_view(reasoning.signature.value) : std::string_view(),
             extras_of(part));
}

void ContentsWriter::media(const Part& part, const Media& media, std::string_view signature,
                           Place at) {
  if (!media.file_id.empty() && !e_.is_native()) {
    e_.meaning(field(at), "the file '" + media.file_id + "' is stored at another provider");
    return;
  }
  if (!media.detail.empty() && media.detail != "auto") {
    e_.hint(field(at) + ".detail", "Gemini chooses the resolution of one image itself");
  }
  open(role_);
  write_media(out_, media, signature, extras_of(part));
}

void ContentsWriter::lose_from_part(const Part& part, Place at) {
  if (part.cache) e_.hint(field(at), "Gemini has no cache marks");
  if (!e_.is_native() && !part.extras.empty()) e_.lose_extras(part.extras, field(at) + ".");
}

void write_tier(Encoding& e) {
  const std::string& tier = e.request.service_tier;
  if (tier.empty() || (!e.is_native() && tier == "auto")) return;
  constexpr std::array<std::string_view, 3> kTiers = {"flex", "standard", "priority"};
  const bool known = std::find(kTiers.begin(), kTiers.end(), tier) != kTiers.end();
  const bool standard = tier == "default" || tier == "standard_only";
  if (known || e.is_native()) {
    e.out.member("serviceTier", tier);
  } else if (standard) {
    e.out.member("serviceTier", "standard");
  } else {
    e.hint(e.name(chat::Field::service_tier), "Gemini has no tier '" + tier + "'");
  }
}

// What other dialects say about the request as a whole and Gemini does not.
void lose_others(Encoding& e) {
  const chat::Request& request = e.request;
  const bool is_anthropic = request.origin == Dialect::anthropic;
  if (!request.parallel_tool_calls.value_or(true)) {
    e.meaning(is_anthropic ? "tool_choice.disable_parallel_tool_use" : "parallel_tool_calls",
              "Gemini decides itself how many calls it makes at once");
  }
  if (!request.user.empty()) {
    e.hint(is_anthropic ? "metadata.user_id" : "user", "Gemini has no end users");
  }
  if (!request.cache_key.empty()) e.hint("prompt_cache_key", "Gemini caches by prefix alone");
  if (request.cache) e.hint("cache_control", "Gemini has no cache marks");
  if (!request.previous_response_id.empty()) {
    e.meaning("previous_response_id", "Gemini keeps no answers");
  }
  if (e.is_native()) return;
  if (!request.metadata.empty())
    e.hint(e.name(chat::Field::metadata), "Gemini's labels are for its own billing");
  if (request.store.value_or(false)) e.hint("store", "Gemini keeps no answers");
  e.lose_extras(request.extras, {});
}

void write_native(Encoding& e) {
  if (!e.is_native()) return;
  if (!e.request.metadata.empty()) e.out.member_raw("labels", e.request.metadata);
  if (e.request.store) e.out.member("store", *e.request.store);
  write_extras(e.out, e.request.extras, {}, {"generationConfig.", "toolConfig."});
}

// What the text alone will need, roughly.
std::size_t size_of(const chat::Request& request) {
  std::size_t size = 1024;
  for (const Message& message : request.messages) {
    for (const Part& part : message.parts) {
      const auto* text = part.as<Text>();
      const auto* media = part.as<Media>();
      size += 64 + (text ? text->text.size() + text->text.size() / 8 : 0);
      size += media ? media->data.size() : 0;
    }
  }
  return size;
}

}  // namespace

std::string encode_request(const chat::Request& request, const chat::Target& target,
                           chat::Losses& losses) {
  std::string body;
  body.reserve(size_of(request));
  Encoding e{base::json::Writer(body), request, target, losses};
  ContentsWriter contents(e);
  e.out.begin_object();
  contents.system();
  contents.contents();
  write_tools(e);
  write_tool_config(e);
  write_config(e);
  write_tier(e);
  write_native(e);
  lose_others(e);
  e.out.end_object();
  return body;
}

}  // namespace headgate::llm::gemini
