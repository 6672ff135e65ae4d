#include "http/client/addresses.h"

#include <boost/asio/ip/address.hpp>

#include <map>
#include <utility>

#include "base/async/handoff.h"

namespace headgate::http {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using boost::system::error_code;
using Endpoints = Addresses::Endpoints;

namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, base::Executor>;

// The resolver belongs to its lookup: what a client leaves behind goes with the loop. One that
// waits for its turn with the resolver's thread is left out when it is abandoned.
Addresses::LookUp resolver_of(base::Loop& loop) {
  return [&loop](const std::string& host, std::uint16_t port, Addresses::Found found) {
    const auto resolver = std::make_shared<Resolver>(loop.io());
    resolver->async_resolve(host, std::to_string(port),
                            [resolver, found = std::move(found)](
                                const error_code& error, const Resolver::results_type& results) {
                              Endpoints endpoints;
                              for (const auto& entry : results)
                                endpoints.push_back(entry.endpoint());
                              found(error, std::move(endpoints));
                            });
    return [weak = std::weak_ptr<Resolver>(resolver)] {
      if (const auto still = weak.lock()) still->cancel();
    };
  };
}

}  // namespace

struct Addresses::State {
  using Receiver = std::function<void(Result<Endpoints>)>;

  bool fresh() const { return !known.empty() && loop.now() < fresh_until; }
  void found(const error_code& error, Endpoints endpoints);

  base::Loop& loop;
  const std::string host;
  const std::uint16_t port;
  const base::Duration refresh;
  bool numeric = false;  // known for ever
  Endpoints known;       // the last answer; empty: there was none yet
  base::MonoTime fresh_until = base::MonoTime::min();
  bool looking = false;
  std::map<std::uint64_t, Receiver> waiting;  // for the first answer
  std::uint64_t waiter_last = 0;
};

// A name server that is down for a while costs nothing: the last answer serves.
void Addresses::State::found(const error_code& error, Endpoints endpoints) {
  looking = false;
  if (!error && !endpoints.empty()) {
    known = endpoints;
    fresh_until = loop.now() + refresh;
  }
  Result<Endpoints> result = std::move(endpoints);
  if (error) {
    result = fail(Errc::upstream_connect, "cannot resolve " + host + ": " + error.message());
  }
  const auto receivers = std::exchange(waiting, {});
  for (const auto& [waiter, receiver] : receivers) receiver(result);
}

Addresses::Addresses(base::Loop& loop, const BaseUrl& peer, base::Duration refresh)
    : Addresses(loop, peer, refresh, resolver_of(loop)) {}

Addresses::Addresses(base::Loop& loop, const BaseUrl& peer, base::Duration refresh, LookUp look_up)
    : look_up_(std::move(look_up)), state_(new State{loop, peer.host, peer.port, refresh}) {
  error_code error;
  const auto address = asio::ip::make_address(peer.host, error);
  if (error) return;
  state_->numeric = true;
  state_->known.emplace_back(address, peer.port);
  state_->fresh_until = base::MonoTime::max();
}

Addresses::~Addresses() {
  if (state_->looking) abandon_();
}

void Addresses::look_up() {
  if (state_->looking) return;
  abandon_ = look_up_(state_->host, state_->port,
                      [state = state_](const error_code& error, Endpoints endpoints) {
                        state->found(error, std::move(endpoints));
                      });
  state_->looking = true;
}

Task<Endpoints> Addresses::get(Transport& transport) {
  const std::shared_ptr<State> state = state_;
  if (!state->fresh()) look_up();
  if (!state->known.empty()) co_return state->known;
  if (auto stopped = transport.stopped(); stopped) co_return *stopped;
  base::Cancellation interrupted;
  base::Handoff<Endpoints> answer(state->loop, interrupted);
  const std::uint64_t waiter = ++state->waiter_last;
  state->waiting.emplace(waiter, answer.receiver());
  transport.on_interrupt([&interrupted] { interrupted.cancel(); });
  auto found = co_await answer;
  transport.on_interrupt(nullptr);
  state->waiting.erase(waiter);
  if (auto stopped = transport.stopped(); stopped) co_return *stopped;
  co_return found;
}

void Addresses::doubt(const Endpoints& tried) {
  if (state_->numeric || state_->known != tried) return;
  const bool was_fresh = state_->fresh();
  state_->fresh_until = base::MonoTime::min();
  if (was_fresh) look_up();  // otherwise get() has asked already
}

}  // namespace headgate::http
