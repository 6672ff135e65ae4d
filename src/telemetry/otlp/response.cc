#include "telemetry/otlp/response.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/text/utf8.h"
#include "telemetry/otlp/fields.h"

namespace headgate::telemetry::otlp {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

constexpr std::size_t kMessageBytesMax = 512;

std::string text_of(pbf_reader& message) {
  const auto data = message.get_view();
  return {data.data(), data.size()};
}

void read_partial(pbf_reader message, Response& out) {
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(pb::PartialSuccess::rejected_spans, pbf_wire_type::varint):
        out.rejected_spans = message.get_int64();
        break;
      case tag_and_type(pb::PartialSuccess::error_message, pbf_wire_type::length_delimited):
        out.message = text_of(message);
        break;
      default: message.skip();
    }
  }
}

std::optional<Response> read_protobuf(std::string_view body) {
  Response out;
  try {
    pbf_reader message(body.data(), body.size());
    while (message.next(pb::Response::partial_success, pbf_wire_type::length_delimited)) {
      read_partial(message.get_message(), out);
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return out;
}

// An int64 is a string in OTLP/JSON, and a number in what some receivers write.
std::int64_t read_count(base::json::Cursor& in) {
  base::json::Text text;
  if (in.kind() == base::json::Kind::string && in.string(text)) {
    return static_cast<std::int64_t>(base::parse_u64(text.raw).value_or(0));
  }
  return in.maybe_integer().value_or(0);
}

std::optional<Response> read_json(std::string_view body) {
  using base::json::Kind;
  Response out;
  if (body.empty()) return out;
  base::json::Cursor in(body);
  std::string_view key;
  in.enter_object();
  while (in.next_key(key)) {
    if (key != "partialSuccess" || in.kind() != Kind::object) continue;
    in.enter_object();
    while (in.next_key(key)) {
      base::json::Text text;
      if (key == "rejectedSpans") out.rejected_spans = read_count(in);
      if (key == "errorMessage" && in.maybe_string(text)) out.message = text.decode();
    }
  }
  if (!in.finish()) return std::nullopt;
  return out;
}

// The numbers of google.rpc.Code.
int rpc_code(base::Errc code) {
  switch (base::row(code).http_status) {
    case 400: return 3;   // INVALID_ARGUMENT
    case 401: return 16;  // UNAUTHENTICATED
    case 403: return 7;   // PERMISSION_DENIED
    case 404: return 5;   // NOT_FOUND
    case 413:
    case 429: return 8;   // RESOURCE_EXHAUSTED
    case 503: return 14;  // UNAVAILABLE
    default: return 13;   // INTERNAL
  }
}

std::optional<std::string> read_status(std::string_view body, Encoding encoding) {
  if (encoding == Encoding::json) {
    base::json::Cursor in(body);
    std::string_view key;
    std::string message;
    in.enter_object();
    while (in.next_key(key)) {
      base::json::Text text;
      if (key == "message" && in.maybe_string(text)) message = text.decode();
    }
    return in.finish() ? std::optional(message) : std::nullopt;
  }
  try {
    std::string out;
    pbf_reader message(body.data(), body.size());
    while (message.next(pb::RpcStatus::message, pbf_wire_type::length_delimited)) {
      out = text_of(message);
    }
    return out;
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
}

void write_partial(std::string& out, const Response& response) {
  protozero::pbf_writer message(out);
  protozero::pbf_writer partial(message, pb::Response::partial_success);
  partial.add_int64(pb::PartialSuccess::rejected_spans, response.rejected_spans);
  partial.add_string(pb::PartialSuccess::error_message, response.message);
}

}  // namespace

std::string_view content_type(Encoding encoding) {
  return encoding == Encoding::protobuf ? "application/x-protobuf" : "application/json";
}

std::string encode(const Response& response, Encoding encoding) {
  const bool whole = response.rejected_spans == 0 && response.message.empty();
  std::string out;
  if (encoding == Encoding::json) {
    base::json::Writer json(out);
    json.begin_object();
    if (!whole) {
      json.object("partialSuccess");
      json.member("rejectedSpans", std::to_string(response.rejected_spans));
      json.member("errorMessage", response.message);
      json.end_object();
    }
    json.end_object();
    return out;
  }
  if (!whole) write_partial(out, response);
  return out;
}

std::optional<Response> decode_response(std::string_view body, Encoding encoding) {
  return encoding == Encoding::json ? read_json(body) : read_protobuf(body);
}

std::string encode_status(base::Errc code, std::string_view message, Encoding encoding) {
  std::string out;
  const std::string text = base::valid_utf8(message);
  if (encoding == Encoding::json) {
    base::json::Writer json(out);
    json.begin_object();
    json.member("code", rpc_code(code));
    json.member("message", text);
    json.end_object();
    return out;
  }
  protozero::pbf_writer status(out);
  status.add_int32(pb::RpcStatus::code, rpc_code(code));
  status.add_string(pb::RpcStatus::message, text);
  return out;
}

std::string status_message(std::string_view body, Encoding encoding) {
  auto message = read_status(body, encoding);
  if (!message || message->empty()) message = std::string(body.substr(0, kMessageBytesMax));
  return base::valid_utf8(std::string_view(*message).substr(0, kMessageBytesMax));
}

}  // namespace headgate::telemetry::otlp
