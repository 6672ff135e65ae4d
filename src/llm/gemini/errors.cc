#include "llm/gemini/errors.h"

#include <algorithm>
#include <array>

#include "base/json/writer.h"
#include "base/text/strings.h"

namespace headgate::llm::gemini {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using base::json::Writer;
using chat::ProviderError;

constexpr std::string_view kType = "type.googleapis.com/google.rpc.";

// The first of a status is the name it goes by, the first of a name the status it stands for.
constexpr std::array<ErrorKind, 20> kStatuses{{
    {400, "INVALID_ARGUMENT"},
    {400, "FAILED_PRECONDITION"},
    {400, "OUT_OF_RANGE"},
    {401, "UNAUTHENTICATED"},
    {403, "PERMISSION_DENIED"},
    {402, "PERMISSION_DENIED"},
    {404, "NOT_FOUND"},
    {405, "INVALID_ARGUMENT"},
    {409, "ABORTED"},
    {409, "ALREADY_EXISTS"},
    {429, "RESOURCE_EXHAUSTED"},
    {499, "CANCELLED"},
    {500, "INTERNAL"},
    {500, "UNKNOWN"},
    {500, "DATA_LOSS"},
    {501, "UNIMPLEMENTED"},
    {503, "UNAVAILABLE"},
    {504, "DEADLINE_EXCEEDED"},
    {408, "DEADLINE_EXCEEDED"},
    {413, "INVALID_ARGUMENT"},
}};

const ErrorKind* kind_of(std::string_view status) {
  const auto* found = std::find_if(kStatuses.begin(), kStatuses.end(),
                                   [&](const ErrorKind& kind) { return kind.status == status; });
  return found == kStatuses.end() ? nullptr : found;
}

std::string_view status_name(int code) {
  for (const ErrorKind& kind : kStatuses) {
    if (kind.code == code) return kind.status;
  }
  return code < 500 ? "INVALID_ARGUMENT" : "UNAVAILABLE";
}

// The status of an error that says only its type.
int code_of(const ProviderError& error) {
  if (error.status >= 400 && error.status < 600) return error.status;
  const ErrorKind* kind = kind_of(error.type);
  return kind == nullptr ? 500 : kind->code;
}

void begin_error(Writer& out, int code, std::string_view message, std::string_view status) {
  out.begin_object();
  out.object("error");
  out.member("code", std::int64_t{code});
  out.member("message", message);
  out.member("status", status);
}

void begin_detail(Writer& out, std::string_view type) {
  out.begin_object();
  out.member("@type", std::string(kType).append(type));
}

void write_field(Writer& out, std::string_view field, std::string_view description) {
  begin_detail(out, "BadRequest");
  out.array("fieldViolations");
  out.begin_object();
  out.member("field", field);
  out.member("description", description);
  out.end_object();
  out.end_array();
  out.end_object();
}

void write_reason(Writer& out, std::string_view reason) {
  std::string upper(reason);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  begin_detail(out, "ErrorInfo");
  out.member("reason", upper);
  out.member("domain", "headgate");
  out.end_object();
}

void read_text(Cursor& cursor, std::string& out) {
  Text text;
  if (cursor.maybe_string(text)) out = text.decode();
}

// The first field that a BadRequest names.
void read_violations(Cursor& cursor, ProviderError& out) {
  if (cursor.kind() != Kind::array) {
    cursor.skip();
    return;
  }
  cursor.enter_array();
  while (cursor.next_element()) {
    if (cursor.kind() != Kind::object) continue;
    std::string_view key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (key == "field" && out.param.empty()) read_text(cursor, out.param);
    }
  }
}

// Of RetryInfo, ErrorInfo and BadRequest, which differ in their members.
void read_detail(Cursor& cursor, ProviderError& out) {
  if (cursor.kind() != Kind::object) {
    cursor.skip();
    return;
  }
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "retryDelay") {
      std::string delay;
      read_text(cursor, delay);
      if (const auto ms = duration_ms(delay)) out.retry_after_ms = ms;
    } else if (key == "reason" && out.code.empty()) {
      read_text(cursor, out.code);
    } else if (key == "fieldViolations") {
      read_violations(cursor, out);
    }
  }
}

