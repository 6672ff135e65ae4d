#include "llm/responses/errors.h"

#include <algorithm>
#include <array>

#include "base/json/writer.h"
#include "base/text/strings.h"

namespace headgate::llm::responses {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using chat::ProviderError;

constexpr std::array<std::string_view, 21> kFailedCodes{"server_error",
                                                        "rate_limit_exceeded",
                                                        "invalid_prompt",
                                                        "data_residency_mismatch",
                                                        "bio_policy",
                                                        "misalignment_policy_violation",
                                                        "vector_store_timeout",
                                                        "invalid_image",
                                                        "invalid_image_format",
                                                        "invalid_base64_image",
                                                        "invalid_image_url",
                                                        "image_too_large",
                                                        "image_too_small",
                                                        "image_parse_error",
                                                        "image_content_policy_violation",
                                                        "invalid_image_mode",
                                                        "image_file_too_large",
                                                        "unsupported_image_media_type",
                                                        "empty_image_file",
                                                        "failed_to_download_image",
                                                        "image_file_not_found"};

void read_text(Cursor& cursor, std::string& out) {
  Text text;
  if (cursor.maybe_string(text)) out = text.decode();
}

// A code is a word, or a status as some servers have it.
void read_code(Cursor& cursor, ProviderError& error) {
  if (cursor.kind() != Kind::number) return read_text(cursor, error.code);
  const std::int64_t number = cursor.maybe_integer().value_or(0);
  if (number >= 400 && number < 600) error.status = static_cast<int>(number);
}

bool read_member(Cursor& cursor, std::string_view key, ProviderError& error) {
  if (key == "message") {
    read_text(cursor, error.message);
  } else if (key == "type") {
    read_text(cursor, error.type);
  } else if (key == "param") {
    read_text(cursor, error.param);
  } else if (key == "code") {
    read_code(cursor, error);
  } else {
    return false;
  }
  return true;
}

void string_or_null(base::json::Writer& out, std::string_view name, std::string_view text) {
  text.empty() ? out.member_null(name) : out.member(name, text);
}

}  // namespace

ErrorForm form_of(base::Errc code) {
  const base::ErrcRow& row = base::row(code);
  return {row.http_status, row.openai_type, row.openai_code, row.retryable};
}

ProviderError provider_error(const base::Error& error) {
  const ErrorForm form = form_of(error.code);
  ProviderError out;
  out.message = error.detail.empty() ? std::string(base::row(error.code).name) : error.detail;
  out.type = form.type;
  out.code = form.code;
  out.param = error.param;
  out.status = form.status;
  return out;
}

std::string error_body(const base::Error& error, std::string_view /*request_id*/) {
  const ProviderError said = provider_error(error);
  std::string body;
  base::json::Writer out(body);
  out.begin_object();
  out.object("error");
  out.member("message", said.message);
  out.member("type", said.type);
  string_or_null(out, "param", said.param);
  string_or_null(out, "code", said.code);
  out.end_object();
  out.end_object();
  return body;
}

bool read_error(Cursor& cursor, ProviderError& error) {
  if (cursor.kind() != Kind::object) {
    read_text(cursor, error.message);
    return cursor.ok();
  }
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) read_member(cursor, key, error);
  return cursor.ok();
}

std::optional<ProviderError> read_error_body(std::string_view body) {
  Cursor cursor(body);
  if (cursor.kind() != Kind::object) return std::nullopt;
  ProviderError nested;
  ProviderError flat;
  bool has_error = false;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "error" && cursor.kind() != Kind::null) {
      has_error = true;
      read_error(cursor, nested);
    } else if (key == "detail") {
      read_text(cursor, flat.message);
    } else {
      read_member(cursor, key, flat);
    }
  }
  if (!cursor.finish()) return std::nullopt;
  if (has_error) return nested;
  if (flat.message.empty()) return std::nullopt;
  return flat;
}

std::string_view failed_code(const ProviderError& error) {
  const auto* known = std::find(kFailedCodes.begin(), kFailedCodes.end(), error.code);
  if (known != kFailedCodes.end()) return *known;
  if (error.type == "rate_limit_error" || error.status == 429) return "rate_limit_exceeded";
  if (error.type == "invalid_request_error" || error.status == 400) return "invalid_prompt";
  return "server_error";
}

}  // namespace headgate::llm::responses
