// A growable run of bytes with a consumed front, for reading from a socket: data() is what is left
// to use, spare() where to read to. 64 bytes past data() may always be read (not written). Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

namespace headgate::http {

class ByteBuffer {
 public:
  static constexpr std::size_t kSlack = 64;

  std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }

  /// Room for at least `bytes` after the data. Moves the data only when it must (views break then).
  std::span<char> spare(std::size_t bytes) {
    if (capacity_ - end_ < bytes) make_room(bytes);
    return {bytes_.get() + end_, capacity_ - end_};
  }
  /// What is free after the data without moving anything.
  std::span<char> spare_now() const { return {bytes_.get() + end_, capacity_ - end_}; }
  void commit(std::size_t bytes) { end_ += bytes; }
  void consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto room = spare(bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  void clear() { begin_ = end_ = 0; }
  /// Gives the memory back. REQUIRES: empty().
  void release() {
    bytes_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  struct Free {
    void operator()(char* p) const { std::free(p); }
  };

  void make_room(std::size_t bytes) {
    const std::size_t used = size();
    if (bytes_ && capacity_ - used >= bytes && used <= capacity_ / 2) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, used);
    } else {
      std::size_t wanted = capacity_ == 0 ? bytes : capacity_ * 2;
      if (wanted < used + bytes) wanted = used + bytes;
      std::unique_ptr<char, Free> grown(static_cast<char*>(std::malloc(wanted + kSlack)));
      if (!grown) throw std::bad_alloc();
      if (used > 0) std::memcpy(grown.get(), bytes_.get() + begin_, used);
      bytes_ = std::move(grown);
      capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
    std::memset(bytes_.get() + capacity_, 0, kSlack);
  }

  std::unique_ptr<char, Free> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace headgate::http
