// A simulated client: sends its requests one after the other, over a connection that it keeps or
// not, in pieces, and reads the replies; now and then it goes away before the end. Writes what it
// sent and saw into the History. Owned by the world; single-threaded.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "answer_reader.h"
#include "history.h"
#include "http_reader.h"
#include "network.h"
#include "plants.h"
#include "swarm.h"
#include "timeline.h"

namespace headgate::sim {

/// What all clients share.
struct ClientWorld {
  Network& network;
  Timeline& timeline;
  History& history;
  const Swarm& swarm;
  base::Random& random;
  Plant plant = Plant::none;
  std::function<void(int fd)> gateway_takes;           // a connection
  std::function<void(const Asked& one)> request_over;  // ended, or left
};

class Client {
 public:
  Client(ClientWorld& world, int number);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Asks its requests of the phase, with gaps between them.
  void begin(Phase phase);
  bool idle() const { return left_ == 0; }
  void close();

 private:
  class Connection;
  void ask();
  void send_rest(std::string bytes);
  void on_bytes(Connection& from, std::string_view bytes);
  void on_end(const Connection& from);
  void pause(Line& line);
  void leave(int request);
  void over();
  void misread();
  void note(const std::string& what);

  ClientWorld& world_;
  int number_;
  int left_ = 0;
  Phase phase_ = Phase::storm;
  std::vector<std::unique_ptr<Connection>> connections_;  // the last is in use
  Asked* asked_ = nullptr;                                // the newest
  bool busy_ = false;                                     // with it
};

}  // namespace headgate::sim
