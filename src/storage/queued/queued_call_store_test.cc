#include "storage/queued/queued_call_store.h"

#include <gtest/gtest.h>

#include <future>

#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

using base::Errc;
using base::Result;

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr QueueLimits kLimits{100, 1'000'000};

template <class T, class Submit>
Result<T> wait(Submit submit) {
  std::promise<Result<T>> promise;
  submit([&](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

class QueuedCallStoreTest : public testing::Test {
 protected:
  QueuedCallStoreTest() { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = QueuedCallStore::open(folder_.path(), clock_);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }
  std::int64_t in_s(std::int64_t seconds) { return clock_.unix_us() + seconds * kSecondUs; }
  QueuedCall call(const std::string& id, std::int64_t expires_in_s = 3600) {
    return {id,
            "acme",
            "r",
            R"({"asked":1})",
            std::string("\0body", 5),
            0,
            clock_.unix_us(),
            in_s(expires_in_s)};
  }
  Result<void> insert(const QueuedCall& one, const QueueLimits& limits = kLimits) {
    return wait<void>([&](auto then) { store_->insert(one, limits, then); });
  }
  std::vector<std::string> take(std::int64_t calls_max = 10, std::int64_t again_in_s = 600) {
    auto taken = wait<std::vector<QueuedCall>>(
        [&](auto then) { store_->take(in_s(again_in_s), calls_max, then); });
    EXPECT_TRUE(taken);
    std::vector<std::string> out;
    for (const auto& each : *taken) out.push_back(each.id);
    return out;
  }
  Result<void> finish(const std::string& id, const QueuedReply& reply) {
    return wait<void>([&](auto then) { store_->finish(id, reply, then); });
  }
  Result<QueuedReply> find(const std::string& id, const std::string& owner = "acme") {
    return wait<QueuedReply>([&](auto then) { store_->find(owner, id, then); });
  }

  TemporaryFolder folder_;
  base::ManualClock clock_;
  std::unique_ptr<QueuedCallStore> store_;
};

using Ids = std::vector<std::string>;

TEST_F(QueuedCallStoreTest, what_was_queued_is_taken_once_and_over_a_restart_again) {
  const QueuedCall one = call("a");
  ASSERT_TRUE(insert(one));
  auto taken = wait<std::vector<QueuedCall>>([&](auto then) { store_->take(in_s(600), 10, then); });
  ASSERT_EQ(taken->size(), 1u);
  EXPECT_EQ(taken->front(), one);
  EXPECT_EQ(take(), Ids{});
  EXPECT_FALSE(find("a")->done);
  reopen();
  EXPECT_EQ(store_->counts().waiting, 1);
  EXPECT_EQ(take(), Ids{"a"}) << "who had taken it is dead";
}

TEST_F(QueuedCallStoreTest, the_one_that_waits_longest_comes_first) {
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_TRUE(insert(call(id)));
    clock_.advance(base::seconds(1));
  }
  EXPECT_EQ(take(2), (Ids{"a", "b"}));
  store_->put_back("a", in_s(10), true);
  EXPECT_EQ(take(), Ids{"c"});
  clock_.advance(base::seconds(10));
  EXPECT_EQ(take(), Ids{"a"});
  clock_.advance(base::seconds(600));
  EXPECT_EQ(take(), (Ids{"b", "c", "a"})) << "nobody has said what became of them";
}

TEST_F(QueuedCallStoreTest, a_reply_is_its_owners) {
  ASSERT_TRUE(insert(call("a")));
  QueuedReply reply{true, 200, "content-type: text/plain\r\n", std::string("\0re", 3)};
  ASSERT_TRUE(finish("a", reply));
  reply.created_unix_us = clock_.unix_us();
  reply.expires_unix_us = in_s(3600);
  EXPECT_EQ(find("a").value(), reply);
  EXPECT_EQ(find("a", "other").error().code, Errc::not_found);
  EXPECT_EQ(find("b").error().code, Errc::not_found);
  EXPECT_EQ(take(), Ids{});
  EXPECT_EQ(store_->counts().waiting, 0);
  EXPECT_EQ(store_->counts().done_total, 1u);
  ASSERT_TRUE(finish("a", {true, 500, "", "late"})) << "by somebody who was thought dead";
  reopen();
  EXPECT_EQ(find("a").value(), reply) << "the first reply stays, over a restart too";
}

TEST_F(QueuedCallStoreTest, a_route_has_its_limits) {
  ASSERT_TRUE(insert(call("a"), {2, 100}));
  EXPECT_EQ(insert(call("b"), {2, 9}).error().code, Errc::overloaded) << "ten bytes";
  ASSERT_TRUE(insert(call("b"), {2, 10}));
  EXPECT_EQ(insert(call("c"), {2, 100}).error().code, Errc::overloaded);
  QueuedCall other = call("c");
  other.route = "other";
  EXPECT_TRUE(insert(other, {2, 100}));
  ASSERT_TRUE(finish("a", {true, 200, "", "reply"}));
  EXPECT_EQ(insert(call("d"), {2, 100}).error().code, Errc::overloaded) << "replies count too";
}

TEST_F(QueuedCallStoreTest, what_has_expired_counts_for_nothing) {
  ASSERT_TRUE(insert(call("a", 10)));
  ASSERT_TRUE(insert(call("b", 10)));
  ASSERT_TRUE(finish("b", {true, 200, "", "reply"}));
  clock_.advance(base::seconds(10));
  EXPECT_EQ(find("b").error().code, Errc::not_found);
  EXPECT_EQ(take(), Ids{});
}

TEST(QueuedCallTable, counts_what_was_given_up) {
  const TemporaryFolder folder;
  const auto counts = std::make_shared<QueueCounts>();
  auto table = QueuedCallTable::open(folder.path(), counts);
  ASSERT_TRUE(table);
  for (int i = 0; i < 5; ++i) {
    QueuedCall one;
    one.id = std::to_string(i);
    one.expires_unix_us = i;
    ASSERT_TRUE(table->insert(one, kLimits));
  }
  ASSERT_TRUE(table->finish("0", {true, 200, "", ""}));
  EXPECT_EQ(table->expire(3, 3).value(), 3);
  EXPECT_EQ(counts->given_up_total, 2u) << "one was done";
  EXPECT_EQ(table->expire(3, 3).value(), 1);
  EXPECT_EQ(counts->waiting, 1);
}

}  // namespace
}  // namespace headgate::storage
