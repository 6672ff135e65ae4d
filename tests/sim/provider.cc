#include "provider.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace headgate::sim {

using base::Errc;

namespace {

// traceparent: 00-<32 digits>-<16 digits>-01
std::string trace_of(const std::string& traceparent) {
  return traceparent.size() < 55 ? std::string() : traceparent.substr(3, 32);
}
std::string span_of(const std::string& traceparent) {
  return traceparent.size() < 55 ? std::string() : traceparent.substr(36, 16);
}

}  // namespace

class Provider::Connection final : public Line::Owner {
 public:
  Connection(Provider& provider, Line& line, int number)
      : provider_(provider), line_(line), number_(number) {
    line.belongs_to(*this);
  }

  void on_bytes(std::string_view bytes) override {
    reader_.feed(bytes);
    if (!playing_ && reader_.complete()) serve();
  }

  void on_end() override {
    note("closed by the gateway");
    if (serving_ != nullptr && !serving_->over) {
      serving_->given_up = provider_.timeline_.now() + provider_.notices_after_;
    }
    line_.close();
  }

  /// What it would close after its answer, it closes now.
  void calm() {
    if (playing_ && serving_->over) end();
  }

  bool waited_for() const { return line_.open() && serving_ != nullptr && !serving_->over; }

 private:
  void note(const std::string& what) {
    const std::string_view dialect = provider_.dialect_ == Dialect::openai ? "openai" : "anthropic";
    provider_.history_.note(std::string(dialect) + " c" + std::to_string(number_), what);
  }

  void serve() {
    const std::string body = reader_.take_body();
    const std::string traceparent = reader_.header("traceparent");
    Served& served = provider_.history_.served.emplace_back();
    serving_ = &served;
    served.connection = number_;
    served.nth = ++requests_;
    served.trace = trace_of(traceparent);
    served.span = span_of(traceparent);
    served.begun = provider_.timeline_.now();
    served.dialect = provider_.dialect_;
    served.fault = provider_.draw_fault(false);
    const auto number = std::to_string(provider_.history_.served.size());
    served.answer = draw_answer(provider_.random_, "m-" + number, "a-" + number);
    const bool streamed = body.find("\"stream\":true") != std::string::npos;
    script_ = write_script(served.dialect, streamed, served.fault, served.answer, provider_.swarm_,
                           provider_.random_);
    served.status = script_.status;
    note("asked, span " + served.span + (streamed ? ", streamed: " : ": ") +
         std::string(name(served.fault)) + " " + std::to_string(script_.status));
    playing_ = true;
    sent_ = 0;
    play(0);
  }

  void play(std::size_t step) {
    if (step < script_.steps.size()) {
      provider_.timeline_.after(script_.steps[step].pause, [this, step] { send(step); });
    } else if (script_.end == Script::End::hang) {
      note("says no more");
    } else if (script_.end == Script::End::keep) {
      end();
    } else {  // what it is asked meanwhile, it does not read
      serving_->over = script_.whole_bytes > 0;
      provider_.timeline_.after(script_.pause_before_end, [this] { end(); });
    }
  }

  void send(std::size_t step) {
    if (!line_.open()) return;
    const std::string& bytes = script_.steps[step].bytes;
    line_.send(bytes);
    sent_ += bytes.size();
    note("sent " + std::to_string(bytes.size()) + " bytes");
    serving_->whole = script_.whole_bytes > 0 && sent_ >= script_.whole_bytes;
    serving_->usage_told = script_.usage_bytes > 0 && sent_ >= script_.usage_bytes;
    play(step + 1);
  }

  void end() {
    if (!line_.open()) return;
    serving_->over = true;
    playing_ = false;
    if (script_.end == Script::End::reset) {
      note("resets");
      line_.reset();
    } else if (script_.end == Script::End::close) {
      note("closes");
      line_.close();
    } else {
      reader_.next();
      if (reader_.complete()) serve();
    }
  }

  Provider& provider_;
  Line& line_;
  int number_;
  int requests_ = 0;
  HttpReader reader_;
  Script script_;
  Served* serving_ = nullptr;  // the newest
  bool playing_ = false;
  std::size_t sent_ = 0;
};

Provider::Provider(Dialect dialect, Network& network, Timeline& timeline, History& history,
                   const Swarm& swarm, base::Random& random)
    : dialect_(dialect),
      network_(network),
      timeline_(timeline),
      history_(history),
      swarm_(swarm),
      random_(random) {}

Provider::~Provider() {
  for (const int fd : leaked_) ::close(fd);
}

Fault Provider::draw_fault(bool of_connection) {
  if (calm_ || swarm_.faults.empty() || !draw(random_, swarm_.fault_rate)) return Fault::none;
  const Fault fault = swarm_.faults[random_.below(swarm_.faults.size())];
  if (is_of_connection(fault) != of_connection) return Fault::none;
  ++history_.struck.at(static_cast<std::size_t>(fault));
  return fault;
}

base::Result<int> Provider::dial(const http::BaseUrl& peer) {
  const int number = static_cast<int>(connections_.size()) + 1;
  const Fault fault = draw_fault(true);
  history_.note(peer.host, "dialled: " + std::string(name(fault)));
  if (fault == Fault::refused) {
    return base::fail(Errc::upstream_connect, "cannot connect to " + peer.host + ": refused");
  }
  if (fault == Fault::black_hole) return network_.connect_to_nobody();
  int fd = -1;
  Line& line = network_.go_out(fd);
  connections_.push_back(std::make_unique<Connection>(*this, line, number));
  if (leaks_) leaked_.push_back(::dup(fd));
  return fd;
}

void Provider::notice_ends_late() { notices_after_ = base::seconds(1); }

void Provider::calm() {
  calm_ = true;
  for (const auto& connection : connections_) connection->calm();
}

int Provider::waited_for() const {
  return static_cast<int>(
      std::count_if(connections_.begin(), connections_.end(),
                    [](const auto& connection) { return connection->waited_for(); }));
}

}  // namespace headgate::sim
