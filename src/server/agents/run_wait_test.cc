#include "server/agents/run_wait.h"

#include <gtest/gtest.h>

namespace headgate::server {
namespace {

storage::RunEntry finished(std::int64_t seq, const std::string& text) {
  return {seq, 0, "step.model_finished", R"({"step":1,"text":")" + text + R"("})"};
}

TEST(FollowedText, pieces_and_rest_are_the_answer) {
  FollowedText followed(3);
  EXPECT_EQ(followed.mark().seq, 3);
  EXPECT_EQ(followed.add({3, 1, 1, "He"}).piece, "He");
  EXPECT_EQ(followed.add({3, 1, 1, "ll"}).piece, "ll");
  EXPECT_EQ(followed.mark().seen, 4U);
  const TextChange rest = followed.settle(finished(4, "Hello"));
  EXPECT_EQ(rest.piece, "o");
  EXPECT_FALSE(rest.withdrawn);
  EXPECT_EQ(followed.mark().seq, 4);
  EXPECT_EQ(followed.mark().seen, 0U);
  EXPECT_FALSE(followed.is_open());
}

TEST(FollowedText, whoever_saw_nothing_is_told_nothing) {
  FollowedText followed(3);
  const TextChange change = followed.settle(finished(4, "Hello"));
  EXPECT_TRUE(change.piece.empty());
  EXPECT_FALSE(change.withdrawn);
}

TEST(FollowedText, another_version_withdraws_what_was_shown) {
  FollowedText followed(3);
  EXPECT_FALSE(followed.add({3, 1, 1, "He"}).withdrawn);
  const TextChange change = followed.add({3, 1, 2, "Good"});
  EXPECT_TRUE(change.withdrawn);
  EXPECT_EQ(change.piece, "Good");
  EXPECT_EQ(followed.settle(finished(4, "Good day")).piece, " day");
}

TEST(FollowedText, a_version_that_was_missed_is_noticed_at_the_end) {
  FollowedText followed(3);
  followed.add({3, 1, 1, "He"});
  const TextChange change = followed.settle(finished(4, "Good"));
  EXPECT_TRUE(change.withdrawn);
  EXPECT_TRUE(change.piece.empty());
}

TEST(FollowedText, an_answer_that_did_not_come_withdraws_what_was_shown) {
  for (const char* kind : {"run.failed", "run.cancelled", "run.stopped", "run.recovered"}) {
    FollowedText followed(3);
    followed.add({3, 1, 1, "He"});
    EXPECT_TRUE(followed.settle({4, 0, kind, "{}"}).withdrawn) << kind;
    EXPECT_FALSE(followed.settle({5, 0, kind, "{}"}).withdrawn) << kind;
  }
}

}  // namespace
}  // namespace headgate::server
