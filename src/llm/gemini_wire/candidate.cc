#include "llm/gemini_wire/candidate.h"

#include <utility>
#include <vector>

namespace headgate::llm::gemini {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using base::json::Writer;
using chat::StopReason;

struct Row {
  std::string_view native;
  StopReason reason;
};

constexpr Row kTable[] = {
    {"STOP", StopReason::stop},
    {"MAX_TOKENS", StopReason::length},
    {"SAFETY", StopReason::content_filter},
    {"RECITATION", StopReason::content_filter},
    {"BLOCKLIST", StopReason::content_filter},
    {"PROHIBITED_CONTENT", StopReason::content_filter},
    {"SPII", StopReason::content_filter},
    {"LANGUAGE", StopReason::content_filter},
    {"MODEL_ARMOR", StopReason::content_filter},
    {"IMAGE_SAFETY", StopReason::content_filter},
    {"IMAGE_PROHIBITED_CONTENT", StopReason::content_filter},
    {"IMAGE_RECITATION", StopReason::content_filter},
    {"IMAGE_OTHER", StopReason::content_filter},
    {"MALFORMED_FUNCTION_CALL", StopReason::malformed},
    {"UNEXPECTED_TOOL_CALL", StopReason::malformed},
    {"MALFORMED_RESPONSE", StopReason::malformed},
    {"CONTINUATION", StopReason::pause},
    {"TOO_MANY_TOOL_CALLS", StopReason::other},
    {"NO_IMAGE", StopReason::other},
    {"OTHER", StopReason::other},
};

const Row* row_of(std::string_view native) {
  for (const Row& row : kTable) {
    if (row.native == native) return &row;
  }
  return nullptr;
}

// One token as read, and what else could have stood there.
struct Token {
  Text token;
  std::string logprob;
};

bool read_token(Reading& reading, Token& out) {
  if (!reading.enter()) return false;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "token") {
      reading.cursor.maybe_string(out.token);
    } else if (name == "logProbability") {
      const bool number = reading.cursor.kind() == Kind::number;  // or "-Infinity"
      if (reading.cursor.skip() && number) out.logprob = reading.cursor.value_text();
    }
  }
  return !reading.failed();
}

using Tokens = std::vector<Token>;

bool read_tokens(Reading& reading, std::string_view name, Tokens& out) {
  return reading.each(name, reading.limits.parts_max,
                      [&] { return read_token(reading, out.emplace_back()); });
}

bool read_top(Reading& reading, Tokens& out) {
  if (!reading.enter()) return false;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "candidates") read_tokens(reading, "candidates", out);
  }
  return !reading.failed();
}

void open_token(Writer& out, const Token& token) {
  out.begin_object();
  out.member("token", token.token.decode());
  out.member_raw("logprob", token.logprob.empty() ? "0" : std::string_view(token.logprob));
  out.member_null("bytes");
}

void write_openai(std::string& json, const Tokens& chosen, const std::vector<Tokens>& top) {
  Writer out(json);
  out.begin_array();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    open_token(out, chosen[i]);
    out.array("top_logprobs");
    if (i < top.size()) {
      for (const Token& other : top[i]) {
        open_token(out, other);
        out.end_object();
      }
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

// An element of OpenAI's array, or of its top_logprobs.
struct OpenaiToken {
  Token token;
  std::vector<Token> top;
};

void read_openai_top(Cursor& cursor, Tokens& out);

void read_openai_token(Cursor& cursor, Token& out, Tokens* top) {
  if (cursor.kind() != Kind::object) {
    cursor.skip();
    return;
  }
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "token") {
      cursor.maybe_string(out.token);
    } else if (key == "logprob") {
      const bool number = cursor.kind() == Kind::number;
      if (cursor.skip() && number) out.logprob = cursor.value_text();
    } else if (key == "top_logprobs" && top != nullptr && cursor.kind() == Kind::array) {
      read_openai_top(cursor, *top);
    }
  }
}

void read_openai_top(Cursor& cursor, Tokens& out) {
  cursor.enter_array();
  while (cursor.next_element()) read_openai_token(cursor, out.emplace_back(), nullptr);
}

void write_token(Writer& out, const Token& token) {
  out.begin_object();
  out.member("token", token.token.decode());
  if (!token.logprob.empty()) out.member_raw("logProbability", token.logprob);
  out.end_object();
}

}  // namespace

StopReason stop_of(std::string_view native, bool has_calls) {
  const Row* row = row_of(native);
  if (row == nullptr) return StopReason::other;
  return row->reason == StopReason::stop && has_calls ? StopReason::tool_calls : row->reason;
}

bool is_final(std::string_view native) {
  return !native.empty() && native != "FINISH_REASON_UNSPECIFIED";
}

std::string_view finish_reason(StopReason reason, std::string_view native) {
  if (const Row* row = row_of(native)) {
    const bool stops = reason == StopReason::tool_calls || reason == StopReason::stop_sequence;
    if (row->reason == reason || (stops && row->reason == StopReason::stop)) return row->native;
  }
  switch (reason) {
    case StopReason::stop:
    case StopReason::tool_calls:
    case StopReason::stop_sequence: return "STOP";
    case StopReason::length:
    case StopReason::context: return "MAX_TOKENS";
    case StopReason::content_filter:
    case StopReason::refusal: return "SAFETY";
    case StopReason::malformed: return "MALFORMED_FUNCTION_CALL";
    case StopReason::pause:  // a CONTINUATION without its token would make clients ask again
    case StopReason::none:
    case StopReason::other: break;
  }
  return "OTHER";
}

bool read_logprobs(Reading& reading, std::string& out) {
  if (!reading.enter()) return false;
  Tokens chosen;
  std::vector<Tokens> top;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "chosenCandidates") {
      read_tokens(reading, "chosenCandidates", chosen);
    } else if (name == "topCandidates") {
      reading.each("topCandidates", reading.limits.parts_max,
                   [&] { return read_top(reading, top.emplace_back()); });
    }
  }
  if (reading.failed()) return false;
  if (!chosen.empty()) write_openai(out, chosen, top);
  return true;
}

void write_logprobs(Writer& out, std::string_view logprobs) {
  Cursor cursor(logprobs);
  std::vector<OpenaiToken> tokens;
  if (logprobs.empty() || cursor.kind() != Kind::array) return;
  cursor.enter_array();
  while (cursor.next_element()) {
    OpenaiToken& token = tokens.emplace_back();
    read_openai_token(cursor, token.token, &token.top);
  }
  if (!cursor.finish() || tokens.empty()) return;
  out.object("logprobsResult");
  out.array("chosenCandidates");
  for (const OpenaiToken& token : tokens) write_token(out, token.token);
  out.end_array();
  out.array("topCandidates");
  for (const OpenaiToken& token : tokens) {
    out.begin_object();
    out.array("candidates");
    for (const Token& other : token.top) write_token(out, other);
    out.end_array();
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace headgate::llm::gemini
