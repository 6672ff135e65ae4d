#include "base/text/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/text/strings.h"

namespace headgate::base {
namespace {

constexpr std::string_view kEnv = "env:";
constexpr std::string_view kFile = "file:";

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); });
}

Error not_a_reference() {
  return fail(Errc::config_invalid,
              "a secret is given by reference, as env:NAME or file:/path, never literally");
}

Error file_error(const std::string& path, std::string_view what) {
  return fail(Errc::config_invalid, "secret file " + path + " " + std::string(what));
}

Error system_error(const std::string& path, int error) {
  return file_error(path, "cannot be read: " + std::generic_category().message(error));
}

class OpenFile {
 public:
  // O_NONBLOCK: opening a FIFO must not hang start-up.
  explicit OpenFile(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Result<std::string> read_secret_file(const std::string& path) {
  const OpenFile file(path);
  struct stat info {};
  if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) return system_error(path, errno);
  if (!S_ISREG(info.st_mode)) return file_error(path, "is not a regular file");
  std::string out(SecretRef::kFileBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t n = ::read(file.fd(), out.data() + size, out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path, errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > SecretRef::kFileBytesMax) return file_error(path, "is larger than 64 KiB");
  out.resize(size);
  if (out.ends_with('\n')) out.pop_back();
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

}  // namespace

Result<SecretRef> SecretRef::parse(std::string_view text) {
  SecretRef ref;
  if (text.starts_with(kEnv) && is_variable_name(text.substr(kEnv.size()))) {
    ref.source_ = Source::environment;
    ref.target_ = text.substr(kEnv.size());
  } else if (text.starts_with(kFile) && text.size() > kFile.size() && !has_control(text)) {
    ref.source_ = Source::file;
    ref.target_ = text.substr(kFile.size());
  } else {
    return not_a_reference();
  }
  return ref;
}

std::string SecretRef::text() const {
  if (empty()) return {};
  return std::string(source_ == Source::environment ? kEnv : kFile) + target_;
}

void SecretRef::anchor(const std::filesystem::path& folder) {
  if (source_ == Source::file) target_ = (folder / target_).lexically_normal().string();
}

Result<std::string> SecretRef::resolve() const {
  Result<std::string> secret = std::string();
  if (source_ == Source::file) {
    secret = read_secret_file(target_);
    if (!secret) return secret;
  } else {
    const char* value = std::getenv(target_.c_str());
    if (value == nullptr) {
      return fail(Errc::config_invalid, "environment variable " + target_ + " is not set");
    }
    secret = std::string(value);
  }
  if (secret->empty()) return fail(Errc::config_invalid, text() + " is empty");
  // It travels in a header, which a control byte would end early.
  if (has_control(*secret)) {
    return fail(Errc::config_invalid, text() + " holds a line break or another control character");
  }
  return secret;
}

std::string SecretRef::exposure() const {
  struct stat info {};
  if (source_ != Source::file || ::stat(target_.c_str(), &info) != 0) return {};
  if ((info.st_mode & S_IROTH) == 0) return {};
  return "secret file " + target_ + " is readable by every user of this machine; chmod 600 it";
}

}  // namespace headgate::base
