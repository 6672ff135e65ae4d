#include "http/wire/gzip.h"

#include <zlib.h>

#include <algorithm>

namespace headgate::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, and gzip's frame
constexpr int kMemoryLevel = 8;
constexpr std::size_t kStepBytes = 64 * 1024;
constexpr std::size_t kInputMax = std::size_t{1} << 30;  // zlib counts in 32 bits

class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&stream_, kGzipWindow) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

base::Error damaged() {
  return base::fail(base::Errc::invalid_request,
                    "content-encoding is gzip, but the body is not whole gzip data");
}

Bytef* input_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

base::Result<std::string> gunzip(std::string_view packed, std::size_t bytes_max) {
  Inflater inflater;
  if (!inflater.ready() || packed.size() > kInputMax) return damaged();
  z_stream& in = inflater.stream();
  in.next_in = input_of(packed);
  in.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  for (;;) {
    const std::size_t have = out.size();
    out.resize(have + std::min(kStepBytes, bytes_max + 1 - have));
    in.next_out = reinterpret_cast<Bytef*>(out.data() + have);
    in.avail_out = static_cast<uInt>(out.size() - have);
    const int result = inflate(&in, Z_NO_FLUSH);
    out.resize(out.size() - in.avail_out);
    if (out.size() > bytes_max) {
      return base::fail(base::Errc::payload_too_large, "the request body unpacks to more than " +
                                                           std::to_string(bytes_max) + " bytes");
    }
    if (result == Z_STREAM_END) {
      if (in.avail_in == 0) return out;
      if (inflateReset(&in) != Z_OK) return damaged();  // several members, one after the other
    } else if (result != Z_OK) {
      return damaged();
    }
  }
}

std::string gzip(std::string_view plain) {
  z_stream to{};
  std::string out;
  if (deflateInit2(&to, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return out;
  }
  out.resize(deflateBound(&to, static_cast<uLong>(plain.size())));
  to.next_in = input_of(plain);
  to.avail_in = static_cast<uInt>(plain.size());
  to.next_out = reinterpret_cast<Bytef*>(out.data());
  to.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&to, Z_FINISH);
  out.resize(result == Z_STREAM_END ? out.size() - to.avail_out : 0);
  deflateEnd(&to);
  return out;
}

}  // namespace headgate::http
