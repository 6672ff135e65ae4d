#include "http/wire/head_parser.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/text/strings.h"

namespace headgate::http {
namespace {

using base::Errc;
using base::fail;
using base::Result;

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<std::uint8_t>(c)] = true;
  return table;
}
constexpr auto kToken = make_token_table();

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kToken[static_cast<std::uint8_t>(c)]; });
}

// Visible characters, blanks, tabs and obs-text: anything but controls.
bool is_field_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto b = static_cast<std::uint8_t>(c);
    return (b >= 0x20 && b != 0x7F) || b == '\t';
  });
}

Method method_of(std::string_view text) {
  if (text == "POST") return Method::post;
  if (text == "GET") return Method::get;
  if (text == "HEAD") return Method::head;
  if (text == "PUT") return Method::put;
  if (text == "PATCH") return Method::patch;
  if (text == "DELETE") return Method::del;
  if (text == "OPTIONS") return Method::options;
  return Method::other;
}

// Takes a line and its CRLF off `rest`. REQUIRES: `rest` ends in CRLF.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

struct Framing {
  bool chunked = false;
  bool has_length = false;
  std::uint64_t length = 0;
  bool close = false;
  bool keep_alive = false;
  bool expect_continue = false;
  int hosts = 0;
};

bool has_list_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (base::iequals(base::trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

Result<void> note_length(std::string_view value, Framing& framing) {
  const auto length = base::parse_u64(value);
  if (!length) return fail(Errc::invalid_request, "Content-Length is not a number");
  if (framing.has_length) return fail(Errc::invalid_request, "more than one Content-Length");
  framing.has_length = true;
  framing.length = *length;
  return {};
}

Result<void> note_framing(const Header& header, Framing& framing) {
  switch (header.name.size()) {
    case 4:
      if (base::iequals(header.name, "host")) ++framing.hosts;
      break;
    case 6:
      if (base::iequals(header.name, "expect")) {
        if (!base::iequals(header.value, "100-continue")) {
          return fail(Errc::invalid_request, "Expect knows only 100-continue");
        }
        framing.expect_continue = true;
      }
      break;
    case 10:
      if (base::iequals(header.name, "connection")) {
        framing.close = framing.close || has_list_token(header.value, "close");
        framing.keep_alive = framing.keep_alive || has_list_token(header.value, "keep-alive");
      }
      break;
    case 14:
      if (base::iequals(header.name, "content-length")) return note_length(header.value, framing);
      break;
    case 17:
      if (base::iequals(header.name, "transfer-encoding")) {
        if (framing.chunked || !base::iequals(header.value, "chunked")) {
          return fail(Errc::invalid_request, "Transfer-Encoding knows only one: chunked");
        }
        framing.chunked = true;
      }
      break;
    default: break;
  }
  return {};
}

Result<void> parse_fields(std::string_view rest, const HeadLimits& limits, Headers& headers,
                          Framing& framing) {
  while (true) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return fail(Errc::invalid_request, "a header line is not `name: value`");
    }
    if (headers.size() == limits.headers_max) {
      return fail(Errc::headers_too_large,
                  "more than " + std::to_string(limits.headers_max) + " headers");
    }
    const Header header{line.substr(0, colon), base::trim(line.substr(colon + 1))};
    if (!is_field_text(header.value)) {
      return fail(Errc::invalid_request, "a header value holds a control character");
    }
    headers.add(header.name, header.value);
    if (auto noted = note_framing(header, framing); !noted) return noted.error();
  }
  if (framing.chunked && framing.has_length) {
    return fail(Errc::invalid_request, "both Content-Length and Transfer-Encoding");
  }
  return {};
}

// "/path?query", "*", or the absolute form that a proxy's client sends.
Result<void> parse_target(std::string_view target, RequestHead& out) {
  const bool clean = std::all_of(target.begin(), target.end(), [](char c) {
    const auto b = static_cast<std::uint8_t>(c);
    return b > 0x20 && b != 0x7F;
  });
  if (target.empty() || !clean)
    return fail(Errc::invalid_request, "the request target is not valid");
  out.target = target;
  std::string_view path = target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    path = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (path.front() != '/' && path != "*") {
    return fail(Errc::invalid_request, "the request target must start with /");
  }
  const auto mark = path.find('?');
  out.path = path.substr(0, mark);
  out.query = mark == std::string_view::npos ? std::string_view{} : path.substr(mark + 1);
  return {};
}