void read_details(Cursor& cursor, ProviderError& out) {
  if (cursor.kind() != Kind::array) {
    cursor.skip();
    return;
  }
  cursor.enter_array();
  while (cursor.next_element()) read_detail(cursor, out);
}

bool read_body(Cursor& cursor, std::optional<ProviderError>& error) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "error") read_error(cursor, error);
  }
  return cursor.ok();
}

}  // namespace

ErrorKind error_kind(base::Errc code) {
  const int status = base::row(code).http_status;
  return {status, status_name(status)};
}

std::string error_body(const base::Error& error, std::string_view request_id) {
  const ErrorKind kind = error_kind(error.code);
  const std::string_view name = base::row(error.code).name;
  const std::string_view message = error.detail.empty() ? name : std::string_view(error.detail);
  std::string body;
  Writer out(body);
  begin_error(out, kind.code, message, kind.status);
  out.array("details");
  write_reason(out, name);
  if (!error.param.empty()) write_field(out, error.param, message);
  if (!request_id.empty()) {
    begin_detail(out, "RequestInfo");
    out.member("requestId", request_id);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  out.end_object();
  return body;
}

std::string error_body(const ProviderError& error) {
  const int code = code_of(error);
  std::string body;
  Writer out(body);
  const bool ours = kind_of(error.type) != nullptr;
  begin_error(out, code, error.message.empty() ? error.type : error.message,
              ours ? std::string_view(error.type) : status_name(code));
  if (error.retry_after_ms || !error.param.empty()) {
    out.array("details");
    if (!error.param.empty()) write_field(out, error.param, error.message);
    if (error.retry_after_ms) {
      const std::int64_t ms = *error.retry_after_ms;
      std::string rest = std::to_string(ms % 1000);
      rest.insert(0, 3 - rest.size(), '0');
      begin_detail(out, "RetryInfo");
      out.member("retryDelay", std::to_string(ms / 1000) + (ms % 1000 ? "." + rest : "") + "s");
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
  out.end_object();
  return body;
}

std::optional<std::int64_t> duration_ms(std::string_view text) {
  if (!text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  const std::size_t dot = text.find('.');
  const auto seconds = base::parse_u64(text.substr(0, dot));
  if (!seconds || *seconds > 1'000'000'000) return std::nullopt;
  std::int64_t ms = static_cast<std::int64_t>(*seconds) * 1000;
  if (dot == std::string_view::npos) return ms;
  std::string fraction(text.substr(dot + 1));
  if (fraction.size() > 9 || !base::parse_u64(fraction)) return std::nullopt;
  fraction.resize(9, '0');
  return ms + static_cast<std::int64_t>((*base::parse_u64(fraction) + 999'999) / 1'000'000);
}

bool read_error(Cursor& cursor, std::optional<ProviderError>& error) {
  const Kind kind = cursor.kind();
  if (kind == Kind::null) return cursor.skip();
  ProviderError read;
  if (kind != Kind::object) {
    read_text(cursor, read.message);
    error = std::move(read);
    return cursor.ok();
  }
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "message") {
      read_text(cursor, read.message);
    } else if (key == "status") {
      read_text(cursor, read.type);
    } else if (key == "code") {
      const std::int64_t code = cursor.maybe_integer().value_or(0);
      if (code >= 100 && code <= 599) read.status = static_cast<int>(code);
    } else if (key == "details") {
      read_details(cursor, read);
    }
  }
  error = std::move(read);
  return cursor.ok();
}

std::optional<ProviderError> read_error_body(std::string_view body) {
  Cursor cursor(body);
  std::optional<ProviderError> error;
  if (cursor.kind() == Kind::array) {
    cursor.enter_array();
    while (cursor.next_element()) read_body(cursor, error);
  } else {
    read_body(cursor, error);
  }
  if (!cursor.finish()) return std::nullopt;
  return error;
}

}  // namespace headgate::llm::gemini
