// An answer's way to an HTTP caller: the gateway's AnswerSink on top of an Exchange. Lives in the
// endpoint's frame, on the exchange's loop.
#pragma once

#include "gateway/answer_sink.h"
#include "http/server/exchange.h"

namespace headgate::server {

class HttpSink final : public gateway::AnswerSink {
 public:
  explicit HttpSink(http::Exchange& exchange) : exchange_(exchange) {}

  base::Task<void> whole(const http::ReplyHead& head, std::string_view body) override {
    return exchange_.reply(head, body);
  }
  base::Task<void> begin(const http::ReplyHead& head) override { return exchange_.start(head); }
  base::Task<void> piece(std::string_view bytes) override { return exchange_.write(bytes); }
  base::Task<void> end(std::string_view trailers, std::string_view last) override {
    return exchange_.finish(trailers, last);
  }

 private:
  http::Exchange& exchange_;
};

}  // namespace headgate::server
