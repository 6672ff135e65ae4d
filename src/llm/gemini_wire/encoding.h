// What the writers of a Gemini request share: the caller's request, where it goes, and the losses.
// Fields are named in the words of the dialect that the request came in. Lives on the stack of
// encode_request.
#pragma once

#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "llm/chat/codec.h"
#include "llm/chat/request.h"

namespace headgate::llm::gemini {

struct Encoding {
  base::json::Writer out;
  const chat::Request& request;
  const chat::Target& target;
  chat::Losses& losses;

  /// Whether the request came in this dialect: then its extras are ours to write.
  bool is_native() const { return request.origin == chat::Dialect::gemini; }

  void hint(std::string field, std::string why) {
    losses.push_back({std::move(field), std::move(why), chat::Loss::Weight::hint});
  }
  void meaning(std::string field, std::string why) {
    losses.push_back({std::move(field), std::move(why), chat::Loss::Weight::meaning});
  }
  /// One loss for each extra of another dialect. `where` is "" or ends with a dot.
  void lose_extras(const chat::Extras& extras, const std::string& where);

  /// The one of four words that the caller's dialect has, in the order of chat::Dialect.
  std::string word(std::string_view openai, std::string_view responses, std::string_view anthropic,
                   std::string_view gemini) const;
  /// "messages[3]", "input[3]", "contents[3]" or "system".
  std::string message(std::size_t index) const;
  /// "messages[3].content[0]".
  std::string part(std::size_t message_index, std::size_t part_index) const;
  /// Leading messages that tell the model what to be.
  std::size_t leading() const;
};

/// What the name of a model says about what it takes. Unknown names are taken for the newest.
struct ModelTraits {
  bool thinks = true;             // takes a thinkingConfig
  bool by_level = true;           // a thinkingLevel rather than a thinkingBudget
  bool checks_signatures = true;  // refuses calls without a thoughtSignature
  bool is_pro = false;            // cannot switch thinking off
};
ModelTraits traits_of(std::string_view model);

}  // namespace headgate::llm::gemini
