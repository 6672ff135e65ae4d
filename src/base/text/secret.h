// A reference to a secret, as configuration holds it: `env:NAME` or `file:/path`. The secret itself
// is read by resolve(), once at start-up and once a reload, and is never part of a message, a log
// line or a printed configuration; the reference may be. A plain value: copy it freely.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::base {

class SecretRef {
 public:
  static constexpr std::size_t kFileBytesMax = 64 * 1024;

  SecretRef() = default;  // refers to nothing

  /// Errc::config_invalid for anything but the two forms; the detail does not repeat `text`, which
  /// may be a secret pasted where its reference belongs.
  static Result<SecretRef> parse(std::string_view text);

  bool empty() const { return source_ == Source::none; }
  /// The reference as written: "env:OPENAI_API_KEY". Safe to print.
  std::string text() const;
  /// Makes a relative `file:` path start at `folder`.
  void anchor(const std::filesystem::path& folder);

  /// The secret: one trailing line break of a file is dropped. Fails when it is unset, unreadable,
  /// empty, over kFileBytesMax or not one line of printable text. Reads the environment, so call it
  /// while no other thread changes that. REQUIRES: !empty().
  Result<std::string> resolve() const;
  /// Why the file is too open ("readable by every user…"); empty when there is nothing to say.
  std::string exposure() const;

 private:
  enum class Source : std::uint8_t { none, environment, file };

  Source source_ = Source::none;
  std::string target_;  // the variable's name or the path
};

}  // namespace headgate::base
