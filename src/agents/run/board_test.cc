#include "agents/run/board.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>

namespace headgate::agents {
namespace {

const Board::Wake kNobody = [] {};

Command command(Command::Kind kind, std::atomic<int>& refused) {
  Command out;
  out.kind = kind;
  out.then = [&refused](const base::Result<void>& result) { refused += result ? 0 : 1; };
  return out;
}

TEST(Board, a_run_is_driven_by_one) {
  Board board;
  EXPECT_TRUE(board.claim("r", kNobody));
  EXPECT_FALSE(board.claim("r", kNobody));
  EXPECT_EQ(board.live(), 1U);
  EXPECT_TRUE(board.leave("r"));
  EXPECT_TRUE(board.claim("r", kNobody));
}

TEST(Board, nobody_leaves_before_the_commands_are_taken) {
  Board board;
  std::atomic<int> refused = 0;
  int woken = 0;
  board.claim("r", [&] { ++woken; });
  Command cancel = command(Command::Kind::cancel, refused);
  EXPECT_FALSE(board.wants_cancel("r"));
  ASSERT_TRUE(board.post("r", cancel));
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(board.wants_cancel("r"));
  EXPECT_FALSE(board.leave("r"));
  EXPECT_TRUE(board.take("r").has_value());
  EXPECT_FALSE(board.take("r").has_value());
  EXPECT_TRUE(board.leave("r"));
  Command late = command(Command::Kind::cancel, refused);
  EXPECT_FALSE(board.post("r", late));
  EXPECT_EQ(refused, 0);
}

TEST(Board, whoever_is_gone_refuses_what_waits) {
  Board board;
  std::atomic<int> refused = 0;
  board.claim("r", kNobody);
  Command resume = command(Command::Kind::resume, refused);
  board.post("r", resume);
  board.abandon("r");
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(board.live(), 0U);
}

TEST(Board, listeners_are_told_once) {
  Board board;
  int told = 0;
  const auto then = [&](const base::Result<void>&) { ++told; };
  EXPECT_FALSE(board.listen("r", Mark{}, then));
  board.claim("r", kNobody);
  EXPECT_TRUE(board.listen("r", Mark{3}, then));
  board.published("r", 3);
  EXPECT_EQ(told, 0);
  board.published("r", 4);
  board.published("r", 5);
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(board.listen("r", Mark{4}, then));  // there is more already
  EXPECT_EQ(told, 2);
  EXPECT_TRUE(board.listen("r", Mark{std::numeric_limits<std::int64_t>::max()}, then));
  board.published("r", 6);
  EXPECT_EQ(told, 2);
  board.leave("r");
  EXPECT_EQ(told, 3);
}

/// Somebody who reads on and puts the pieces together.
struct Reader {
  Mark mark;
  std::string seen;

  bool read(const Board& board) {
    const auto text = board.text_behind("r", mark);
    if (!text) return false;
    if (text->version != mark.version) seen.clear();
    seen += text->text;
    mark.version = text->version;
    mark.seen = seen.size();
    return true;
  }
};

TEST(Board, text_is_read_on_from_where_one_stands) {
  Board board;
  board.claim("r", kNobody);
  board.text_begins("r", 3, 1);
  board.text_written("r", "a");
  board.published("r", 3);  // the run was ahead of the disk
  Reader quick{{3, true}, {}};
  Reader slow{{3, true}, {}};
  Reader before{{2, true}, {}};  // an entry comes first
  Reader journal{{3, false}, {}};
  EXPECT_TRUE(quick.read(board));
  EXPECT_FALSE(quick.read(board));
  board.text_written("r", "b");
  board.text_written("r", "c");
  EXPECT_TRUE(quick.read(board));
  EXPECT_TRUE(slow.read(board));
  EXPECT_EQ(quick.seen, "abc");
  EXPECT_EQ(slow.seen, "abc");
  EXPECT_FALSE(before.read(board));
  EXPECT_FALSE(journal.read(board));
  board.text_withdrawn("r");
  EXPECT_TRUE(quick.read(board));
  EXPECT_EQ(quick.seen, "");
  board.text_written("r", "d");
  EXPECT_TRUE(quick.read(board));
  EXPECT_TRUE(slow.read(board));
  EXPECT_EQ(quick.seen, "d");
  EXPECT_EQ(slow.seen, "d");
  board.published("r", 4);
  EXPECT_FALSE(quick.read(board));
  Reader late{{4, true}, {}};
  EXPECT_FALSE(late.read(board));
}

TEST(Board, text_wakes_those_who_want_it) {
  Board board;
  int text = 0;
  int entries = 0;
  board.claim("r", kNobody);
  board.published("r", 1);
  board.text_begins("r", 1, 1);
  board.listen("r", Mark{1, true}, [&](const base::Result<void>&) { ++text; });
  board.listen("r", Mark{1, false}, [&](const base::Result<void>&) { ++entries; });
  board.text_written("r", "a");
  board.text_written("r", "b");
  EXPECT_EQ(text, 1);  // the second is there when he reads
  EXPECT_EQ(entries, 0);
  board.listen("r", Mark{1, true}, [&](const base::Result<void>&) { ++text; });
  EXPECT_EQ(text, 2);
  board.published("r", 2);
  EXPECT_EQ(entries, 1);
}

TEST(Board, text_has_a_bound_and_stays_a_beginning) {
  Board board;
  board.claim("r", kNobody);
  board.text_begins("r", 0, 1);
  Reader reader{{0, true}, {}};
  board.text_written("r", std::string(kLiveTextBytesMax - 1, 'x'));
  board.text_written("r", "yy");
  board.text_written("r", "z");
  EXPECT_TRUE(reader.read(board));
  EXPECT_EQ(reader.seen, std::string(kLiveTextBytesMax - 1, 'x'));
}

TEST(Board, draining_takes_no_more) {
  Board board;
  int woken = 0;
  board.claim("r", [&] { ++woken; });
  board.drain();
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(board.draining());
  EXPECT_FALSE(board.claim("s", kNobody));
}

// Every command is either refused to its poster, taken, or refused by who leaves; none is lost.
TEST(Board, no_command_is_lost_between_threads) {
  Board board;
  std::atomic<int> refused = 0;
  std::atomic<int> not_posted = 0;
  std::atomic<int> taken = 0;
  constexpr int kEach = 2000;
  std::atomic<bool> over = false;
  std::thread driver([&] {
    while (!over) {
      if (!board.claim("r", kNobody)) continue;
      while (!board.leave("r")) {
        while (board.take("r")) ++taken;
      }
    }
  });
  std::vector<std::thread> posters;
  for (int i = 0; i < 3; ++i) {
    posters.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        Command one = command(Command::Kind::cancel, refused);
        if (!board.post("r", one)) ++not_posted;
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  over = true;
  driver.join();
  board.abandon("r");
  EXPECT_EQ(taken + refused + not_posted, 3 * kEach);
}

}  // namespace
}  // namespace headgate::agents
