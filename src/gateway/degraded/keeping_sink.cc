#include "gateway/degraded/keeping_sink.h"

#include <utility>

#include "base/async/loop.h"
#include "base/owner.h"
#include "base/text/sha256.h"

namespace headgate::gateway {

using base::Task;

namespace {

std::string content_type_of(const http::ReplyHead& head) {
  constexpr std::string_view kName = "content-type: ";
  const std::string& lines = head.bytes();
  const std::size_t at = lines.find(kName);
  if (at == std::string::npos) return "application/json";
  const std::size_t begin = at + kName.size();
  return lines.substr(begin, lines.find('\r', begin) - begin);
}

}  // namespace

std::string answer_key(const Call& call) {
  const auto& source = call.ask.source;
  std::string head = base::owner_of(*call.ctx.principal);
  head += '\n';
  head += std::to_string(static_cast<int>(call.ask.dialect));
  head += source.stream ? " stream" : "";
  head += source.as_array ? " array\n" : "\n";
  head.append(source.model).append("\n").append(source.api_version).append("\n");
  base::Sha256 hash;
  hash.add(head);
  hash.add(call.ask.body);
  return hash.end();
}

Task<void> KeepingSink::whole(const http::ReplyHead& head, std::string_view body) {
  reply_ = {};
  good_ = head.status() == 200 && call_.degraded.empty();
  if (good_) {
    bytes_max_ = call_.route->last_answers->answer_bytes_max();
    reply_.content_type = content_type_of(head);
    add(body);
    keep();
  }
  return answer_.whole(head, body);
}

Task<void> KeepingSink::begin(const http::ReplyHead& head) {
  reply_ = {};
  good_ = head.status() == 200 && call_.degraded.empty();
  bytes_max_ = call_.route->last_answers->answer_bytes_max();
  reply_.streamed = true;
  reply_.content_type = content_type_of(head);
  return answer_.begin(head);
}

Task<void> KeepingSink::piece(std::string_view bytes) {
  add(bytes);
  return answer_.piece(bytes);
}

Task<void> KeepingSink::end(std::string_view trailers, std::string_view last) {
  add(last);
  keep();
  return answer_.end(trailers, last);
}

void KeepingSink::add(std::string_view bytes) {
  if (!good_) return;
  good_ = reply_.body.size() + bytes.size() <= bytes_max_;
  if (good_) {
    reply_.body += bytes;
  } else {
    reply_.body = {};
  }
}

void KeepingSink::keep() {
  if (!good_) return;
  reply_.model = call_.served_by()->name;
  reply_.at = call_.ctx.loop.now();
  call_.route->last_answers->keep(answer_key(call_), std::move(reply_));
}

}  // namespace headgate::gateway
