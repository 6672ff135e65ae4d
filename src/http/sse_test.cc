#include "http/sse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::http {
namespace {

struct Seen {
  std::string raw;
  bool has_data;
  std::string data;
  std::string name;
  std::string id;
  std::optional<std::int64_t> retry_ms;
  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Outcome {
  std::vector<Seen> blocks;
  std::size_t pending = 0;
  bool failed = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void drain(SseParser& parser, Outcome& outcome) {
  SseBlock block;
  for (;;) {
    const auto more = parser.next(block);
    outcome.failed = more.has_error();
    if (!more || !*more) return;
    outcome.blocks.push_back({std::string(block.raw), block.has_data, std::string(block.data),
                              std::string(block.name), std::string(block.id), block.retry_ms});
  }
}

// Feeds `text` cut behind every offset in `cuts`, each piece from memory that is gone afterwards.
Outcome parse(std::string_view text, const std::vector<std::size_t>& cuts = {},
              std::size_t block_bytes_max = 1 << 20) {
  SseParser parser(block_bytes_max);
  Outcome outcome;
  std::size_t from = 0;
  std::vector<std::size_t> ends = cuts;
  ends.push_back(text.size());
  for (const std::size_t end : ends) {
    const std::vector<char> piece(text.begin() + static_cast<std::ptrdiff_t>(from),
                                  text.begin() + static_cast<std::ptrdiff_t>(end));
    parser.feed({piece.data(), piece.size()});
    drain(parser, outcome);
    if (outcome.failed) return outcome;
    from = end;
  }
  parser.end();
  drain(parser, outcome);
  outcome.pending = parser.pending();
  return outcome;
}

std::vector<std::string> data_of(std::string_view text) {
  std::vector<std::string> out;
  for (const Seen& block : parse(text).blocks) {
    if (block.has_data) out.push_back(block.data);
  }
  return out;
}

using Strings = std::vector<std::string>;

TEST(sse, line_ends_of_all_three_kinds) {
  EXPECT_EQ(data_of("data: a\n\ndata: b\n\n"), (Strings{"a", "b"}));
  EXPECT_EQ(data_of("data: a\r\n\r\ndata: b\r\n\r\n"), (Strings{"a", "b"}));
  EXPECT_EQ(data_of("data: a\r\rdata: b\r\r"), (Strings{"a", "b"}));
  EXPECT_EQ(data_of("data: a\n\r\ndata: b\r\n\ndata: c\r\n\rdata: d\n\r"),
            (Strings{"a", "b", "c", "d"}));
}

TEST(sse, fields) {
  EXPECT_EQ(data_of("data:a\n\ndata:  b\n\ndata\n\ndata:\ndata:\n\n"),
            (Strings{"a", " b", "", "\n"}));
  EXPECT_EQ(data_of("data: a\ndata: b\ndata:c\n\n"), (Strings{"a\nb\nc"}));
  EXPECT_EQ(data_of("datax: a\n: data: b\n data: c\n\n"), Strings{});
  EXPECT_EQ(data_of("\xEF\xBB\xBF"
                    "data: a\n\n"),
            Strings{"a"});
  EXPECT_EQ(data_of("data: a\n\n\xEF\xBB\xBF"
                    "data: b\n\n"),
            Strings{"a"});
  EXPECT_EQ(data_of("data: a:b: c\n\n"), Strings{"a:b: c"});
}

TEST(sse, names_ids_and_retry) {
  using namespace std::literals;
  const Outcome outcome = parse(
      "event: x\nid: 7\nretry: 250\ndata: 1\n\ndata: 2\n\nid\nevent: y\nevent\ndata: 3\n\n"
      "retry: 1s\nid: a\0b\ndata: 4\n\n"sv);
  ASSERT_EQ(outcome.blocks.size(), 4U);
  EXPECT_EQ(outcome.blocks[0].name, "x");
  EXPECT_EQ(outcome.blocks[0].id, "7");
  EXPECT_EQ(outcome.blocks[0].retry_ms, 250);
  EXPECT_EQ(outcome.blocks[1].name, "");
  EXPECT_EQ(outcome.blocks[1].id, "7");
  EXPECT_EQ(outcome.blocks[1].retry_ms, std::nullopt);
  EXPECT_EQ(outcome.blocks[2].name, "");
  EXPECT_EQ(outcome.blocks[2].id, "");
  EXPECT_EQ(outcome.blocks[3].id, "");
  EXPECT_EQ(outcome.blocks[3].retry_ms, std::nullopt);
}

TEST(sse, comments_and_blank_lines_are_blocks_without_data) {
  const Outcome outcome = parse(": keep-alive\n\n\ndata: a\n\n");
  ASSERT_EQ(outcome.blocks.size(), 3U);
  EXPECT_EQ(outcome.blocks[0].raw, ": keep-alive\n\n");
  EXPECT_FALSE(outcome.blocks[0].has_data);
  EXPECT_EQ(outcome.blocks[1].raw, "\n");
  EXPECT_EQ(outcome.blocks[2].raw, "data: a\n\n");
}

TEST(sse, what_is_cut_is_pending_and_no_event) {
  EXPECT_EQ(parse("data: a\n\ndata: b").pending, 7U);
  EXPECT_EQ(parse("data: a\n\ndata: b\n").pending, 8U);
  EXPECT_EQ(parse("data: a\n\ndata: b\n").blocks.size(), 1U);
  EXPECT_EQ(parse("data: a\r\n\r\n").pending, 0U);
  EXPECT_EQ(parse("data: a\r\n\r").pending, 0U);  // the stream ended: the CR ended the line
}

TEST(sse, a_block_comes_as_soon_as_its_last_byte) {
  for (const std::string_view text : {"data: a\n\n", "data: a\r\n\r\n", "data: a\r\r"}) {
    SseParser parser;
    SseBlock block;
    parser.feed(text.substr(0, text.size() - 1));
    EXPECT_FALSE(parser.next(block).value());
    EXPECT_EQ(parser.pending(), text.size() - 1);
    parser.feed(text.substr(text.size() - 1));
    EXPECT_TRUE(parser.next(block).value());
    EXPECT_EQ(block.raw, text);
    EXPECT_EQ(block.data, "a");
    EXPECT_FALSE(parser.next(block).value());
    EXPECT_EQ(parser.pending(), 0U);
  }
}

TEST(sse, a_whole_block_is_not_copied) {
  const std::string text = "data: abc\n\n";
  SseParser parser;
  SseBlock block;
  parser.feed(text);
  ASSERT_TRUE(parser.next(block).value());
  EXPECT_EQ(block.raw.data(), text.data());
  EXPECT_EQ(block.data.data(), text.data() + 6);
}

TEST(sse, blocks_are_bounded_however_they_are_cut) {
  const std::string text = "data: 12345\n\n";
  EXPECT_FALSE(parse(text, {}, text.size()).failed);
  EXPECT_TRUE(parse(text, {}, text.size() - 1).failed);
  EXPECT_TRUE(parse(text, {5}, text.size() - 1).failed);
  EXPECT_TRUE(parse(std::string(100, 'x'), {50}, 60).failed);
  EXPECT_FALSE(parse(text + text + text, {}, text.size()).failed);
}

TEST(sse, cuts_change_nothing) {
  const std::string text =
      "\xEF\xBB\xBF: hi\r\ndata: {\"a\":1}\r\n\r\nevent: e\rdata: x\rdata: y\r\r\ndata: z\n\n"
      "id: 1\r\n\r\rretry: 5\ndata\n\r\n\r\r\n\n\rdata: cut";
  const Outcome whole = parse(text);
  std::string raw;
  for (const Seen& block : whole.blocks) raw += block.raw;
  EXPECT_EQ(raw + text.substr(text.size() - whole.pending), text);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(parse(text, {i}), whole) << i;
    for (std::size_t j = i; j <= text.size(); ++j) ASSERT_EQ(parse(text, {i, j}), whole) << i << j;
  }
}

}  // namespace
}  // namespace headgate::http