Result<int> minor_version(std::string_view version) {
  if (version == "HTTP/1.1") return 1;
  if (version == "HTTP/1.0") return 0;
  return fail(Errc::invalid_request, "only HTTP/1.1 and HTTP/1.0 are spoken here");
}

}  // namespace

std::size_t find_head_end(std::string_view buffer, std::size_t seen) {
  const std::size_t from = seen > 3 ? seen - 3 : 0;
  const auto end = buffer.find("\r\n\r\n", from);
  return end == std::string_view::npos ? 0 : end + 4;
}

bool is_hopeless(std::string_view partial, std::size_t seen) {
  if (!partial.empty() && partial.front() != '\r' && !is_token(partial.substr(0, 1))) return true;
  for (auto at = partial.find('\n', seen); at != std::string_view::npos;
       at = partial.find('\n', at + 1)) {
    if (at == 0 || partial[at - 1] != '\r') return true;
  }
  return false;
}

Result<void> parse_request_head(std::string_view head, const HeadLimits& limits, RequestHead& out) {
  out = RequestHead{};
  const std::string_view line = take_line(head);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return fail(Errc::invalid_request, "the request line is not `METHOD target HTTP/1.1`");
  }
  out.method_text = line.substr(0, first);
  if (!is_token(out.method_text)) return fail(Errc::invalid_request, "the method is not a token");
  out.method = method_of(out.method_text);
  const auto minor = minor_version(line.substr(last + 1));
  if (!minor) return minor.error();
  if (auto ok = parse_target(line.substr(first + 1, last - first - 1), out); !ok) return ok.error();

  Framing framing;
  if (auto ok = parse_fields(head, limits, out.headers, framing); !ok) return ok.error();
  if (framing.hosts > 1 || (*minor == 1 && framing.hosts == 0)) {
    return fail(Errc::invalid_request, "exactly one Host header is needed");
  }
  if (framing.chunked && *minor == 0) {
    return fail(Errc::invalid_request, "HTTP/1.0 has no Transfer-Encoding");
  }
  out.http10 = *minor == 0;
  out.keep_alive = *minor == 1 ? !framing.close : framing.keep_alive && !framing.close;
  out.expect_continue = framing.expect_continue && *minor == 1;
  out.content_length = framing.length;
  if (framing.chunked) out.body = BodyKind::chunked;
  if (framing.has_length && framing.length > 0) out.body = BodyKind::length;
  return {};
}

Result<void> parse_response_head(std::string_view head, const HeadLimits& limits, Method method,
                                 ResponseHead& out) {
  out = ResponseHead{};
  const std::string_view line = take_line(head);
  const auto version_end = line.find(' ');
  if (version_end == std::string_view::npos || line.size() < version_end + 4) {
    return fail(Errc::upstream_malformed, "the status line is not `HTTP/1.1 200 OK`");
  }
  const auto minor = minor_version(line.substr(0, version_end));
  const auto status = base::parse_u64(line.substr(version_end + 1, 3));
  if (!minor || !status || *status < 100 || *status > 599) {
    return fail(Errc::upstream_malformed, "the status line is not `HTTP/1.1 200 OK`");
  }
  out.status = static_cast<int>(*status);
  if (line.size() > version_end + 5) out.reason = line.substr(version_end + 5);
  Framing framing;
  if (auto ok = parse_fields(head, limits, out.headers, framing); !ok) {
    return fail(Errc::upstream_malformed, "in the answer's head: " + ok.error().detail);
  }
  out.keep_alive = *minor == 1 ? !framing.close : framing.keep_alive && !framing.close;
  out.content_length = framing.length;
  const bool bodiless = method == Method::head || out.status < 200 || out.status == 204 ||
                        out.status == 304 || (framing.has_length && framing.length == 0);
  if (bodiless) {
    out.body = BodyKind::none;
  } else if (framing.chunked) {
    out.body = BodyKind::chunked;
  } else {
    out.body = framing.has_length ? BodyKind::length : BodyKind::until_close;
  }
  if (out.body == BodyKind::until_close) out.keep_alive = false;
  return {};
}

}  // namespace headgate::http
