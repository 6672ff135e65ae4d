#include "http/client/connection.h"

#include <algorithm>

#include "http/wire/head_parser.h"

namespace headgate::http {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr HeadLimits kHeadLimits{};

}  // namespace

void Connection::begin_request() {
  in_.consume(pending_);
  pending_ = 0;
  answered_ = false;
  idle_ms_ = 0;
  done_ = false;
  body_.clear();
  head_bytes_.clear();
  chunked_ = ChunkedDecoder{};
  fault_.reset();
}

void Connection::answer_with(std::string_view bytes) {
  begin_request();
  in_.append(bytes);
  answered_ = true;
}

Task<void> Connection::read_head(Method method) {
  std::size_t seen = 0;
  while (true) {
    const std::size_t end = find_head_end(in_.data(), seen);
    if (end == 0) {
      seen = in_.size();
      if (seen > kHeadLimits.bytes_max) {
        co_return fail(Errc::upstream_malformed, "the answer's head is too large");
      }
      auto ready = co_await more();
      if (!ready) co_return ready.error();
      if (closed_) co_return fail(Errc::upstream_reset, "the provider closed before answering");
      continue;
    }
    head_bytes_.assign(in_.data().substr(0, end));
    in_.consume(end);
    auto parsed = parse_response_head(head_bytes_, kHeadLimits, method, head_);
    if (!parsed) co_return parsed.error();
    seen = 0;
    if (head_.status >= 200) break;
    if (head_.status == 101)
      co_return fail(Errc::upstream_malformed, "an upgrade nobody asked for");
  }
  left_ = head_.content_length;
  done_ = head_.body == BodyKind::none;
  co_return Result<void>{};
}

void Connection::bound_reads(std::int64_t idle_ms, base::MonoTime until) {
  idle_ms_ = idle_ms;
  read_until_ = until;
}

void Connection::arm_idle() {
  if (idle_ms_ == 0) return;
  const base::MonoTime idle_until = transport_.loop().now() + base::milliseconds(idle_ms_);
  const bool idle_first = idle_until < read_until_;
  transport_.expire_at(idle_first ? idle_until : read_until_,
                       idle_first ? Errc::timeout_idle : Errc::timeout_total);
}

Task<void> Connection::more() {
  in_.consume(pending_);
  pending_ = 0;
  arm_idle();
  if (fault_ && (fault_->over() || fault_->waits(transport_.loop().now()))) {
    auto held = co_await hold_back();
    co_return held;
  }
  const auto room = in_.spare(kReadBytes);
  auto n = co_await transport_.read_some(room);
  if (!n) co_return n.error();
  if (*n > 0) {
    answered_ = true;
    in_.commit(*n);
    co_return Result<void>{};
  }
  closed_ = true;
  head_.keep_alive = false;
  if (head_bytes_.empty() || !answered_) co_return Result<void>{};
  if (head_.body == BodyKind::until_close) {
    done_ = true;
    co_return Result<void>{};
  }
  co_return fail(Errc::upstream_truncated, "the provider closed within its answer");
}

// In place of reading on.
Task<void> Connection::hold_back() {
  constexpr base::Duration kForever = std::chrono::hours(24);  // the deadline comes before
  if (!fault_->over()) {
    const base::MonoTime then = fault_->not_before();
    auto waited = co_await transport_.pause_until(then);
    co_return waited;
  }
  if (fault_->kind() == CallFault::Kind::stall) {
    const base::MonoTime then = transport_.loop().now() + kForever;
    auto waited = co_await transport_.pause_until(then);
    co_return waited;
  }
  head_.keep_alive = false;
  co_return fail(Errc::upstream_truncated, "the provider closed within its answer");
}

Result<std::string_view> Connection::take() { return fault_ ? take_spoiled() : take_next(); }

Result<std::string_view> Connection::take_spoiled() {
  if (fault_->waits(transport_.loop().now())) return std::string_view{};
  if (!fault_->over()) {
    const auto piece = take_next();
    if (!piece) return piece;
    const std::string_view seen = fault_->pass(*piece);
    if (!seen.empty() || !fault_->over()) return seen;
  }
  return fault_->instead();
}

Result<std::string_view> Connection::take_next() {
  in_.consume(pending_);
  pending_ = 0;
  if (done_) return std::string_view{};
  if (head_.body != BodyKind::chunked) {
    auto data = in_.data();
    if (head_.body == BodyKind::length) {
      data = data.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size())));
      left_ -= data.size();
      done_ = left_ == 0;
    }
    pending_ = data.size();
    return data;
  }
  while (!chunked_.done()) {
    const auto step = chunked_.next(in_.data());
    if (!step) return fail(Errc::upstream_malformed, step.error().detail);
    if (!step->data.empty()) {
      pending_ = step->consumed;
      return step->data;
    }
    if (step->consumed == 0) return std::string_view{};
    in_.consume(step->consumed);
  }
  done_ = true;
  return std::string_view{};
}

Task<std::string_view> Connection::read_sized(std::size_t bytes_max) {
  if (left_ > bytes_max) {
    co_return fail(Errc::upstream_too_large,
                   "the answer is larger than " + std::to_string(bytes_max) + " bytes");
  }
  const auto total = static_cast<std::size_t>(left_);
  while (in_.size() < total) {
    in_.spare(std::min<std::size_t>(total - in_.size(), 1024 * 1024));
    auto ready = co_await more();
    if (!ready) co_return ready.error();
  }
  co_return take();
}

Task<std::string_view> Connection::read_all(std::size_t bytes_max) {
  if (head_.body == BodyKind::length && !fault_) {
    auto body = co_await read_sized(bytes_max);
    co_return body;
  }
  while (!done()) {
    const auto piece = take();
    if (!piece) co_return piece.error();
    if (body_.size() + piece->size() > bytes_max) {
      co_return fail(Errc::upstream_too_large,
                     "the answer is larger than " + std::to_string(bytes_max) + " bytes");
    }
    body_ += *piece;
    if (!piece->empty() || done()) continue;
    auto ready = co_await more();
    if (!ready) co_return ready.error();
  }
  co_return std::string_view(body_);
}

}  // namespace headgate::http
