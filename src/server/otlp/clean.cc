#include "server/otlp/clean.h"

#include <array>

#include "base/text/utf8.h"
#include "telemetry/content/content_keys.h"

namespace headgate::server {
namespace {

using telemetry::Attribute;
using telemetry::ContentCapture;
using telemetry::Span;

constexpr std::string_view kRemoved = "[redacted:attribute]";
constexpr std::string_view kCutKey = "headgate.cut_bytes";

constexpr std::array kPlainTexts{
    &Span::name,         &Span::error_message, &Span::provider,     &Span::model_requested,
    &Span::model_served, &Span::response_id,   &Span::finish_reason};

}  // namespace

// Most spans hold no secret at all: one look at everything together says so.
bool Cleaner::is_clean(const Span& span, const std::vector<Attribute>& attributes) {
  probe_.clear();
  const auto add = [&](std::string_view text) {
    if (!text.empty()) probe_.append(text).append("\n");
  };
  for (const auto text : kPlainTexts) add(span.*text);
  if (capture_ == ContentCapture::redacted) {
    add(span.input);
    add(span.output);
  }
  for (const Attribute& attribute : attributes) add(attribute.value);
  return !redactor_.redact(probe_, scratch_);
}

std::string_view Cleaner::plain(std::string_view text) {
  return !text.empty() && redactor_.redact(text, scratch_) ? keep(scratch_) : text;
}

std::string_view Cleaner::content(std::string_view text, std::uint32_t& cut_bytes) {
  const std::string_view kept =
      telemetry::keep_content(text, capture_, bytes_max_, redactor_, scratch_, cut_bytes);
  const bool is_made = kept.data() == scratch_.data() && !kept.empty();
  return is_made ? keep(std::string(kept)) : kept;
}

void Cleaner::clean(Attribute& attribute, bool all_clean, std::uint32_t& cut_bytes) {
  if (secret_keys_.contains(attribute.key)) {
    attribute.value = kRemoved;
    attribute.is_json = false;
    return;
  }
  const std::string_view before = attribute.value;
  if (telemetry::is_content_key(attribute.key)) {
    const bool as_is =
        capture_ == ContentCapture::full || (capture_ == ContentCapture::redacted && all_clean);
    if (!as_is) attribute.value = content(before, cut_bytes);
    if (capture_ == ContentCapture::hashed) attribute.is_json = false;
  } else if (!all_clean) {
    attribute.value = plain(before);
  }
  const std::string_view kept = base::utf8_prefix(attribute.value, bytes_max_);
  if (kept.size() == attribute.value.size()) return;
  cut_bytes += static_cast<std::uint32_t>(attribute.value.size() - kept.size());
  attribute.value = kept;
  attribute.is_json = false;  // half of it is none
}

void Cleaner::clean(Span& span, std::vector<Attribute>& attributes) {
  const bool all_clean = is_clean(span, attributes);
  if (!all_clean) {
    for (const auto text : kPlainTexts) span.*text = plain(span.*text);
  }
  span.input = content(span.input, span.input_cut_bytes);
  span.output = content(span.output, span.output_cut_bytes);
  std::uint32_t cut_bytes = 0;
  for (Attribute& attribute : attributes) clean(attribute, all_clean, cut_bytes);
  std::erase_if(attributes, [&](const Attribute& attribute) {
    const bool is_off = capture_ == ContentCapture::off && telemetry::is_content_key(attribute.key);
    return is_off || (cut_bytes > 0 && attribute.key == kCutKey);
  });
  if (cut_bytes > 0) attributes.push_back({kCutKey, keep(std::to_string(cut_bytes)), true});
}

}  // namespace headgate::server
