// Who answers, and what is recorded and priced of who does not.
#include "gateway/hedging/race.h"

#include <gtest/gtest.h>

#include "base/async/loop.h"

namespace headgate::gateway {
namespace {

using base::Errc;

class RaceTest : public testing::Test {
 protected:
  RaceTest() {
    provider_->name = "p";
    model_.name = other_.name = "m";
    model_.upstream_model = other_.upstream_model = "m";
    model_.provider = other_.provider = provider_;
    auto prices = cost::PriceBook::parse(
        "currency: USD\nmodels:\n  - provider: p\n    model: m\n    prices:\n"
        "      - {from: 2020-01-01, input: \"1\", output: \"1\"}\n",
        "prices.yaml");
    catalog_->prices = std::make_shared<const cost::PriceBook>(std::move(*prices));
    call_ = std::make_unique<Call>(ctx_, ask_, catalog_);
    race_ = std::make_unique<Race>(*call_);
  }
  Attempt& enter(Race::Lane& lane, const Model& model, CallerStream& stream) {
    Attempt& attempt = call_->begin(std::make_unique<Attempt>(*call_, model));
    lane.enter(*race_, attempt, stream);
    return attempt;
  }
  static std::string_view attribute(const Attempt& attempt, std::string_view key) {
    for (const auto& each : attempt.attributes) {
      if (each.key == key) return each.value;
    }
    return "";
  }

