#include "gateway/idempotency/key.h"

#include <gtest/gtest.h>

namespace headgate::gateway {
namespace {

TEST(IdempotencyKey, is_read_as_sent_or_between_quotes) {
  struct Case {
    std::string sent;
    std::string key;  // empty: refused
  };
  const Case cases[] = {
      {"abc", "abc"},
      {"\"abc\"", "abc"},
      {"\"", "\""},
      {"a b", "a b"},
      {"\xC3\xBC", "\xC3\xBC"},
      {std::string(255, 'x'), std::string(255, 'x')},
      {"", ""},
      {"\"\"", ""},
      {std::string(256, 'x'), ""},
      {"a\tb", ""},
      {std::string("a\0b", 3), ""},
      {"a\x7F", ""},
  };
  for (const Case& each : cases) {
    http::Headers headers;
    headers.add("Idempotency-Key", each.sent);
    const auto key = idempotency_key(headers);
    EXPECT_EQ(key ? *key : "", each.key) << each.sent;
    EXPECT_TRUE(key || key.error().code == base::Errc::invalid_request) << each.sent;
  }
  http::Headers twice;
  twice.add("Idempotency-Key", "a");
  twice.add("idempotency-key", "a");
  EXPECT_FALSE(idempotency_key(twice));
}

TEST(IdempotencyKey, fingerprints_differ_by_what_would_be_another_answer) {
  const http::Headers headers;
  const auto print = [&](std::string_view path, std::string_view body, bool as_array = false) {
    llm::chat::Source source;
    source.as_array = as_array;
    return fingerprint(path, Ask{{}, Operation::chat, source, headers, body});
  };
  const std::string one = print("/a", "{}");
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(print("/a", "{}"), one);
  EXPECT_NE(print("/b", "{}"), one);
  EXPECT_NE(print("/a", "{} "), one);
  EXPECT_NE(print("/a", "{}", true), one);
}

}  // namespace
}  // namespace headgate::gateway
