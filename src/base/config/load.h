// From a file to a typed configuration in one call, with every problem of it. All or nothing: a
// value is meant to be used only when ok(). Reads the file, and with Check::references also what it
// refers to.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/config/reader.h"

namespace headgate::base::config {

/// What check_references() looks at is part of the machine rather than of the file: a pipeline that
/// only lints a file leaves it out.
enum class Check : std::uint8_t { file_only, references };

template <class T>
struct Loaded {
  T value;
  Node root;  // for checks between sections: Cursor(root)["models"]…
  Problems problems;
  Problems warnings;

  bool ok() const { return problems.empty(); }
};

/// At most kFileBytesMax of the file (the detail says what to do when it is more, or not there).
Result<std::string> read_config_file(const std::filesystem::path& path);

/// What is wrong with the body of a request, in one sentence each. REQUIRES: not empty.
Error error_of(const Problems& problems);

/// Reads `text`, whose relative paths start at `folder`. Problems are not sorted yet: the caller
/// may add those that it finds between sections.
template <Record T>
Loaded<T> load_text(std::string_view text, const std::filesystem::path& folder, Check check) {
  Loaded<T> out;
  out.root = parse_yaml(text, out.problems);
  if (!out.ok()) return out;
  Reader reader(out.problems, folder);
  reader.read(Cursor(out.root), {}, out.value);
  if (check == Check::references) check_references(reader, out.problems, out.warnings);
  return out;
}

template <Record T>
Loaded<T> load_file(const std::filesystem::path& path, Check check) {
  auto text = read_config_file(path);
  if (text) return load_text<T>(*text, std::filesystem::absolute(path).parent_path(), check);
  Loaded<T> out;
  out.problems.add({}, text.error().detail);
  return out;
}

/// The same for the JSON body of a request, of which there is one answer: a value, or all that is
/// wrong with it (Errc::invalid_request), `param` the first key at fault. An empty body is {}.
template <Record T>
Result<T> read_json(std::string_view text) {
  T out;
  Problems problems;
  const Node root = parse_json(text.empty() ? "{}" : text, problems);
  if (problems.empty()) Reader(problems, {}).read(Cursor(root), {}, out);
  if (!problems.empty()) return error_of(problems);
  return out;
}

}  // namespace headgate::base::config
