#include "base/config/types.h"

#include <gtest/gtest.h>

namespace headgate::base::config {
namespace {

TEST(Url, PartsAndText) {
  const auto url = Url::parse("https://api.openai.com/v1/");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "api.openai.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/v1");
  EXPECT_EQ(url->text(), "https://api.openai.com/v1");
  EXPECT_EQ(Url::parse("http://[::1]:8080")->text(), "http://[::1]:8080");
  EXPECT_EQ(Url::parse("http://[::1]:8080")->host, "::1");
  EXPECT_EQ(Url::parse("http://a_b:80/")->text(), "http://a_b");
}

TEST(Url, WhatIsNotOne) {
  for (const char* text : {"",
                           "api.openai.com",
                           "HTTPS://x",
                           "https://",
                           "https:///v1",
                           "https://u:p@x",
                           "https://u@x",
                           "https://x:0",
                           "https://x:65536",
                           "https://x:",
                           "https://x:8a",
                           "https://x y",
                           "https://x/a b",
                           "https://x/?q=1",
                           "https://x#f",
                           "https://[::1",
                           "https://[zz]",
                           "https://[::1]8",
                           "https://-x",
                           "https://x/\r\n",
                           "https://::1"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

TEST(Address, PartsAndText) {
  EXPECT_EQ(Address::parse("127.0.0.1:8787")->text(), "127.0.0.1:8787");
  EXPECT_EQ(Address::parse("[::]:0")->text(), "[::]:0");
  EXPECT_EQ(Address::parse("localhost:1")->host, "localhost");
  for (const char* text : {"", ":8787", "8787", "127.0.0.1", "127.0.0.1:65536", "1.2.3:1",
                           "example.com:80", "::1:80", "[::1]"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(Address, Loopback) {
  EXPECT_TRUE(Address::parse("127.0.0.2:1")->is_loopback());
  EXPECT_TRUE(Address::parse("[::1]:1")->is_loopback());
  EXPECT_FALSE(Address::parse("0.0.0.0:1")->is_loopback());
}

TEST(Dollars, AreExact) {
  EXPECT_EQ(Dollars::parse("0.000000000001")->amount, 1);
  EXPECT_EQ(Dollars::parse("2.50")->text(), "2.50");
  for (const char* text : {"", "-1", "$1", "1e3", "0.0000000000001"}) {
    EXPECT_FALSE(Dollars::parse(text)) << text;
  }
}

TEST(HeaderName, IsAToken) {
  EXPECT_TRUE(is_header_name("x-user-id"));
  for (const char* text : {"", "a b", "a:", "a\r\n", "ä"}) EXPECT_FALSE(is_header_name(text));
}

}  // namespace
}  // namespace headgate::base::config
