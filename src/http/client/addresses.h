// Where one host is found, as one client uses it: the addresses of its name, looked up by the
// loop's resolver, at most one lookup at a time. An answer is used until there is a newer one, also
// while that is looked up; only who comes before there was any waits, no longer than its transport
// may. A lookup under way cannot be stopped, so it may outlive this, and who waits for it. Belongs
// to its loop.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async/loop.h"
#include "base/async/task.h"
#include "http/client/url.h"
#include "http/transport.h"

namespace headgate::http {

class Addresses {
 public:
  using Endpoints = std::vector<asio::ip::tcp::endpoint>;
  using Found = std::function<void(const boost::system::error_code&, Endpoints)>;
  using Abandon = std::function<void()>;
  /// Tells `found`, by the loop and never from within, unless the loop ends before. Returns how to
  /// say, also after that, that nobody can use the answer: it need not be looked for any more.
  using LookUp = std::function<Abandon(const std::string& host, std::uint16_t port, Found found)>;

  /// An answer older than `refresh` is looked up again beside its next use.
  Addresses(base::Loop& loop, const BaseUrl& peer, base::Duration refresh);
  /// With `look_up` in place of the loop's resolver.
  Addresses(base::Loop& loop, const BaseUrl& peer, base::Duration refresh, LookUp look_up);
  ~Addresses();
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;

  /// Waits only where there was no answer yet, and at most until `transport` is stopped.
  base::Task<Endpoints> get(Transport& transport);
  /// None of `tried` could be connected to: they may have moved.
  void doubt(const Endpoints& tried);

 private:
  struct State;
  void look_up();

  LookUp look_up_;
  Abandon abandon_;
  std::shared_ptr<State> state_;  // also of the lookup under way
};

}  // namespace headgate::http
