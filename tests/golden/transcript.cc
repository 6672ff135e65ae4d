#include "transcript.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "llm/chat/assembler.h"

namespace headgate::golden {

namespace chat = llm::chat;

namespace {

std::string with_line_ends(const std::string& text, const std::string& kind) {
  const std::string end = kind == "crlf" ? "\r\n" : kind == "cr" ? "\r" : "\n";
  std::string out;
  for (const char c : text) c == '\n' ? out += end : out += c;
  return out;
}

Golden load(const std::filesystem::path& path) {
  Golden golden;
  golden.name = path.stem().string();
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::string* part = nullptr;
  while (std::getline(file, line)) {
    if (line == "--- bytes" || line == "--- facts") {
      part = line == "--- bytes" ? &golden.bytes : &golden.facts;
    } else if (part != nullptr) {
      *part += line + "\n";
    } else if (!line.empty() && line[0] != '#') {
      const std::size_t blank = line.find(' ');
      golden.options[line.substr(0, blank)] = line.substr(blank + 1);
    }
  }
  golden.bytes = with_line_ends(golden.bytes, golden.option("line_ends", "lf"));
  return golden;
}

}  // namespace

std::string Golden::option(const std::string& key, const std::string& otherwise) const {
  const auto found = options.find(key);
  return found == options.end() ? otherwise : found->second;
}

chat::Dialect Golden::dialect(const std::string& key, chat::Dialect otherwise) const {
  for (std::size_t i = 0; i < chat::kDialectCount; ++i) {
    const auto dialect = static_cast<chat::Dialect>(i);
    if (chat::name(dialect) == option(key, "")) return dialect;
  }
  return otherwise;
}

std::vector<Golden> all(const std::string& folder) {
  std::vector<Golden> list;
  const auto path = std::filesystem::path(HEADGATE_GOLDEN_DIR) / folder;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() == ".test") list.push_back(load(entry.path()));
  }
  std::sort(list.begin(), list.end(),
            [](const Golden& a, const Golden& b) { return a.name < b.name; });
  return list;
}

base::Result<void> Drive::run(std::string_view bytes, std::size_t cut) {
  feed(bytes.substr(0, cut));
  feed(bytes.substr(cut));
  parser_.end();
  drain();
  return finish();
}

base::Result<void> Drive::read(std::string_view name, std::string_view data) {
  if (!ok_) return ok_;
  chat::Events events;
  ok_ = reader_.read(name, data, events);
  take(events);
  return ok_;
}

base::Result<void> Drive::finish() {
  chat::Events events;
  if (ok_) ok_ = reader_.finish(events);
  take(events);
  return ok_;
}

// A copy of its own, so that a sanitizer sees who reads beyond it.
void Drive::feed(std::string_view bytes) {
  const std::string copy(bytes);
  parser_.feed(copy);
  drain();
}

void Drive::drain() {
  http::SseBlock block;
  for (auto more = parser_.next(block); more && *more; more = parser_.next(block)) {
    if (block.has_data) read(block.name, block.data);
  }
}

void Drive::take(const chat::Events& events) {
  for (const chat::Event& event : events) {
    const std::string wrong = grammar_.take(event);
    if (!wrong.empty()) wrong_ += "AGAINST THE GRAMMAR: " + wrong + "\n";
    events_.push_back(event);
    on_event_(event);
  }
}

chat::Answer assembled(const chat::Events& events) {
  chat::Assembler assembler;
  for (const chat::Event& event : events) assembler.add(event);
  return assembler.take();
}

}  // namespace headgate::golden
