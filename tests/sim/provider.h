// The simulated model provider: takes the connections that the gateway dials, reads requests from
// them and plays a Script for each. Keeps the truth of what it was asked and what it sent in the
// History. Owned by the world; single-threaded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "history.h"
#include "http/client/client.h"
#include "http_reader.h"
#include "network.h"
#include "script.h"
#include "swarm.h"
#include "timeline.h"

namespace headgate::sim {

class Provider final : public http::Dialer {
 public:
  Provider(Dialect dialect, Network& network, Timeline& timeline, History& history,
           const Swarm& swarm, base::Random& random);
  ~Provider() override;

  base::Result<int> dial(const http::BaseUrl& peer) override;
  /// From now on nothing new goes wrong.
  void calm();
  /// The gateway's descriptors stay open behind its back: a leak to be found (Plant).
  void leak() { leaks_ = true; }
  /// Connections that the gateway closes are said to be closed later (Plant).
  void notice_ends_late();

  /// Connections on which the gateway still waits for (more of) an answer.
  int waited_for() const;

 private:
  class Connection;
  /// One that strikes now; none.
  Fault draw_fault(bool of_connection);

  Dialect dialect_;
  Network& network_;
  Timeline& timeline_;
  History& history_;
  const Swarm& swarm_;
  base::Random& random_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<int> leaked_;
  bool calm_ = false;
  bool leaks_ = false;
  base::Duration notices_after_{};
};

}  // namespace headgate::sim
