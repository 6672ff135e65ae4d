#include "llm/codecs.h"

#include <array>

#include "llm/openai/bodies.h"
#include "llm/openai/chat_request.h"
#include "llm/openai/chat_response.h"

namespace headgate::llm {
namespace {

using chat::Dialect;

std::string openai_error(const base::Error& error, std::string_view) {
  return openai::error_body(error);
}

int table_status(base::Errc code) { return base::row(code).http_status; }

constexpr std::array<Codec, chat::kDialectCount> kCodecs{{
    {Dialect::openai_chat, openai::scan_chat_request, openai::edit_chat_request, nullptr, nullptr,
     nullptr, nullptr, nullptr, nullptr, openai_error, table_status, openai::scan_error_body},
    {},
    {},
    {},
}};

}  // namespace

const Codec& codec(Dialect dialect) { return kCodecs[static_cast<std::size_t>(dialect)]; }

}  // namespace headgate::llm
