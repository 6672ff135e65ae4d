#include "http/wire/chunked.h"

#include <algorithm>
#include <charconv>

namespace headgate::http {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// Length of the CRLF-ended line at the start of `in` without its end, or npos while incomplete.
Result<std::size_t> line_length(std::string_view in, std::size_t bytes_max) {
  const auto end = in.find('\n');
  if (end == std::string_view::npos) {
    if (in.size() > bytes_max) return fail(Errc::invalid_request, "a chunk's line is too long");
    return std::string_view::npos;
  }
  if (end > bytes_max) return fail(Errc::invalid_request, "a chunk's line is too long");
  if (end == 0 || in[end - 1] != '\r' ||
      in.substr(0, end - 1).find('\r') != std::string_view::npos) {
    return fail(Errc::invalid_request, "a chunk's line must end in CRLF");
  }
  return end - 1;
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::next(std::string_view in) {
  switch (state_) {
    case State::size: return take_size(in);
    case State::data: return take_data(in);
    case State::data_end: return take_data_end(in);
    case State::trailer: return take_trailer(in);
    case State::done: break;
  }
  return Step{};
}

Result<ChunkedDecoder::Step> ChunkedDecoder::take_size(std::string_view in) {
  const auto length = line_length(in, kLineBytesMax);
  if (!length) return length.error();
  if (*length == std::string_view::npos) return Step{};
  const std::string_view line = in.substr(0, *length);
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  const auto digits = static_cast<std::size_t>(end - line.data());
  const bool extension_ok = digits == line.size() || line[digits] == ';';
  if (error != std::errc{} || digits == 0 || digits > 15 || !extension_ok) {
    return fail(Errc::invalid_request, "a chunk's size is not a hexadecimal number");
  }
  extension_bytes_ += line.size() - digits;
  if (extension_bytes_ > kExtensionBytesMax) {
    return fail(Errc::invalid_request, "the body is mostly chunk extensions");
  }
  state_ = left_ == 0 ? State::trailer : State::data;
  return Step{*length + 2, {}};
}

Result<ChunkedDecoder::Step> ChunkedDecoder::take_data(std::string_view in) {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
  left_ -= n;
  if (left_ == 0) state_ = State::data_end;
  return Step{n, in.substr(0, n)};
}

Result<ChunkedDecoder::Step> ChunkedDecoder::take_data_end(std::string_view in) {
  if (in.size() < 2) return Step{};
  if (in.substr(0, 2) != "\r\n")
    return fail(Errc::invalid_request, "a chunk is longer than its size");
  state_ = State::size;
  return Step{2, {}};
}

Result<ChunkedDecoder::Step> ChunkedDecoder::take_trailer(std::string_view in) {
  const auto length = line_length(in, kTrailerBytesMax);
  if (!length) return length.error();
  if (*length == std::string_view::npos) return Step{};
  trailer_bytes_ += *length + 2;
  if (trailer_bytes_ > kTrailerBytesMax) return fail(Errc::headers_too_large, "too many trailers");
  if (*length == 0) state_ = State::done;
  return Step{*length + 2, {}};
}

std::size_t format_chunk_size(std::size_t bytes, char (&out)[20]) {
  char* end = std::to_chars(out, out + 16, bytes, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<std::size_t>(end - out);
}

}  // namespace headgate::http
