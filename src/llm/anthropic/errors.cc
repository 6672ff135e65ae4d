#include "llm/anthropic/errors.h"

#include <algorithm>
#include <array>

#include "base/json/writer.h"

namespace headgate::llm::anthropic {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

namespace {

// In the order in which a status finds its type.
constexpr std::array<ErrorRow, 11> kTypes{{{400, "invalid_request_error"},
                                           {401, "authentication_error"},
                                           {402, "billing_error"},
                                           {403, "permission_error"},
                                           {404, "not_found_error"},
                                           {409, "conflict_error"},
                                           {413, "request_too_large"},
                                           {429, "rate_limit_error"},
                                           {500, "api_error"},
                                           {504, "timeout_error"},
                                           {529, "overloaded_error"}}};

std::string_view type_for(int status) {
  if (status == 408) return "timeout_error";
  if (status == 503) return "overloaded_error";
  const auto* row = std::find_if(kTypes.begin(), kTypes.end(),
                                 [status](const ErrorRow& r) { return r.status == status; });
  if (row != kTypes.end()) return row->type;
  return status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
}

std::string body_of(std::string_view type, std::string_view message, std::string_view request_id) {
  std::string out;
  base::json::Writer json(out);
  json.begin_object();
  json.member("type", "error");
  json.object("error");
  json.member("type", type);
  json.member("message", message);
  json.end_object();
  if (request_id.empty()) {
    json.member_null("request_id");
  } else {
    json.member("request_id", request_id);
  }
  json.end_object();
  return out;
}

void read_text(Cursor& cursor, std::string& out) {
  Text text;
  if (cursor.maybe_string(text)) out = text.decode();
}

bool read_details(Cursor& cursor, chat::ProviderError& error) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "error_code") read_text(cursor, error.code);
  }
  return cursor.ok();
}

}  // namespace

ErrorRow error_row(Errc code) {
  if (code == Errc::overloaded || code == Errc::draining) return {529, "overloaded_error"};
  if (code == Errc::cancelled) return {499, "api_error"};
  const int status = base::row(code).http_status;
  return {status, type_for(status)};
}

int status_of(std::string_view type) {
  const auto* row = std::find_if(kTypes.begin(), kTypes.end(),
                                 [type](const ErrorRow& r) { return r.type == type; });
  return row == kTypes.end() ? 0 : row->status;
}

std::string_view type_of(const chat::ProviderError& error) {
  const auto* row = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&error](const ErrorRow& r) { return r.type == error.type; });
  if (row != kTypes.end()) return row->type;
  return type_for(error.status);
}

std::string error_body(const base::Error& error, std::string_view request_id) {
  const std::string_view name = base::row(error.code).name;
  return body_of(error_row(error.code).type,
                 error.detail.empty() ? name : std::string_view(error.detail), request_id);
}

std::string error_body(const chat::ProviderError& error, std::string_view request_id) {
  const std::string_view type = type_of(error);
  return body_of(type, error.message.empty() ? type : std::string_view(error.message), request_id);
}

bool read_error(Cursor& cursor, chat::ProviderError& error) {
  const Kind kind = cursor.kind();
  if (kind == Kind::string) {
    read_text(cursor, error.message);
    return cursor.ok();
  }
  if (kind != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "message") {
      read_text(cursor, error.message);
    } else if (key == "type") {
      read_text(cursor, error.type);
    } else if (key == "details") {
      read_details(cursor, error);
    }
  }
  error.status = status_of(error.type);
  return cursor.ok();
}

std::optional<chat::ProviderError> read_error_body(std::string_view body) {
  Cursor cursor(body);
  if (cursor.kind() != Kind::object) return std::nullopt;
  chat::ProviderError error;
  std::string message;
  bool found = false;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "error") {
      found = cursor.kind() == Kind::object || cursor.kind() == Kind::string;
      read_error(cursor, error);
    } else if (key == "message") {
      read_text(cursor, message);
    }
  }
  if (!cursor.finish()) return std::nullopt;
  if (found) return error;
  if (message.empty()) return std::nullopt;
  error.message = std::move(message);
  return error;
}

}  // namespace headgate::llm::anthropic
