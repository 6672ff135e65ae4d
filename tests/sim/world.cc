#include "world.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "client.h"
#include "network.h"
#include "provider.h"
#include "record_sink.h"
#include "timeline.h"

namespace headgate::sim {
namespace {

constexpr base::Duration kLengthMax = base::seconds(3600);
constexpr base::Duration kPatienceMax = base::seconds(310);  // of the gateway, with a target
constexpr int kRoundsMax = 10'000;                           // of one moment

// What each part draws from: its own, so that a change of one leaves the others as they were.
enum class Stream : std::uint64_t { swarm = 1, gateway, timeline, clients, openai, anthropic };

base::SeededRandom draws(std::uint64_t seed, Stream stream) {
  return base::SeededRandom(seed * 0x9e3779b97f4a7c15 + static_cast<std::uint64_t>(stream));
}

std::unique_ptr<base::Random> gateway_random(std::uint64_t seed, Plant plant) {
  if (plant == Plant::real_random) return std::make_unique<base::RealRandom>();
  return std::make_unique<base::SeededRandom>(draws(seed, Stream::gateway));
}

class World {
 public:
  World(std::uint64_t seed, Costly& costly, Plant plant,
        std::function<void(const std::string&)> listener)
      : seed_(seed),
        plant_(plant),
        timeline_draws_(draws(seed, Stream::timeline)),
        client_draws_(draws(seed, Stream::clients)),
        openai_draws_(draws(seed, Stream::openai)),
        anthropic_draws_(draws(seed, Stream::anthropic)),
        swarm_(draw(seed)),
        history_(clock_),
        timeline_(clock_, timeline_draws_),
        openai_(Dialect::openai, network_, timeline_, history_, swarm_, openai_draws_),
        anthropic_(Dialect::anthropic, network_, timeline_, history_, swarm_, anthropic_draws_),
        sink_(history_, plant),
        gateway_({clock_, gateway_random(seed, plant), sink_, openai_, anthropic_, plant}, costly,
                 swarm_),
        clients_of_{network_, timeline_, history_, swarm_, client_draws_, plant, nullptr, nullptr} {
    history_.listen(std::move(listener));
    clients_of_.gateway_takes = [this](int fd) { gateway_.take(fd); };
    clients_of_.request_over = [this](const Asked& one) { check(one); };
    for (int i = 1; i <= swarm_.clients; ++i) {
      clients_.push_back(std::make_unique<Client>(clients_of_, i));
    }
    if (swarm_.narrow) network_.narrow();
    if (plant == Plant::leaked_fd) openai_.leak();
    if (plant == Plant::late_cut) openai_.notice_ends_late();
  }

  Verdict run() {
    pass(Phase::storm);
    if (!violation_) {
      history_.note("world", "calm");
      if (plant_ != Plant::no_calm) openai_.calm();
      if (plant_ != Plant::no_calm) anthropic_.calm();
      if (swarm_.breakers) recover();
      pass(Phase::calm);
    }
    for (const auto& client : clients_) client->close();
    history_.note("world", "the clients have gone");
    advance_while([this] { return gateway_.loop().wheel().size() > 0; });
    if (!violation_) violation_ = check_run(history_, swarm_, ending());
    return verdict();
  }

 private:
  static Swarm draw(std::uint64_t seed) {
    auto random = draws(seed, Stream::swarm);
    return draw_swarm(random);
  }

  // As long as a breaker may be open or a provider may have asked for patience; then probes; then
  // the slow start.
  void recover() {
    wait(kPatienceMax);
    pass(Phase::recovery);
    wait(base::milliseconds(swarm_.ramp_ms) + base::seconds(1));
    if (violation_ || gateway_.shut() == 0) return;
    violation_ = Violation{"breakers_let_go", "a breaker is open although every probe succeeds"};
  }

  void wait(base::Duration time) {
    const base::MonoTime until = clock_.now() + time;
    timeline_.after(time, [] {});
    advance_while([this, until] { return clock_.now() < until; });
  }

  void pass(Phase phase) {
    for (const auto& client : clients_) client->begin(phase);
    advance_while([this] {
      return !std::all_of(clients_.begin(), clients_.end(),
                          [](const auto& client) { return client->idle(); });
    });
  }

  // From one event to the next, until there is none or a violation was found.
  template <class Condition>
  void advance_while(Condition&& condition) {
    settle();
    while (!violation_ && condition() && history_.length() < kLengthMax) {
      auto& wheel = gateway_.loop().wheel();
      const base::MonoTime next = std::min(timeline_.next(), wheel.next());
      if (next == base::MonoTime::max()) return;
      clock_.advance_to(next);
      wheel.advance(clock_.now());
      timeline_.run_due();
      settle();
    }
  }

  // All that is ready at this moment.
  void settle() {
    int rounds = 0;
    do {
      gateway_.loop().run_ready();
    } while (network_.deliver() && ++rounds < kRoundsMax);
    if (rounds == kRoundsMax) violation_ = Violation{"time_goes_on", "the gateway spins"};
  }

  void check(const Asked& one) {
    if (!violation_) violation_ = check_request(history_, swarm_, one);
  }

  Ending ending() {
    const auto stats = gateway_.stats();
    return {stats.connections_open, stats.requests_active, gateway_.loop().wheel().size(),
            openai_.waited_for() + anthropic_.waited_for()};
  }

  Verdict verdict() {
    Verdict out;
    out.seed = seed_;
    out.violation = violation_;
    out.hash = history_.hash();
    out.events = history_.events();
    out.length = history_.length();
    out.requests = history_.asked.size();
    out.answers = static_cast<std::size_t>(
        std::count_if(history_.asked.begin(), history_.asked.end(),
                      [](const Asked& one) { return one.seen.success(); }));
    out.struck = history_.struck;
    out.tail = history_.tail();
    return out;
  }

  std::uint64_t seed_;
  Plant plant_;
  base::SeededRandom timeline_draws_;
  base::SeededRandom client_draws_;
  base::SeededRandom openai_draws_;
  base::SeededRandom anthropic_draws_;
  Swarm swarm_;
  base::ManualClock clock_;
  History history_;
  Timeline timeline_;
  Network network_;
  Provider openai_;
  Provider anthropic_;
  RecordSink sink_;
  Gateway gateway_;
  ClientWorld clients_of_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::optional<Violation> violation_;
};

}  // namespace

Verdict run_world(std::uint64_t seed, Costly& costly, Plant plant,
                  std::function<void(const std::string&)> listener) {
  World world(seed, costly, plant, std::move(listener));
  return world.run();
}

}  // namespace headgate::sim
