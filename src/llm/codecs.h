// The codecs as one table: for each dialect the functions that its folder offers, so that what
// carries calls between dialects names none of them. Pure; safe from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm {

struct Codec {
  chat::Dialect dialect;

  base::Result<chat::Head> (*scan_request)(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits);
  std::optional<std::string> (*edit_request)(std::string_view body, const chat::Head& head,
                                             const chat::Edits& edits);
  base::Result<chat::Request> (*decode_request)(std::string_view body, const chat::Source& source,
                                                const chat::Limits& limits);
  std::string (*encode_request)(const chat::Request& request, const chat::Target& target,
                                chat::Losses& losses);
  base::Result<chat::Answer> (*decode_answer)(std::string_view body, const chat::Limits& limits);
  std::string (*encode_answer)(const chat::Answer& answer, const chat::AnswerContext& context);
  std::unique_ptr<chat::StreamReader> (*stream_reader)(const chat::Limits& limits);
  std::unique_ptr<chat::StreamWriter> (*stream_writer)(const chat::AnswerContext& context);
  std::string (*error_body)(const base::Error& error, std::string_view request_id);
  int (*error_status)(base::Errc code);  // HTTP status of such an error in the dialect
  std::optional<chat::ProviderError> (*read_error_body)(std::string_view body);
};

const Codec& codec(chat::Dialect dialect);

}  // namespace headgate::llm
