// One chunk of a streamed chat completion as views into its data: the members that become events,
// wherever in the chunk they stand. Takes what OpenAI-compatible servers send beside the documented
// form. A reader keeps one, and its memory, for
// the whole stream. Pure; views point into the data.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/usage.h"
#include "llm/chat/answer.h"

namespace headgate::llm::openai {

/// An element of delta.tool_calls, or delta.function_call.
struct CallDelta {
  std::optional<std::int64_t> index;
  base::json::Text id;
  base::json::Text name;
  base::json::Text arguments;
  std::string_view arguments_json;  // where they are an object instead of a string
  bool custom = false;
  base::json::Text signature;  // Gemini's
};

/// An element of choices.
struct ChoiceDelta {
  std::int64_t index = 0;
  base::json::Text content;
  base::json::Text refusal;
  base::json::Text reasoning;
  std::string_view content_parts;  // where content is an array
  std::string_view images;         // an array
  std::string_view annotations;    // an array
  std::string_view logprobs;       // of the content or the refusal, an array
  base::json::Text audio_id;
  base::json::Text audio_data;
  base::json::Text finish_reason;
  base::json::Text stop_sequence;
  std::size_t first_call = 0;  // in Chunk::calls
  std::size_t calls = 0;
};

struct Chunk {
  base::json::Text id;
  base::json::Text model;
  std::int64_t created_s = 0;
  std::vector<ChoiceDelta> choices;
  std::vector<CallDelta> calls;
  std::optional<base::Usage> usage;
  std::optional<base::ServiceTier> tier;
  std::optional<chat::ProviderError> error;

  /// Keeps the memory.
  void clear();
};

/// Reads the chunk that `cursor` stands before, to the end of its text. `is_error`: the event was
/// named so. False when it is not JSON or no chunk; the cursor says why.
bool read_chunk(base::json::Cursor& cursor, bool is_error, Chunk& chunk);

}  // namespace headgate::llm::openai
