// Names whose lookups end when the test says so, under virtual time.
#include "http/client/addresses.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

#include <optional>

#include "base/async/task_group.h"

namespace headgate::http {
namespace {

using base::Errc;
using Endpoints = Addresses::Endpoints;
using Got = std::optional<base::Result<Endpoints>>;

constexpr base::Duration kRefresh = base::seconds(30);
constexpr std::int64_t kTimeoutMs = 200;

Endpoints at(const std::string& address) {
  return {asio::ip::tcp::endpoint(asio::ip::make_address(address), 443)};
}

class AddressesTest : public testing::Test {
 protected:
  std::unique_ptr<Addresses> addresses_of(const std::string& host) {
    return std::make_unique<Addresses>(
        loop_, BaseUrl{true, host, 443, "", {}}, kRefresh,
        [this](const std::string&, std::uint16_t, Addresses::Found found) {
          lookups_.push_back(std::move(found));
          return [this] { ++abandoned_; };
        });
  }

  base::Async<void> get(Transport& transport, Got& got) {
    auto found = co_await addresses_->get(transport);
    got.emplace(found);
  }
  // Until it has to wait; `got` tells whether it did.
  void begin(Transport& transport, Got& got) {
    tasks_.spawn(get(transport, got));
    loop_.run_ready();
  }
  Got get() {
    Got got;
    Transport transport(loop_);
    begin(transport, got);
    return got;
  }

  // The lookup that was begun as the `n`th ends.
  void end(std::size_t n, const Endpoints& endpoints) {
    lookups_.at(n)({}, endpoints);
    loop_.run_ready();
  }
  void end_badly(std::size_t n) {
    lookups_.at(n)(asio::error::host_not_found_try_again, {});
    loop_.run_ready();
  }
  // The name is known to be `endpoints`, from one lookup.
  void know(const Endpoints& endpoints) {
    Got got;
    Transport transport(loop_);
    begin(transport, got);
    end(0, endpoints);
    ASSERT_TRUE(got);
  }
  void pass(base::Duration time) {
    const base::MonoTime until = clock_.now() + time;
    while (loop_.wheel().next() <= until) {
      clock_.advance_to(loop_.wheel().next());
      loop_.wheel().advance(clock_.now());
      loop_.run_ready();
    }
    clock_.advance_to(until);
  }

  base::ManualClock clock_;
  base::Loop loop_{clock_};
  base::TaskGroup tasks_{loop_, nullptr};
  std::vector<Addresses::Found> lookups_;
  int abandoned_ = 0;
  std::unique_ptr<Addresses> addresses_ = addresses_of("provider");
};

TEST_F(AddressesTest, WhoComesBeforeTheFirstAnswerSharesItsLookup) {
  Got first;
  Got second;
  Transport of_first(loop_);
  Transport of_second(loop_);
  begin(of_first, first);
  begin(of_second, second);
  EXPECT_FALSE(first || second);
  ASSERT_EQ(lookups_.size(), 1u);
  end(0, at("192.0.2.1"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->value(), at("192.0.2.1"));
  EXPECT_EQ(second->value(), at("192.0.2.1"));
  EXPECT_EQ(get()->value(), at("192.0.2.1"));
  EXPECT_EQ(lookups_.size(), 1u);
}

TEST_F(AddressesTest, TheDeadlineEndsTheWaitAndTheLateAnswerIsKept) {
  Got got;
  Transport transport(loop_);
  transport.expire_after(kTimeoutMs, Errc::timeout_connect);
  begin(transport, got);
  EXPECT_FALSE(got);
  pass(base::milliseconds(kTimeoutMs) + base::TimerWheel::kSlot);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error().code, Errc::timeout_connect);
  EXPECT_EQ(tasks_.running(), 0u);
  end(0, at("192.0.2.1"));
  const Got later = get();
  ASSERT_TRUE(later);
  EXPECT_EQ(later->value(), at("192.0.2.1"));
  EXPECT_EQ(lookups_.size(), 1u);
}

TEST_F(AddressesTest, ACallerThatGoesAwayEndsItsOwnWaitOnly) {
  Got gone;
  Got stays;
  Transport of_gone(loop_);
  Transport of_stays(loop_);
  begin(of_gone, gone);
  begin(of_stays, stays);
  of_gone.cancel();
  loop_.run_ready();
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->error().code, Errc::cancelled);
  EXPECT_FALSE(stays);
  end(0, at("192.0.2.1"));
  ASSERT_TRUE(stays);
  EXPECT_TRUE(stays->has_value());
}

TEST_F(AddressesTest, WithoutAnAnswerEachFailureIsToldAndLookedUpAgain) {
  for (std::size_t n = 0; n < 3; ++n) {
    Got got;
    Transport transport(loop_);
    begin(transport, got);
    ASSERT_EQ(lookups_.size(), n + 1);
    end_badly(n);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->error().code, Errc::upstream_connect);
    EXPECT_NE(got->error().detail.find("cannot resolve provider"), std::string::npos);
  }
}

