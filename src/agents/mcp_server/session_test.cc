// Sessions of the legacy era: whose they are, how many, how long, and what ends with one.
#include "agents/mcp_server/session.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace headgate::agents::mcp {
namespace {

class SessionsTest : public testing::Test {
 protected:
  std::shared_ptr<Session> make(const std::string& key) {
    auto made = sessions_.create({key, "2025-11-25", {}}, clock_.now());
    return made ? *made : nullptr;
  }
  std::shared_ptr<Session> find(const Session& session, const std::string& key) {
    return sessions_.find(session.id(), key, clock_.now());
  }

  base::ManualClock clock_;
  Sessions sessions_{{4, 3, base::seconds(60), 2}};
};

TEST_F(SessionsTest, BelongToTheirKey) {
  const auto mine = make("a");
  EXPECT_EQ(find(*mine, "a"), mine);
  EXPECT_EQ(find(*mine, "b"), nullptr);
  EXPECT_FALSE(sessions_.remove(mine->id(), "b"));
  EXPECT_TRUE(sessions_.remove(mine->id(), "a"));
  EXPECT_EQ(find(*mine, "a"), nullptr);
}

TEST_F(SessionsTest, IdsAreLongAndNeverTheSame) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const auto session = make("a");
    EXPECT_EQ(session->id().size(), 32U);
    ids.insert(session->id());
    sessions_.remove(session->id(), "a");
  }
  EXPECT_EQ(ids.size(), 100U);
}

TEST_F(SessionsTest, EndWhenTheyAreIdle) {
  const auto used = make("a");
  const auto left = make("a");
  clock_.advance(base::seconds(40));
  EXPECT_NE(find(*used, "a"), nullptr);
  clock_.advance(base::seconds(40));
  EXPECT_NE(find(*used, "a"), nullptr);
  EXPECT_EQ(find(*left, "a"), nullptr);
  make("b");
  EXPECT_EQ(sessions_.size(), 2U);  // the idle one was swept
}

TEST_F(SessionsTest, AKeyEvictsItsOwnAndAllAreBounded) {
  const auto other = make("b");
  const auto first = make("a");
  make("a");
  make("a");
  EXPECT_EQ(sessions_.size(), 4U);
  EXPECT_NE(make("a"), nullptr);  // in place of the first
  EXPECT_EQ(find(*first, "a"), nullptr);
  EXPECT_NE(find(*other, "b"), nullptr);
  EXPECT_EQ(make("c"), nullptr);  // there is no room, and it has none of its own to give up
}

TEST_F(SessionsTest, AnswersReachWhoeverAsked) {
  const auto session = make("a");
  std::vector<std::string> got;
  const auto receiver = [&](base::Result<std::string> r) { got.push_back(r ? *r : "error"); };
  const std::string one = session->expect(receiver);
  const std::string two = session->expect(receiver);
  EXPECT_NE(one, two);
  EXPECT_TRUE(session->answer(two, std::string("{2}")));
  EXPECT_FALSE(session->answer(two, std::string("{2}")));
  EXPECT_FALSE(session->answer("99", std::string("{}")));
  session->forget(one);
  EXPECT_FALSE(session->answer(one, std::string("{1}")));
  EXPECT_EQ(got, (std::vector<std::string>{"{2}"}));
}

TEST_F(SessionsTest, WhatIsUnderWayEndsWithTheSession) {
  const auto session = make("a");
  int stopped = 0;
  std::vector<bool> answers;
  session->begin("1", [&] { ++stopped; });
  EXPECT_TRUE(session->open_stream([&] { ++stopped; }));
  EXPECT_FALSE(session->open_stream([] {}));
  session->expect([&](const base::Result<std::string>& r) { answers.push_back(r.has_value()); });
  sessions_.remove(session->id(), "a");
  EXPECT_EQ(stopped, 2);
  EXPECT_FALSE(session->is_cancelled("1"));  // nobody has said so
  EXPECT_EQ(answers, std::vector<bool>{false});
  session->begin("2", [&] { ++stopped; });  // too late: it is stopped at once
  EXPECT_EQ(stopped, 3);
  session->expect([&](const base::Result<std::string>& r) { answers.push_back(r.has_value()); });
  EXPECT_EQ(answers.size(), 2U);
}

TEST_F(SessionsTest, ARequestIsCancelledByItsId) {
  const auto session = make("a");
  int stopped = 0;
  session->begin("\"x\"", [&] { ++stopped; });
  session->cancel("x");
  EXPECT_EQ(stopped, 0);
  EXPECT_FALSE(session->is_cancelled("\"x\""));
  session->cancel("\"x\"");
  EXPECT_EQ(stopped, 1);
  EXPECT_TRUE(session->is_cancelled("\"x\""));
  session->end("\"x\"");
  session->cancel("\"x\"");
  EXPECT_EQ(stopped, 1);
  EXPECT_FALSE(session->is_cancelled("\"x\""));
}

TEST_F(SessionsTest, SubscriptionsAreBounded) {
  const auto session = make("a");
  EXPECT_TRUE(session->subscribe("u1").has_value());
  EXPECT_TRUE(session->subscribe("u2").has_value());
  EXPECT_FALSE(session->subscribe("u3").has_value());
  EXPECT_TRUE(session->wants({ChangeKind::resource, "u1"}));
  EXPECT_FALSE(session->wants({ChangeKind::resource, "u3"}));
  EXPECT_TRUE(session->wants({ChangeKind::tools, ""}));
  session->unsubscribe("u1");
  EXPECT_FALSE(session->wants({ChangeKind::resource, "u1"}));
}

}  // namespace
}  // namespace headgate::agents::mcp
