// A streamed answer in no provider's dialect: the events that stream readers make and stream
// writers take. The grammar, per stream:
//   Begin  ( PartBegin | Delta | PartEnd | Stop | UsageSeen )*  ( End | Failed )
// Parts of a candidate are numbered 0, 1, 2 … as they begin; of a candidate at most one part is
// open at a time, so a part is ended before the next begins; every part ends before its candidate's
// Stop; nothing of a candidate follows its Stop; End requires a Stop of every candidate that was
// seen, and at least one. Failed may come at any moment, also first. Grammar (grammar.h) checks it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/usage.h"
#include "llm/chat/answer.h"
#include "llm/chat/part.h"

namespace headgate::llm::chat {

struct Begin {
  std::string id;
  std::string model;
  std::int64_t created_s = 0;  // 0: not said
  friend bool operator==(const Begin&, const Begin&) = default;
};

/// `part` holds what is known at the start: kind, id and name of a call; text and arguments empty.
struct PartBegin {
  std::uint32_t candidate = 0;
  std::uint32_t index = 0;
  Part part;
  friend bool operator==(const PartBegin&, const PartBegin&) = default;
};

/// To be appended to the open part of the candidate.
struct Delta {
  enum class Kind : std::uint8_t {
    text,         // of a text, refusal or reasoning part
    arguments,    // of a tool call
    signature,    // of a reasoning part or tool call: whole, at most once
    annotations,  // of a text part: one annotation or an array of them, JSON as written
    logprobs,     // of a text or refusal part: content of OpenAI's logprobs, JSON array as written
    data,         // of a media part: base64
    opaque,       // of an opaque part: a whole event's data, for its own dialect only
  };
  std::uint32_t candidate = 0;
  std::uint32_t index = 0;
  Kind kind = Kind::text;
  std::string value;
  friend bool operator==(const Delta&, const Delta&) = default;
};

struct PartEnd {
  std::uint32_t candidate = 0;
  std::uint32_t index = 0;
  friend bool operator==(const PartEnd&, const PartEnd&) = default;
};

struct Stop {
  std::uint32_t candidate = 0;
  StopReason reason = StopReason::none;
  std::string native;
  std::string sequence;
  friend bool operator==(const Stop&, const Stop&) = default;
};

/// Cumulative: the last one counts.
struct UsageSeen {
  base::Usage usage;
  friend bool operator==(const UsageSeen&, const UsageSeen&) = default;
};

struct End {
  friend bool operator==(const End&, const End&) = default;
};

struct Failed {
  ProviderError error;
  friend bool operator==(const Failed&, const Failed&) = default;
};

using Event = std::variant<Begin, PartBegin, Delta, PartEnd, Stop, UsageSeen, End, Failed>;
using Events = std::vector<Event>;

}  // namespace headgate::llm::chat
