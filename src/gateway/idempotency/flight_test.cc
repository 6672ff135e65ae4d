#include "gateway/idempotency/flight.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/async/handoff.h"
#include "base/async/task_group.h"
#include "gateway/idempotency/flight_sink.h"
#include "gateway/idempotency/flights.h"
#include "storage/temporary_folder.h"

namespace headgate::gateway {
namespace {

using base::Errc;
using base::Result;

// A loop on a thread of its own.
class LoopThread {
 public:
  explicit LoopThread(const base::Clock& clock) : loop(clock), thread_([this] { loop.run(); }) {}
  ~LoopThread() {
    loop.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  /// Runs `work` on it and waits for that.
  template <class Work>
  void run(Work work) {
    std::promise<void> done;
    boost::asio::post(loop.io(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  base::Loop loop;

 private:
  std::thread thread_;
};

// One who listens, as a session does.
struct Listener {
  Listener(LoopThread& on, std::shared_ptr<Flight> to) : home(on), flight(std::move(to)) {
    home.run([this] { tasks.emplace(home.loop, nullptr); });
  }
  void start(Flight::SeatId taken) {
    seat = taken;
    home.run([this] { tasks->spawn(listen()); });
  }
  base::Async<void> listen() {
    while (true) {
      const Flight::News news = flight->read(seat);
      bytes += news.bytes;
      if (!news.bytes.empty()) some.release();
      if (news.end) {
        end = news.end;
        break;
      }
      base::Handoff<void> wake(home.loop, cancellation);
      flight->listen(seat, wake.receiver());
      auto woken = co_await wake;
      if (!woken) break;
    }
    flight->leave(seat);
    over.set_value();
  }
  void wait() {
    over.get_future().wait();
    home.run([] {});  // its task group still counts it while `over` is told
  }

  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    int count = 0;
    void release() {
      const std::lock_guard lock(mutex);
      ++count;
      changed.notify_all();
    }
    void await() {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return count > 0; });
    }
  };

  LoopThread& home;
  std::shared_ptr<Flight> flight;
  Flight::SeatId seat;
  base::Cancellation cancellation;
  std::optional<base::TaskGroup> tasks;
  std::string bytes;
  std::shared_ptr<const FlightEnd> end;
  Gate some;
  std::promise<void> over;
};

class FlightTest : public testing::Test {
 protected:
  std::shared_ptr<Flight> board(const std::string& print = "print") {
    auto boarded = flights_.board(scope_, print, a_.loop);
    EXPECT_TRUE(boarded);
    seat_ = boarded->seat;
    first_ = boarded->is_first;
    return boarded->flight;
  }
  bool cancelled(Flight& flight) {
    bool out = false;
    a_.run([&] { out = flight.cancellation().cancelled(); });
    return out;
  }

