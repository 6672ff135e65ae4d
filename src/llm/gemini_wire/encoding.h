// What the writers of a Gemini request share: the caller's request, where it goes, and the losses.
// Fields are named in the words of the dialect that the request came in. Lives on the stack of
// encode_request.
#pragma once

#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "llm/chat/codec.h"
#include "llm/chat/loss_names.h"
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
  /// One loss for each extra of another dialect that says anything. `where` is "" or ends with a
  /// dot.
  void lose_extras(const chat::Extras& extras, const std::string& where);

  std::string name(chat::Field field) const {
    return std::string(chat::name(field, request.origin));
  }
  std::string message(std::size_t index) const { return chat::message_name(request, index); }
  std::string part(std::size_t message, std::size_t part) const {
    return chat::part_name(request, message, part);
  }
};

/// What the name of a model says about what it takes. Unknown names are taken for the newest.
struct ModelTraits {
  bool thinks = true;             // takes a thinkingConfig
  bool by_level = true;           // a thinkingLevel rather than a thinkingBudget
  bool checks_signatures = true;  // refuses calls without a thoughtSignature
  bool media_in_results = true;   // takes media within what a function returned
  bool is_pro = false;            // cannot switch thinking off
};
ModelTraits traits_of(std::string_view model);

}  // namespace headgate::llm::gemini