  base::ManualClock clock_;
  base::Loop loop_{clock_, std::make_unique<base::SeededRandom>(1)};
  base::Cancellation cancellation_;
  base::Context ctx_{loop_, cancellation_};
  http::Headers headers_;
  Ask ask_{llm::chat::Dialect::openai_chat, Operation::chat, {}, headers_, ""};
  std::shared_ptr<Catalog> catalog_ = std::make_shared<Catalog>();
  std::shared_ptr<Provider> provider_ = std::make_shared<Provider>();
  Model model_;
  Model other_;
  CallerStream streams_[2];
  std::unique_ptr<Call> call_;
  std::unique_ptr<Race> race_;
};

TEST_F(RaceTest, TheFirstThatAsksAnswersAndTheOtherIsOver) {
  for (const bool second_wins : {false, true}) {
    race_.reset();
    call_ = std::make_unique<Call>(ctx_, ask_, catalog_);
    race_ = std::make_unique<Race>(*call_);
    Attempt& first = enter(race_->first, model_, streams_[0]);
    Attempt& second = enter(race_->second, other_, streams_[1]);
    Attempt& winner = second_wins ? second : first;
    Attempt& loser = second_wins ? first : second;
    EXPECT_TRUE(may_answer(winner));
    EXPECT_TRUE(may_answer(winner)) << "and goes on to";
    EXPECT_FALSE(may_answer(loser));
    EXPECT_EQ(&call_->answering(), &winner);
    EXPECT_TRUE(loser.cancellation->cancelled());
    EXPECT_FALSE(winner.cancellation->cancelled());
    EXPECT_TRUE(loser.is_lost());
    EXPECT_EQ(loser.error->code, Errc::cancelled);
    EXPECT_EQ(attribute(loser, "hedge"), "lost");
    EXPECT_EQ(attribute(winner, "hedge"), "won");
    EXPECT_EQ(call_->hedge, second_wins ? "won" : "lost");
  }
}

TEST_F(RaceTest, AnAttemptThatIsAloneAlwaysMayAnswer) {
  Attempt& alone = call_->begin(std::make_unique<Attempt>(*call_, model_));
  EXPECT_TRUE(may_answer(alone));
  Attempt& first = enter(race_->first, model_, streams_[0]);
  EXPECT_TRUE(may_answer(first));
  EXPECT_EQ(attribute(first, "hedge"), "") << "nobody has lost";
  EXPECT_TRUE(race_->second.cancellation.cancelled()) << "and nobody need begin";
}

TEST_F(RaceTest, WhoHasFailedBeforeHasNotLost) {
  Attempt& first = enter(race_->first, model_, streams_[0]);
  Attempt& second = enter(race_->second, other_, streams_[1]);
  second.end(base::fail(Errc::upstream_reset, "reset"), "transient");
  EXPECT_TRUE(may_answer(first));
  EXPECT_FALSE(second.is_lost());
  EXPECT_EQ(second.failure, "transient");
  EXPECT_EQ(attribute(first, "hedge"), "");
}

TEST_F(RaceTest, ACallThatIsCancelledCancelsBothAndNotTheOtherWayRound) {
  race_->second.cancellation.cancel();
  EXPECT_FALSE(race_->first.cancellation.cancelled());
  EXPECT_FALSE(cancellation_.cancelled());
  cancellation_.cancel();
  EXPECT_TRUE(race_->first.cancellation.cancelled());
}

TEST_F(RaceTest, AttemptsOutliveIt) {
  Attempt& first = enter(race_->first, model_, streams_[0]);
  race_.reset();
  EXPECT_EQ(first.race, nullptr);
  EXPECT_EQ(first.cancellation, &cancellation_);
}

// What its provider may charge for a loser: nothing that was not sent or was refused; else nobody
// knows, beside what was told.
TEST_F(RaceTest, ALoserIsUnpricedOnceItMayBeCharged) {
  struct Case {
    bool sent;
    int status;
    bool told_usage;
    bool unpriced;
  };
  for (const Case& each :
       {Case{false, 0, false, false}, Case{true, 0, false, true}, Case{true, 200, false, true},
        Case{true, 200, true, true}, Case{true, 503, false, false}}) {
    race_.reset();
    call_ = std::make_unique<Call>(ctx_, ask_, catalog_);
    race_ = std::make_unique<Race>(*call_);
    Attempt& first = enter(race_->first, model_, streams_[0]);
    Attempt& second = enter(race_->second, other_, streams_[1]);
    first.sent = each.sent;
    first.upstream_status = each.status;
    if (each.told_usage) first.usage = base::Usage{.input = 10};
    second.sent = true;
    second.upstream_status = 200;
    second.usage = base::Usage{.input = 10, .output = 2};
    ASSERT_TRUE(may_answer(second));
    call_->price();
    EXPECT_EQ(first.unpriced, each.unpriced) << each.sent << each.status;
    EXPECT_FALSE(second.unpriced);
    EXPECT_EQ(call_->unpriced, each.unpriced);
    EXPECT_EQ(call_->cost, each.told_usage ? 22'000'000 : 12'000'000);
  }
}

// The same of an attempt that was alone: whose caller left, or whose time was up.
TEST_F(RaceTest, WhoIsGivenUpBeforeItsAnswerIsUnpricedOnceItWasSent) {
  using base::Errc;
  struct Case {
    Errc code;
    bool sent;
    bool unpriced;
  };
  for (const Case& each :
       {Case{Errc::cancelled, true, true}, Case{Errc::client_timeout, true, true},
        Case{Errc::timeout_first_token, true, true}, Case{Errc::timeout_total, true, true},
        Case{Errc::timeout_idle, true, true}, Case{Errc::cancelled, false, false},
        Case{Errc::timeout_total, false, false}, Case{Errc::upstream_reset, true, false},
        Case{Errc::upstream_connect, false, false}, Case{Errc::timeout_connect, true, false}}) {
    race_.reset();
    call_ = std::make_unique<Call>(ctx_, ask_, catalog_);
    Attempt& attempt = call_->begin(std::make_unique<Attempt>(*call_, model_));
    attempt.sent = each.sent;
    attempt.end(base::fail(each.code, "x"), "x");
    call_->price();
    EXPECT_EQ(attempt.unpriced, each.unpriced) << base::row(each.code).name << each.sent;
    EXPECT_EQ(call_->cost_text(), each.unpriced ? "unpriced" : "0.00");
  }
  ask_.operation = Operation::count_tokens;
  Attempt& free = call_->begin(std::make_unique<Attempt>(*call_, model_));
  free.sent = true;
  free.end(base::fail(Errc::cancelled, "x"), "x");
  call_->price();
  EXPECT_FALSE(free.unpriced) << "nobody charges for counting";
}

}  // namespace
}  // namespace headgate::gateway
