#include "http/message.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::http {

std::string_view Headers::get(std::string_view name) const {
  for (const auto& header : list_) {
    if (base::iequals(header.name, name)) return header.value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::any_of(list_.begin(), list_.end(),
                     [&](const Header& header) { return base::iequals(header.name, name); });
}

ReplyHead::ReplyHead(int status) : status_(status) { bytes_.reserve(384); }

void ReplyHead::add(std::string_view name, std::string_view value) {
  bytes_ += name;
  bytes_ += ": ";
  const auto start = static_cast<std::ptrdiff_t>(bytes_.size());
  bytes_ += value;
  std::replace_if(
      bytes_.begin() + start, bytes_.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  bytes_ += "\r\n";
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 529: return "Overloaded";
    default: return "Status";
  }
}

}  // namespace headgate::http
