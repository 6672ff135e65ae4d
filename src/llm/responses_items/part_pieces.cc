#include "llm/responses_items/part_pieces.h"

#include "llm/responses_items/carrier.h"

namespace headgate::llm::responses {

using chat::Delta;
using chat::Part;

const std::string* text_of(const Part& part) {
  if (const auto* said = part.as<chat::Text>()) return &said->text;
  if (const auto* refusal = part.as<chat::Refusal>()) return &refusal->text;
  if (const auto* thought = part.as<chat::Reasoning>()) return &thought->text;
  if (const auto* media = part.as<chat::Media>()) return &media->data;
  const auto* call = part.as<chat::ToolCall>();
  return call != nullptr ? &call->arguments : nullptr;
}

Delta::Kind kind_of(const Part& part) {
  if (part.as<chat::ToolCall>()) return Delta::Kind::arguments;
  return part.as<chat::Media>() ? Delta::Kind::data : Delta::Kind::text;
}

Part seed_of(Part part) {
  if (auto* said = part.as<chat::Text>()) *said = {};
  if (auto* refusal = part.as<chat::Refusal>()) refusal->text.clear();
  if (auto* media = part.as<chat::Media>()) media->data.clear();
  if (auto* call = part.as<chat::ToolCall>()) {
    call->arguments.clear();
    call->signature.value.clear();
  }
  if (auto* thought = part.as<chat::Reasoning>()) {
    thought->text.clear();
    if (!thought->redacted) thought->signature.value.clear();
  }
  return part;
}

std::string signature_of(const Part& part, const Part& seed) {
  if (const auto* call = part.as<chat::ToolCall>()) return call->signature.value;
  const auto* thought = part.as<chat::Reasoning>();
  const auto* begun = seed.as<chat::Reasoning>();
  if (thought == nullptr || begun == nullptr || begun->redacted || thought->signature.empty()) {
    return {};
  }
  const bool same = begun->signature.origin == thought->signature.origin && !thought->redacted;
  return same ? thought->signature.value : pack_signature(*thought);
}

}  // namespace headgate::llm::responses