  base::RealClock clock_;
  LoopThread a_{clock_};
  LoopThread b_{clock_};
  Flights flights_{"test", 1000};
  const storage::IdempotencyScope scope_{"t", "/", "k"};
  Flight::SeatId seat_;
  bool first_ = false;
};

TEST_F(FlightTest, all_get_the_same_bytes_on_whatever_loop_and_whenever_they_came) {
  const auto flight = board();
  EXPECT_TRUE(first_);
  Listener one(a_, flight);
  one.start(seat_);
  a_.run([&] { flight->begin({200, true, false, ""}); });
  std::string all;
  std::vector<std::unique_ptr<Listener>> others;
  for (int i = 0; i < 50; ++i) {
    const std::string piece = "piece " + std::to_string(i) + ";";
    all += piece;
    a_.run([&] { flight->append(piece); });
    if (i % 10 != 5) continue;
    EXPECT_EQ(board(), flight);
    EXPECT_FALSE(first_);
    others.push_back(std::make_unique<Listener>(i % 20 == 5 ? b_ : a_, flight));
    others.back()->start(seat_);
  }
  a_.run([&] { flight->end("the end", {}); });
  one.wait();
  EXPECT_EQ(one.bytes, all + "the end");
  for (const auto& other : others) {
    other->wait();
    EXPECT_EQ(other->bytes, one.bytes);
    EXPECT_FALSE(other->end->error);
  }
}

TEST_F(FlightTest, a_whole_answer_is_seen_only_with_its_end) {
  const auto flight = board();
  a_.run([&] { flight->begin({200, false, false, ""}); });
  EXPECT_EQ(flight->read(seat_).head, nullptr);
  a_.run([&] { flight->end("body", {}); });
  EXPECT_EQ(flight->read(seat_).bytes, "body");
  flight->leave(seat_);
}

TEST_F(FlightTest, the_call_goes_on_until_the_last_has_left) {
  const auto flight = board();
  const auto one = seat_;
  board();
  const auto other = seat_;
  flight->leave(one);
  EXPECT_FALSE(cancelled(*flight));
  flight->leave(other);
  EXPECT_TRUE(cancelled(*flight));
  const auto next = board("another request");
  EXPECT_NE(next, flight) << "who comes now calls anew, whatever they ask";
  EXPECT_TRUE(first_);
  flights_.land(scope_, *flight);  // the one before unwinds
  EXPECT_EQ(board("another request"), next);
}

TEST_F(FlightTest, a_listener_that_is_cancelled_leaves_the_others_alone) {
  const auto flight = board();
  Listener one(a_, flight);
  one.start(seat_);
  board();
  Listener other(b_, flight);
  other.start(seat_);
  a_.run([&] { flight->begin({200, true, false, ""}); });
  a_.run([&] { flight->append("x"); });
  one.some.await();
  a_.run([&] { one.cancellation.cancel(); });
  one.wait();
  EXPECT_EQ(one.end, nullptr);
  a_.run([&] { flight->end("y", {}); });
  other.wait();
  EXPECT_EQ(other.bytes, "xy");
  EXPECT_FALSE(cancelled(*flight));
}

TEST_F(FlightTest, another_request_is_refused) {
  const auto flight = board();
  const auto refused = flights_.board(scope_, "another", b_.loop);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::idempotency_key_reused);
  flight->leave(seat_);
}

TEST_F(FlightTest, more_than_is_kept_waits_for_the_slowest_and_takes_nobody_in) {
  const auto flight = board();
  const auto slow = seat_;
  flight->begin({200, true, false, ""});
  flight->append(std::string(1000, 'x'));
  EXPECT_FALSE(flight->too_large());
  flight->append(std::string(300'000, 'y'));
  EXPECT_TRUE(flight->too_large());
  const auto late = flights_.board(scope_, "print", b_.loop);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::conflict);
  bool woken = false;
  EXPECT_TRUE(flight->is_full([&](Result<void>) { woken = true; }));
  EXPECT_EQ(flight->read(slow).bytes.size(), 301'000U);
  EXPECT_TRUE(woken);
  EXPECT_FALSE(flight->is_full([](Result<void>) {}));
  flight->append("z");
  EXPECT_EQ(flight->read(slow).bytes, "z");
  flight->leave(slow);
}

TEST_F(FlightTest, closed_nothing_is_posted_to_loops) {
  const auto flight = board();
  flights_.close();
  flight->leave(seat_);
  EXPECT_FALSE(cancelled(*flight));
}

// What a sink shows, and when, with a store that is real.
class FlightSinkTest : public FlightTest {
 protected:
  FlightSinkTest() {
    auto opened = storage::IdempotencyStore::open(folder_.path(), 3'600'000'000, clock_);
    EXPECT_TRUE(opened);
    store_ = std::move(*opened);
    reservation_.emplace(Reservation{*store_, scope_, flights_.next_owner(), 1000});
  }
  storage::KeptAnswer reserve(const std::string& owner) {
    std::promise<Result<storage::KeptAnswer>> promise;
    storage::KeptAnswer wanted;
    wanted.owner = owner;
    wanted.created_unix_us = clock_.unix_us();
    store_->reserve(scope_, wanted, [&](auto found) { promise.set_value(std::move(found)); });
    return promise.get_future().get().value();
  }
  template <class Use>
  void on_loop(Use use) {
    std::promise<void> done;
    a_.run([&] { tasks_.spawn(to_end(use, done)); });
    done.get_future().wait();
  }
  template <class Use>
  static base::Async<void> to_end(Use& use, std::promise<void>& done) {
    auto ran = co_await use();
    (void)ran;
    done.set_value();
  }

  storage::TemporaryFolder folder_;
  std::unique_ptr<storage::IdempotencyStore> store_;
  std::optional<Reservation> reservation_;
  base::TaskGroup tasks_{a_.loop, nullptr};
};

http::ReplyHead head(int status) {
  http::ReplyHead out(status);
  out.add("content-type", "text/plain");
  out.add("x-headgate-trace-id", "abc");
  out.add("x-request-id", "secret to nobody");
  return out;
}

TEST_F(FlightSinkTest, a_stream_is_kept_before_its_end_shows) {
  const auto flight = board();
  reserve(reservation_->owner);
  FlightSink sink(*flight, *reservation_);
  const http::ReplyHead ok = head(200);
  on_loop([&] { return sink.begin(ok); });
  on_loop([&] { return sink.piece("one "); });
  on_loop([&] { return sink.end("x-headgate-cost-usd: 0.5\r\n", "two"); });
  EXPECT_TRUE(sink.is_kept());
  EXPECT_EQ(flight->read(seat_).bytes, "one ") << "not before it has landed";
  const auto kept = reserve("later");
  EXPECT_EQ(kept.body, "one two");
  EXPECT_TRUE(kept.streamed);
  EXPECT_EQ(kept.head,
            "content-type: text/plain\r\nx-headgate-original-trace-id: abc\r\n"
            "x-headgate-cost-usd: 0.5\r\n");
  sink.land({});
  const auto news = flight->read(seat_);
  EXPECT_EQ(news.bytes, "two");
  ASSERT_TRUE(news.end);
  EXPECT_EQ(news.end->trailers, "x-headgate-cost-usd: 0.5\r\n");
  flight->leave(seat_);
}

TEST_F(FlightSinkTest, failures_are_shown_and_not_kept) {
  const http::ReplyHead bad = head(500);
  const http::ReplyHead ok = head(200);
  {
    const auto flight = board();
    reserve(reservation_->owner);
    FlightSink sink(*flight, *reservation_);
    on_loop([&] { return sink.whole(bad, "sorry"); });
    EXPECT_FALSE(sink.is_kept());
    sink.land({});
    EXPECT_EQ(flight->read(seat_).bytes, "sorry");
    flight->leave(seat_);
    flights_.land(scope_, *flight);
  }
  const auto flight = board();
  FlightSink sink(*flight, *reservation_);
  on_loop([&] { return sink.begin(ok); });
  on_loop([&] { return sink.broken("error event"); });
  EXPECT_FALSE(sink.is_kept());
  FlightEnd end;
  end.error = base::fail(Errc::upstream_truncated, "cut");
  sink.land(end);
  const auto news = flight->read(seat_);
  EXPECT_EQ(news.bytes, "error event");
  EXPECT_TRUE(news.end->broken);
  flight->leave(seat_);
}

TEST_F(FlightSinkTest, an_answer_that_cannot_be_kept_is_not_shown) {
  const auto flight = board();
  reserve("somebody else");
  FlightSink sink(*flight, *reservation_);
  const http::ReplyHead ok = head(200);
  on_loop([&] { return sink.whole(ok, "answer"); });
  sink.land({});
  const auto news = flight->read(seat_);
  EXPECT_EQ(news.bytes, "");
  ASSERT_TRUE(news.end->error);
  EXPECT_EQ(news.end->error->code, Errc::storage_failed);
  flight->leave(seat_);
}

TEST_F(FlightSinkTest, of_one_that_is_too_large_only_that_is_kept) {
  const auto flight = board();
  reserve(reservation_->owner);
  FlightSink sink(*flight, *reservation_);
  const http::ReplyHead ok = head(200);
  const std::string body(1001, 'x');
  on_loop([&] { return sink.whole(ok, body); });
  const auto kept = reserve("later");
  EXPECT_EQ(kept.state, storage::IdempotencyState::too_large);
  EXPECT_EQ(kept.body, "");
  sink.land({});
  EXPECT_EQ(flight->read(seat_).bytes, body);
  flight->leave(seat_);
}

}  // namespace
}  // namespace headgate::gateway
