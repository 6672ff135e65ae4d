#include "llm/openai/chat_chunk.h"

#include "llm/openai/chat_response.h"
#include "llm/openai/chat_usage.h"

namespace headgate::llm::openai {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

// Calls `take(key)` for each member of the object that is next; what is no object is skipped, and
// so is every value that `take` does not read.
template <class Take>
bool each_member(Cursor& cursor, Take take) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) take(key);
  return cursor.ok();
}

void raw_array(Cursor& cursor, std::string_view& out) {
  const bool array = cursor.kind() == Kind::array;
  if (cursor.skip() && array && cursor.value_text().find('{') != std::string_view::npos) {
    out = cursor.value_text();
  }
}

void read_signature(Cursor& cursor, CallDelta& call) {
  each_member(cursor, [&](std::string_view vendor) {
    if (vendor != "google") return;
    each_member(cursor, [&](std::string_view key) {
      if (key == "thought_signature") cursor.maybe_string(call.signature);
    });
  });
}

void read_body(Cursor& cursor, CallDelta& call) {
  each_member(cursor, [&](std::string_view key) {
    if (key == "name") {
      cursor.maybe_string(call.name);
    } else if (key == "arguments" || key == "input") {
      const Kind kind = cursor.kind();
      if (!cursor.maybe_string(call.arguments) && kind != Kind::null && cursor.ok()) {
        call.arguments_json = cursor.value_text();
      }
    }
  });
}

void read_call(Cursor& cursor, CallDelta& call) {
  each_member(cursor, [&](std::string_view key) {
    if (key == "index") {
      call.index = cursor.maybe_integer();
    } else if (key == "id") {
      cursor.maybe_string(call.id);
    } else if (key == "function" || key == "custom") {
      call.custom = key == "custom";
      read_body(cursor, call);
    } else if (key == "extra_content") {
      read_signature(cursor, call);
    }
  });
}

void read_calls(Cursor& cursor, Chunk& chunk, ChoiceDelta& choice) {
  if (cursor.kind() != Kind::array) {
    cursor.skip();
    return;
  }
  cursor.enter_array();
  while (cursor.next_element()) {
    read_call(cursor, chunk.calls.emplace_back());
    ++choice.calls;
  }
}

void read_delta_member(Cursor& cursor, std::string_view key, Chunk& chunk, ChoiceDelta& choice) {
  if (key == "content") {
    if (cursor.kind() == Kind::array) {
      raw_array(cursor, choice.content_parts);
    } else {
      cursor.maybe_string(choice.content);
    }
  } else if (key == "refusal") {
    cursor.maybe_string(choice.refusal);
  } else if (key == "reasoning_content" || key == "reasoning") {
    Text value;
    if (cursor.maybe_string(value) && !value.empty()) choice.reasoning = value;
  } else if (key == "tool_calls") {
    read_calls(cursor, chunk, choice);
  } else if (key == "function_call" && cursor.kind() == Kind::object) {
    read_body(cursor, chunk.calls.emplace_back());
    ++choice.calls;
  } else if (key == "annotations") {
    raw_array(cursor, choice.annotations);
  } else if (key == "images") {
    raw_array(cursor, choice.images);
  } else if (key == "audio") {
    each_member(cursor, [&](std::string_view member) {
      if (member == "id") cursor.maybe_string(choice.audio_id);
      if (member == "data") cursor.maybe_string(choice.audio_data);
    });
  }
}

bool read_choice(Cursor& cursor, Chunk& chunk) {
  if (!cursor.enter_object()) return false;
  ChoiceDelta choice;
  choice.first_call = chunk.calls.size();
  std::string_view key;
  while (cursor.next_key(key)) {
    if (key == "index") {
      if (!cursor.integer(choice.index)) return false;
    } else if (key == "delta") {
      each_member(cursor, [&](std::string_view member) {
        read_delta_member(cursor, member, chunk, choice);
      });
    } else if (key == "finish_reason") {
      cursor.maybe_string(choice.finish_reason);
    } else if (key == "stop_reason") {  // vLLM: which sequence
      cursor.maybe_string(choice.stop_sequence);
    } else if (key == "logprobs") {
      each_member(cursor, [&](std::string_view list) {
        if (list == "content" || list == "refusal") raw_array(cursor, choice.logprobs);
      });
    } else if (key == "usage") {  // Moonshot's place for it
      std::optional<base::Usage> usage;
      if (read_usage(cursor, usage) && usage) chunk.usage = usage;
    }
  }
  chunk.choices.push_back(choice);
  return cursor.ok();
}

bool read_choices(Cursor& cursor, Chunk& chunk) {
  if (cursor.kind() == Kind::null) return cursor.skip();
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    if (!read_choice(cursor, chunk)) return false;
  }
  return cursor.ok();
}

// Some servers say their errors without the object around them.
struct BareError {
  Text object;
  Text message;
  Text type;
};

bool read_member(Cursor& cursor, std::string_view key, Chunk& chunk, BareError& bare) {
  if (key == "choices") return read_choices(cursor, chunk);
  if (key == "id") {
    cursor.maybe_string(chunk.id);
  } else if (key == "model") {
    cursor.maybe_string(chunk.model);
  } else if (key == "created") {
    chunk.created_s = cursor.maybe_integer().value_or(0);
  } else if (key == "usage") {
    std::optional<base::Usage> usage;
    if (read_usage(cursor, usage) && usage) chunk.usage = usage;
  } else if (key == "service_tier") {
    if (cursor.kind() == Kind::string) chunk.tier = read_tier(cursor);
  } else if (key == "error") {
    read_error(cursor, chunk.error);
  } else if (key == "object") {
    cursor.maybe_string(bare.object);
  } else if (key == "message") {
    cursor.maybe_string(bare.message);
  } else if (key == "type") {
    cursor.maybe_string(bare.type);
  }
  return cursor.ok();
}

}  // namespace

void Chunk::clear() {
  choices.clear();
  calls.clear();
  id = model = {};
  created_s = 0;
  usage.reset();
  tier.reset();
  error.reset();
}

bool read_chunk(Cursor& cursor, bool is_error, Chunk& chunk) {
  BareError bare;
  if (!cursor.enter_object()) return false;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (!read_member(cursor, key, chunk, bare)) return false;
  }
  if (!cursor.finish()) return false;
  if (!chunk.error && (is_error || equals(bare.object, "error"))) {
    chunk.error.emplace();
    chunk.error->message = bare.message.decode();
    chunk.error->type = bare.type.decode();
    chunk.error->status = status_of_error(chunk.error->type);
  }
  return true;
}

}  // namespace headgate::llm::openai
