#include "agents/mcp_http/open_streams.h"

#include <boost/asio/post.hpp>

namespace headgate::agents::mcp {

std::function<void()> stop_on_loop(base::Loop& loop,
                                   const std::shared_ptr<base::Cancellation>& target) {
  return [&io = loop.io(), weak = std::weak_ptr(target)] {
    boost::asio::post(io, [weak] {
      if (const auto alive = weak.lock()) alive->cancel();
    });
  };
}

OpenStreams::Seat::Seat(OpenStreams& all, Stop stop) : all_(all) {
  const std::lock_guard lock(all_.mutex_);
  taken_ = !all_.ended_ && all_.stops_.size() < all_.streams_max_;
  if (taken_) at_ = all_.stops_.insert(all_.stops_.end(), std::move(stop));
}

OpenStreams::Seat::~Seat() {
  const std::lock_guard lock(all_.mutex_);
  if (taken_) all_.stops_.erase(at_);
}

void OpenStreams::end_all() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  for (const Stop& stop : stops_) stop();
}

std::size_t OpenStreams::size() const {
  const std::lock_guard lock(mutex_);
  return stops_.size();
}

}  // namespace headgate::agents::mcp
