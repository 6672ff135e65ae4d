#include "storage/idempotency/idempotency_store.h"

#include <gtest/gtest.h>

#include <future>

#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

using base::Errc;
using base::Result;

constexpr std::int64_t kHourUs = 3'600'000'000;

template <class T, class Submit>
Result<T> wait(Submit submit) {
  std::promise<Result<T>> promise;
  submit([&](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

class IdempotencyStoreTest : public testing::Test {
 protected:
  IdempotencyStoreTest() { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = IdempotencyStore::open(folder_.path(), kHourUs, clock_);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }
  KeptAnswer by(const std::string& owner, const std::string& print = "print") {
    KeptAnswer out;
    out.owner = owner;
    out.fingerprint = print;
    out.created_unix_us = clock_.unix_us();
    return out;
  }
  KeptAnswer answer(const std::string& owner, std::string body) {
    KeptAnswer out = by(owner);
    out.state = IdempotencyState::kept;
    out.streamed = true;
    out.head = "content-type: text/plain\r\n";
    out.body = std::move(body);
    return out;
  }
  Result<KeptAnswer> reserve(const IdempotencyScope& scope, const KeptAnswer& wanted) {
    return wait<KeptAnswer>([&](auto then) { store_->reserve(scope, wanted, then); });
  }
  Result<void> keep(const IdempotencyScope& scope, const KeptAnswer& kept) {
    return wait<void>([&](auto then) { store_->keep(scope, kept, then); });
  }

  TemporaryFolder folder_;
  base::ManualClock clock_;
  std::unique_ptr<IdempotencyStore> store_;
  const IdempotencyScope scope_{"acme", "/v1/x", "k"};
};

TEST_F(IdempotencyStoreTest, what_was_kept_is_found_over_a_restart) {
  ASSERT_EQ(reserve(scope_, by("a"))->owner, "a");
  const KeptAnswer kept = answer("a", std::string("\0body", 5));
  ASSERT_TRUE(keep(scope_, kept));
  reopen();
  EXPECT_EQ(reserve(scope_, by("b", "other print")).value(), kept);
  for (const IdempotencyScope& other :
       {IdempotencyScope{"other", "/v1/x", "k"}, {"acme", "/v1/y", "k"}, {"acme", "/v1/x", "K"}}) {
    EXPECT_EQ(reserve(other, by("b"))->owner, "b");
  }
}

TEST_F(IdempotencyStoreTest, only_its_owner_answers_and_only_once) {
  ASSERT_TRUE(reserve(scope_, by("a")));
  EXPECT_EQ(reserve(scope_, by("b"))->owner, "b") << "who is in the way was given up";
  EXPECT_EQ(keep(scope_, answer("a", "late")).error().code, Errc::conflict);
  store_->release(scope_, "a");  // nor does it take the other's place away
  ASSERT_TRUE(keep(scope_, answer("b", "first")));
  EXPECT_EQ(keep(scope_, answer("b", "second")).error().code, Errc::conflict);
  store_->release(scope_, "b");
  EXPECT_EQ(reserve(scope_, by("c"))->body, "first");
}

TEST_F(IdempotencyStoreTest, what_was_reserved_is_released_at_the_next_start) {
  ASSERT_TRUE(reserve(scope_, by("a")));
  reopen();
  EXPECT_EQ(keep(scope_, answer("a", "from the dead")).error().code, Errc::conflict);
}

TEST_F(IdempotencyStoreTest, old_answers_count_for_nothing) {
  ASSERT_TRUE(reserve(scope_, by("a")));
  ASSERT_TRUE(keep(scope_, answer("a", "old")));
  clock_.advance(base::seconds(3600));
  EXPECT_EQ(reserve(scope_, by("b"))->body, "old") << "to the last moment";
  clock_.advance(base::milliseconds(1));
  EXPECT_EQ(reserve(scope_, by("b"))->owner, "b");
}

TEST(IdempotencyTable, deletes_what_is_old_a_few_at_a_time) {
  const TemporaryFolder folder;
  auto table = IdempotencyTable::open(folder.path());
  ASSERT_TRUE(table);
  for (int i = 0; i < 5; ++i) {
    KeptAnswer wanted;
    wanted.created_unix_us = i;
    ASSERT_TRUE(table->reserve({"t", "/", std::to_string(i)}, wanted, 0));
  }
  EXPECT_EQ(table->expire(4, 3).value(), 3);
  EXPECT_EQ(table->expire(4, 3).value(), 1);
  EXPECT_EQ(table->release_all().value(), 1);
}

}  // namespace
}  // namespace headgate::storage
