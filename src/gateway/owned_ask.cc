#include "gateway/owned_ask.h"

namespace headgate::gateway {

namespace {

constexpr std::size_t kPadding = 64;  // zeros behind a body, as simdjson wants

}  // namespace

OwnedAsk::OwnedAsk(const Ask& ask, Trailers trailers)
    : body_(ask.body),
      model_(ask.source.model),
      api_version_(ask.source.api_version),
      queued_id_(ask.queued_id),
      source_(ask.source),
      dialect_(ask.dialect),
      operation_(ask.operation) {
  body_.append(kPadding, '\0');
  std::size_t bytes = 0;
  for (const auto& header : ask.headers) bytes += header.name.size() + header.value.size();
  text_.reserve(bytes);
  if (trailers == Trailers::taken) headers_.add("te", "trailers");
  for (const auto& header : ask.headers) headers_.add(keep(header.name), keep(header.value));
  source_.model = model_;
  source_.api_version = api_version_;
}

Ask OwnedAsk::ask() const {
  const std::string_view body(body_);
  return {dialect_,  operation_, source_, headers_, body.substr(0, body.size() - kPadding),
          queued_id_};
}

std::string_view OwnedAsk::keep(std::string_view part) {
  const std::size_t at = text_.size();
  text_ += part;  // within what is reserved: views stay valid
  return std::string_view(text_).substr(at);
}

}  // namespace headgate::gateway