TEST_F(AddressesTest, AnOldAnswerServesWhileItIsLookedUpAgain) {
  know(at("192.0.2.1"));
  pass(kRefresh - base::milliseconds(1));
  EXPECT_EQ(get()->value(), at("192.0.2.1"));
  EXPECT_EQ(lookups_.size(), 1u);
  pass(base::milliseconds(1));
  for (int i = 0; i < 3; ++i) {
    const Got old = get();
    ASSERT_TRUE(old) << "waits for nobody";
    EXPECT_EQ(old->value(), at("192.0.2.1"));
    EXPECT_EQ(lookups_.size(), 2u) << "one at a time";
  }
  end(1, at("192.0.2.2"));
  EXPECT_EQ(get()->value(), at("192.0.2.2"));
  EXPECT_EQ(lookups_.size(), 2u);
}

TEST_F(AddressesTest, ANameServerThatIsDownCostsNothing) {
  know(at("192.0.2.1"));
  pass(kRefresh);
  for (std::size_t n = 1; n < 4; ++n) {
    const Got got = get();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->value(), at("192.0.2.1"));
    ASSERT_EQ(lookups_.size(), n + 1);
    end_badly(n);
  }
}

TEST_F(AddressesTest, AddressesThatCannotBeConnectedToAreLookedUpAtOnce) {
  know(at("192.0.2.1"));
  addresses_->doubt(at("192.0.2.1"));
  EXPECT_EQ(lookups_.size(), 2u);
  addresses_->doubt(at("192.0.2.1"));
  EXPECT_EQ(lookups_.size(), 2u) << "one at a time";
  end(1, at("192.0.2.2"));
  addresses_->doubt(at("192.0.2.1"));
  EXPECT_EQ(get()->value(), at("192.0.2.2"));
  EXPECT_EQ(lookups_.size(), 2u) << "what was tried is not what is known now";
}

TEST_F(AddressesTest, ADoubtThatWasNotSettledIsLookedUpWithTheNextUse) {
  know(at("192.0.2.1"));
  addresses_->doubt(at("192.0.2.1"));
  end_badly(1);
  addresses_->doubt(at("192.0.2.1"));
  EXPECT_EQ(lookups_.size(), 2u) << "once a use";
  EXPECT_EQ(get()->value(), at("192.0.2.1"));
  EXPECT_EQ(lookups_.size(), 3u);
}

TEST_F(AddressesTest, AnAnswerThatComesWhenNobodyIsLeftTouchesNothing) {
  {
    Got got;
    Transport transport(loop_);
    begin(transport, got);
    transport.cancel();
    loop_.run_ready();
    ASSERT_TRUE(got);
  }
  EXPECT_EQ(abandoned_, 0) << "for the next";
  addresses_.reset();
  EXPECT_EQ(abandoned_, 1);
  end(0, at("192.0.2.1"));
}

TEST_F(AddressesTest, ALookupThatHasEndedIsNotAbandoned) {
  know(at("192.0.2.1"));
  addresses_.reset();
  EXPECT_EQ(abandoned_, 0);
}

TEST_F(AddressesTest, NumbersAreNotLookedUp) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    addresses_ = addresses_of(host);
    addresses_->doubt(at(host));
    pass(2 * kRefresh);
    const Got got = get();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->value(), at(host));
  }
  EXPECT_TRUE(lookups_.empty());
}

// The resolver's thread is waited for, but nobody is told any more.
TEST(Addresses, ALoopMayEndWithItsLookupUnderWay) {
  const base::RealClock clock;
  std::unique_ptr<Addresses> addresses;
  {
    base::Loop loop(clock);
    base::TaskGroup tasks(loop, nullptr);
    addresses =
        std::make_unique<Addresses>(loop, BaseUrl{true, "localhost", 443, "", {}}, kRefresh);
    Transport transport(loop);
    const auto wait = [](Addresses& of, Transport& until) -> base::Async<void> {
      auto found = co_await of.get(until);
      ADD_FAILURE() << "resumed";
    };
    tasks.spawn(wait(*addresses, transport));
    EXPECT_EQ(tasks.running(), 1u);
  }
}

}  // namespace
}  // namespace headgate::http
