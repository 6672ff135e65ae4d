// The HTTP clients of one loop, one a provider, kept over reloads as long as the provider's address
// and TLS stay the same. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/async/loop.h"
#include "gateway/catalog.h"

namespace headgate::gateway {

class Upstreams {
 public:
  explicit Upstreams(base::Loop& loop) : loop_(loop) {}

  /// The client of `provider`. A call under way keeps the one it got.
  const std::shared_ptr<http::Client>& client(const std::shared_ptr<const Provider>& provider);

 private:
  struct Entry {
    std::shared_ptr<const Provider> provider;
    std::shared_ptr<http::Client> client;
  };
  base::Loop& loop_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace headgate::gateway
