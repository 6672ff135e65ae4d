#include "message_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "sse_stamp.h"

namespace headgate::load {
namespace {

constexpr std::string_view kPlain =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
constexpr std::string_view kChunked =
    "HTTP/1.1 429 Too Many Requests\r\ntransfer-encoding: chunked\r\n\r\n"
    "3\r\nhel\r\nA;x=y\r\nlo, world!\r\n0\r\nTrailer: t\r\n\r\n";

std::string read_in_pieces(MessageReader& reader, std::string_view message, std::size_t piece) {
  std::string body;
  while (!message.empty() && !reader.is_complete() && !reader.has_failed()) {
    const std::size_t used =
        reader.feed(message.substr(0, piece), [&](std::string_view part) { body += part; });
    message.remove_prefix(used);
  }
  return body;
}

TEST(MessageReader, ReadsTheSameInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= kChunked.size(); ++piece) {
    MessageReader plain;
    EXPECT_EQ(read_in_pieces(plain, kPlain, piece), "hello");
    EXPECT_TRUE(plain.is_complete());
    EXPECT_EQ(plain.status(), 200);
    EXPECT_FALSE(plain.keep_alive());
    MessageReader chunked;
    EXPECT_EQ(read_in_pieces(chunked, kChunked, piece), "hello, world!");
    EXPECT_TRUE(chunked.is_complete());
    EXPECT_EQ(chunked.status(), 429);
    EXPECT_TRUE(chunked.keep_alive());
  }
}

TEST(MessageReader, StopsAtTheEndOfAMessage) {
  const std::string two = std::string(kPlain) + "HTTP/1.1 200 OK\r\n";
  MessageReader reader;
  EXPECT_EQ(reader.feed(two, [](std::string_view) {}), kPlain.size());
  reader.reset();
  EXPECT_TRUE(reader.is_fresh());
}

TEST(MessageReader, FailsOnBrokenFraming) {
  for (const std::string_view broken :
       {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "1\r\nab\r\n"}) {
    MessageReader reader;
    read_in_pieces(reader, broken, broken.size());
    EXPECT_TRUE(reader.has_failed()) << broken;
  }
}

TEST(Stamp, ComesThroughALineCutAnywhere) {
  std::string stream = "data: {\"content\":\"@aaaaaaaaaaaaaaaa \"}\n\ndata: [DONE]\n\n";
  write_stamp(stream.data() + stream.find('@'), 1'234'567'890'123'456'789);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    LineCutter cutter;
    std::int64_t stamp = -1;
    int lines = 0;
    const auto on_line = [&](std::string_view line) {
      ++lines;
      if (const std::int64_t found = find_stamp(line); found >= 0) stamp = found;
    };
    cutter.feed(std::string_view(stream).substr(0, cut), on_line);
    cutter.feed(std::string_view(stream).substr(cut), on_line);
    EXPECT_EQ(stamp, 1'234'567'890'123'456'789);
    EXPECT_EQ(lines, 4);
  }
  EXPECT_EQ(find_stamp("data: someone@example.com, and more text"), -1);
}

}  // namespace
}  // namespace headgate::load
