#include "http/server/exchange.h"

#include "http/server/session.h"

namespace headgate::http {

using base::Task;

const RequestHead& Exchange::request() const { return session_.head_; }
base::Loop& Exchange::loop() { return session_.loop_; }
base::Cancellation& Exchange::cancellation() { return *session_.cancellation_; }
std::string Exchange::peer() const { return session_.transport_.peer(); }
int Exchange::status() const { return session_.reply_status_; }
bool Exchange::started() const { return session_.reply_state_ != Session::Reply::none; }

Task<std::string_view> Exchange::read_body(std::size_t bytes_max) {
  return session_.read_body(bytes_max);
}
Task<void> Exchange::reply(const ReplyHead& head, std::string_view body) {
  return session_.reply(head, body);
}
Task<void> Exchange::start(const ReplyHead& head) { return session_.start(head); }
Task<void> Exchange::write(std::string_view bytes) { return session_.write_chunk(bytes); }
Task<void> Exchange::finish(std::string_view trailers, std::string_view last) {
  return session_.finish(trailers, last);
}

Task<void> Exchange::write_raw(std::string_view bytes) {
  session_.reply_state_ = Session::Reply::broken;
  return session_.send(bytes, {});
}

void Exchange::abort(bool reset) {
  session_.reply_state_ = Session::Reply::broken;
  if (reset) {
    session_.transport_.reset();
  } else {
    session_.transport_.close();
  }
}

}  // namespace headgate::http
