// Heads and chunked bodies: what is accepted, what is refused, and that no cut of the bytes
// matters.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "http/wire/chunked.h"
#include "http/wire/head_parser.h"

namespace headgate::http {
namespace {

using base::Errc;

base::Result<void> parse(const std::string& head, RequestHead& out) {
  return parse_request_head(head, HeadLimits{}, out);
}

TEST(RequestHead, ReadsAnOrdinaryRequest) {
  const std::string head =
      "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: x\r\nContent-Length:  12 \r\n"
      "Authorization: Bearer k\r\n\r\n";
  RequestHead out;
  ASSERT_TRUE(parse(head, out));
  EXPECT_EQ(out.method, Method::post);
  EXPECT_EQ(out.path, "/v1/chat/completions");
  EXPECT_EQ(out.query, "a=b");
  EXPECT_EQ(out.body, BodyKind::length);
  EXPECT_EQ(out.content_length, 12u);
  EXPECT_TRUE(out.keep_alive);
  EXPECT_EQ(out.headers.get("AUTHORIZATION"), "Bearer k");
}

TEST(RequestHead, AbsoluteFormAndConnectionTokens) {
  RequestHead out;
  const std::string absolute =
      "GET http://h:1/p HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n";
  ASSERT_TRUE(parse(absolute, out));
  EXPECT_EQ(out.path, "/p");
  EXPECT_FALSE(out.keep_alive);
  const std::string old = "GET / HTTP/1.0\r\n\r\n";
  ASSERT_TRUE(parse(old, out));
  EXPECT_FALSE(out.keep_alive);
  const std::string old_kept = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  ASSERT_TRUE(parse(old_kept, out));
  EXPECT_TRUE(out.keep_alive);
}

// Each of these is a way in which two servers could see two different requests.
TEST(RequestHead, RefusesWhatCouldBeReadInTwoWays) {
  const std::vector<std::string> bad{
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
      "chunked\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nno-colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nA: b\nc\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
      std::string("GET / HTTP/1.1\r\nHost: x\r\nA: b") + std::string(1, 0) + "c\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
      "GET /\r\nHost: x\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / a HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET a HTTP/1.1\r\nHost: x\r\n\r\n",
      "G@T / HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nExpect: something\r\n\r\n",
  };
  for (const auto& head : bad) {
    RequestHead out;
    const auto parsed = parse(head, out);
    ASSERT_FALSE(parsed) << head;
    EXPECT_EQ(parsed.error().code, Errc::invalid_request) << head;
  }
}

TEST(RequestHead, TooManyHeaders) {
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 200; ++i) head += "a: b\r\n";
  head += "\r\n";
  RequestHead out;
  const auto parsed = parse(head, out);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::headers_too_large);
}

TEST(HeadEnd, FoundWhereverTheBytesWereCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
  const std::size_t end = head.size() - 4;
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    const std::size_t first = find_head_end(std::string_view(head).substr(0, cut), 0);
    EXPECT_EQ(first, cut >= end ? end : 0);
    EXPECT_EQ(find_head_end(head, first == 0 ? cut : 0), end);
  }
}

TEST(HeadEnd, HopelessStarts) {
  EXPECT_TRUE(is_hopeless("\x16\x03\x01", 0));
  EXPECT_TRUE(is_hopeless("GET / HTTP/1.1\nHost", 0));
  EXPECT_FALSE(is_hopeless("GET / HTTP/1.1\r\nHo", 0));
  EXPECT_FALSE(is_hopeless("", 0));
}

TEST(ResponseHead, BodyKinds) {
  ResponseHead out;
  const HeadLimits limits;
  const auto kind = [&](const std::string& head, Method method = Method::post) {
    EXPECT_TRUE(parse_response_head(head, limits, method, out)) << head;
    return out.body;
  };
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), BodyKind::length);
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), BodyKind::chunked);
  EXPECT_EQ(kind("HTTP/1.1 200\r\n\r\n"), BodyKind::until_close);
  EXPECT_FALSE(out.keep_alive);
  EXPECT_EQ(kind("HTTP/1.1 204 No Content\r\n\r\n"), BodyKind::none);
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", Method::head), BodyKind::none);
  EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), BodyKind::none);
  for (const char* bad : {"HTTP/1.1 2xx OK\r\n\r\n", "HTTP/1.1 99 X\r\n\r\n", "ICY 200 OK\r\n\r\n",
                          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}) {
    const auto parsed = parse_response_head(bad, limits, Method::post, out);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Errc::upstream_malformed);
  }
}

struct Decoded {
  std::string body;
  std::string rest;
  bool done = false;
  bool failed = false;
};

// Feeds the bytes cut at the given places, as a socket would.
Decoded decode(const std::string& bytes, const std::vector<std::size_t>& cuts) {
  Decoded out;
  ChunkedDecoder decoder;
  std::string buffer;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cuts.size() && !decoder.done(); ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : bytes.size();
    buffer += bytes.substr(at, end - at);
    at = end;
    while (true) {
      const auto step = decoder.next(buffer);
      if (!step) {
        out.failed = true;
        return out;
      }
      out.body += step->data;
      buffer.erase(0, step->consumed);
      if (step->consumed == 0) break;
    }
  }
  out.done = decoder.done();
  out.rest = buffer + bytes.substr(at);
  return out;
}

TEST(Chunked, EveryCutGivesTheSameBody) {
  const std::string bytes = "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nT: v\r\n\r\nNEXT";
  for (std::size_t a = 0; a <= bytes.size(); ++a) {
    for (std::size_t b = a; b <= bytes.size(); ++b) {
      const auto out = decode(bytes, {a, b});
      ASSERT_TRUE(out.done) << a << " " << b;
      EXPECT_EQ(out.body, "hello world");
      EXPECT_EQ(out.rest, "NEXT");
    }
  }
}

TEST(Chunked, RefusesWhatIsNotStrictlyChunked) {
  const std::vector<std::string> bad{"5\nhello\r\n",
                                     "-1\r\n",
                                     "0x5\r\nhello\r\n",
                                     "5 \r\nhello\r\n",
                                     "\r\n",
                                     "5\r\nhelloX\r\n",
                                     "g\r\n",
                                     "1ffffffffffffffff\r\n",
                                     "5\r\nhello\r\n0\r\nT: v\n\r\n",
                                     std::string(300, '1'),
                                     "5;" + std::string(300, 'x') + "\r\n"};
  for (const auto& bytes : bad) EXPECT_TRUE(decode(bytes, {}).failed) << bytes;
}

RC_GTEST_PROP(Chunked, WhatIsFormattedIsDecoded, ()) {
  const auto pieces = *rc::gen::arbitrary<std::vector<std::string>>();
  std::string bytes;
  std::string body;
  for (const auto& piece : pieces) {
    if (piece.empty()) continue;
    char size[20];
    bytes.append(size, format_chunk_size(piece.size(), size));
    bytes += piece + "\r\n";
    body += piece;
  }
  bytes += "0\r\n\r\n";
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  const auto out = decode(bytes, {cut});
  RC_ASSERT(out.done);
  RC_ASSERT(out.body == body);
}

}  // namespace
}  // namespace headgate::http
