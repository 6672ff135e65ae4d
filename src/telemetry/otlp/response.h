// The answers to an OTLP request, in both encodings: ExportTraceServiceResponse, written by a
// receiver and read by an exporter, and the Status that is the body of an error. Pure; the readers
// are total: bytes from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errc.h"

namespace headgate::telemetry::otlp {

enum class Encoding : std::uint8_t { protobuf, json };

/// "application/x-protobuf", "application/json".
std::string_view content_type(Encoding encoding);

struct Response {
  std::int64_t rejected_spans = 0;
  std::string message;  // why, or advice where none were rejected
};

std::string encode(const Response& response, Encoding encoding);
/// Nothing when it is no such response.
std::optional<Response> decode_response(std::string_view body, Encoding encoding);

/// google.rpc.Status with the code that gRPC has for an error of ours.
std::string encode_status(base::Errc code, std::string_view message, Encoding encoding);
/// What a Status says, else the beginning of the body.
std::string status_message(std::string_view body, Encoding encoding);

}  // namespace headgate::telemetry::otlp
