#include "client.h"

#include <utility>

namespace headgate::sim {

class Client::Connection final : public Line::Owner {
 public:
  Connection(Client& client, Line& its_line) : line(its_line), client_(client) {
    line.belongs_to(*this);
  }
  void on_bytes(std::string_view bytes) override { client_.on_bytes(*this, bytes); }
  void on_end() override {
    client_.on_end(*this);
    line.close();
  }

  Line& line;
  HttpReader reader;
  std::unique_ptr<AnswerReader> answer;  // once its head has come

 private:
  Client& client_;
};

namespace {

constexpr base::Duration kSendPauseMax = base::milliseconds(100);

std::string request_body(const Asked& asked) {
  if (asked.kind == Asked::Kind::bad_json) return "{\"model\":\"alpha\",\"messages\":[";
  const std::string_view model = asked.kind == Asked::Kind::unknown_model ? "omega"
                                 : asked.provider == Dialect::openai      ? "alpha"
                                                                          : "beta";
  std::string out = "{\"model\":\"" + std::string(model) +
                    "\",\"messages\":[{\"role\":\"user\",\"content\":\"question " +
                    std::to_string(asked.question) + "\"}]";
  if (asked.streamed) out += ",\"stream\":true";
  if (asked.streamed && asked.wants_usage) out += ",\"stream_options\":{\"include_usage\":true}";
  return out + "}";
}

std::string request_bytes(const Asked& asked) {
  const std::string body = request_body(asked);
  const bool wrong = asked.kind == Asked::Kind::wrong_key;
  return "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-type: "
         "application/json\r\nauthorization: Bearer " +
         std::string(wrong ? "sim-wrong" : "sim-key") + "\r\nx-request-id: " + asked.id() +
         "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Asked::Kind draw_kind(base::Random& random, const Swarm& swarm) {
  if (!draw(random, swarm.wrong_rate)) return Asked::Kind::chat;
  return static_cast<Asked::Kind>(1 + random.below(3));
}

}  // namespace

Client::Client(ClientWorld& world, int number) : world_(world), number_(number) {}

Client::~Client() = default;

void Client::note(const std::string& what) {
  world_.history.note("client " + std::to_string(number_), what);
}

void Client::begin(Phase phase) {
  constexpr int kRecovering = 2;  // one at each provider
  phase_ = phase;
  left_ = world_.swarm.requests;
  if (phase == Phase::recovery) left_ = kRecovering;
  if (phase == Phase::calm) left_ = world_.swarm.calm_requests;
  world_.timeline.after(draw_duration(world_.random, world_.swarm.gap_max), [this] { ask(); });
}

void Client::ask() {
  auto& random = world_.random;
  const bool fresh = connections_.empty() || !connections_.back()->line.open() ||
                     draw(random, world_.swarm.close_rate);
  if (fresh) {
    close();
    int fd = -1;
    Line& line = world_.network.come_in(fd);
    connections_.push_back(std::make_unique<Connection>(*this, line));
    world_.gateway_takes(fd);
  }
  asked_ = &world_.history.asked.emplace_back();
  asked_->number = static_cast<int>(world_.history.asked.size());
  asked_->calm = phase_ == Phase::calm;
  asked_->kind = phase_ == Phase::storm ? draw_kind(random, world_.swarm) : Asked::Kind::chat;
  asked_->provider = random.below(2) == 0 ? Dialect::openai : Dialect::anthropic;
  if (phase_ == Phase::recovery) {
    asked_->provider = left_ == 2 ? Dialect::openai : Dialect::anthropic;
  }
  asked_->streamed = draw(random, world_.swarm.stream_rate);
  asked_->question = asked_->number;
  if (world_.swarm.questions > 0) {
    asked_->question =
        -1 - static_cast<int>(random.below(static_cast<std::uint64_t>(world_.swarm.questions)));
  }
  busy_ = true;
  note("asks " + asked_->id() + (asked_->streamed ? ", streamed" : "") +
       (fresh ? ", new connection" : ""));
  const int request = asked_->number;
  if (phase_ == Phase::storm && draw(random, world_.swarm.leave_rate)) {
    const auto patience = base::milliseconds(world_.swarm.first_token_ms);
    world_.timeline.after(draw_duration(random, patience), [this, request] { leave(request); });
  }
  asked_->wants_usage = random.below(2) == 0;
  send_rest(request_bytes(*asked_));
}

// In one piece or several.
void Client::send_rest(std::string bytes) {
  if (!busy_) return;
  auto& random = world_.random;
  const std::size_t size = random.below(2) == 0 ? bytes.size() : 1 + random.below(bytes.size());
  Connection& connection = *connections_.back();
  connection.line.send(std::string_view(bytes).substr(0, size));
  if (size == bytes.size()) {
    asked_->sent = world_.timeline.now();
    note("sent " + asked_->id());
    return;
  }
  const int request = asked_->number;
  world_.timeline.after(draw_duration(random, kSendPauseMax),
                        [this, request, rest = bytes.substr(size)]() mutable {
                          if (asked_->number == request) send_rest(std::move(rest));
                        });
}

void Client::on_bytes(Connection& from, std::string_view bytes) {
  if (&from != connections_.back().get()) return;
  if (!busy_) world_.history.strays += static_cast<int>(bytes.size());
  if (!busy_) return;
  if (world_.plant == Plant::no_answer && asked_->number % 7 == 0) return;
  auto& reader = from.reader;
  reader.feed(bytes);
  const bool begins = !from.answer && reader.has_head();
  if (begins) {
    from.answer = std::make_unique<AnswerReader>(asked_->seen);
    from.answer->begin(reader.status(), reader.header("content-type"));
    asked_->seen.trace = reader.header("x-headgate-trace-id");
    asked_->seen.cost = reader.header("x-headgate-cost-usd");
    asked_->seen.degraded = reader.header("x-headgate-degraded");
    note("reads " + asked_->id() + ": " + std::to_string(reader.status()));
  }
  if (from.answer) from.answer->feed(reader.take_body());
  if (!reader.complete() && !reader.broken()) {
    if (begins && phase_ == Phase::storm && draw(world_.random, world_.swarm.pause_rate))
      pause(from.line);
    return;
  }
  if (reader.complete()) from.answer->end();
  asked_->seen.end = reader.complete() ? Seen::End::whole : Seen::End::cut;
  from.answer.reset();
  reader.next();
  over();
}

void Client::pause(Line& line) {
  asked_->paused = draw_duration(world_.random, base::milliseconds(world_.swarm.idle_ms));
  note("reads nothing for a while");
  line.pause();
  world_.timeline.after(asked_->paused, [&line] { line.resume(); });
}

void Client::on_end(const Connection& from) {
  if (&from != connections_.back().get()) return;
  note("connection closed by the gateway");
  if (!busy_ || world_.plant == Plant::no_answer) return;
  asked_->seen.end = Seen::End::cut;
  over();
}

void Client::leave(int request) {
  if (!busy_ || asked_->number != request) return;
  asked_->left = world_.timeline.now();
  note("leaves " + asked_->id());
  connections_.back()->line.close();
  over();
}

// What a planted bug makes of a reply that has come whole.
void Client::misread() {
  Seen& seen = asked_->seen;
  if (world_.plant == Plant::cut_as_stop && seen.streamed && seen.errors > 0) {
    seen.errors = 0;
    seen.farewells = 1;
  }
  const bool success = seen.success();
  if (world_.plant == Plant::unmarked) seen.degraded.clear();
  if (world_.plant == Plant::made_up && !success && !seen.text.empty()) seen.text.front() = '?';
  if (world_.plant == Plant::wrong_status && seen.status == 400) seen.status = 500;
  if (world_.plant == Plant::lost_answer && success) seen.status = 502;
  if (world_.plant == Plant::lost_piece && seen.text.size() > 40) seen.text.erase(20, 5);
  if (world_.plant == Plant::second_farewell && seen.farewells > 0) ++seen.farewells;
}

void Client::over() {
  busy_ = false;
  asked_->ended = world_.timeline.now();
  misread();
  const Seen& seen = asked_->seen;
  note("is done with " + asked_->id() + ": " + std::to_string(seen.status) +
       (seen.success() ? ", an answer of " : ", no answer; ") + std::to_string(seen.text.size()) +
       " bytes, trace " + seen.trace);
  world_.request_over(*asked_);
  if (!asked_->sent) close();  // answered early: half a request stands on the connection
  if (--left_ == 0) return;
  world_.timeline.after(draw_duration(world_.random, world_.swarm.gap_max), [this] { ask(); });
}

void Client::close() {
  if (connections_.empty()) return;
  Line& line = connections_.back()->line;
  if (line.open()) note("closes its connection");
  line.close();
}

}  // namespace headgate::sim
