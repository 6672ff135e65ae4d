// What was asked, for a call that outlives whoever asked: a copy of an Ask with all that its views
// point at. Not copied or moved: the views point into it.
#pragma once

#include <string>
#include <string_view>

#include "gateway/ask.h"

namespace headgate::gateway {

class OwnedAsk {
 public:
  enum class Trailers : std::uint8_t { as_asked, taken };

  /// `taken`: the answer comes with the trailers that a caller may not have asked for.
  explicit OwnedAsk(const Ask& ask, Trailers trailers = Trailers::as_asked);
  OwnedAsk(const OwnedAsk&) = delete;
  OwnedAsk& operator=(const OwnedAsk&) = delete;

  Ask ask() const;

 private:
  std::string_view keep(std::string_view part);

  std::string body_;
  std::string model_;
  std::string api_version_;
  std::string queued_id_;
  std::string text_;  // of the headers
  http::Headers headers_;
  llm::chat::Source source_;
  llm::chat::Dialect dialect_;
  Operation operation_;
};

}  // namespace headgate::gateway
