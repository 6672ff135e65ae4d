#include "cli/load/ticket_file.h"

#include <fstream>
#include <optional>
#include <set>

#include "base/json/members.h"

namespace headgate::cli {

using base::Errc;
using base::fail;
using base::Result;
using base::json::Cursor;
using base::json::Kind;
using base::json::Members;

namespace {

Result<std::string> text_of(Members& line, std::string_view name) {
  const auto* member = line.take(name);
  if (member == nullptr) return std::string();
  if (member->kind != Kind::string) {
    return fail(Errc::config_invalid, "`" + std::string(name) + "` must be a string");
  }
  return member->text.decode();
}

void add_line(std::string& out, const std::string& name, const std::string& value) {
  if (!value.empty()) out += name + ": " + value + "\n";
}

Result<std::string> written_out(Members& line, const std::string& user) {
  std::string out;
  add_line(out, "Customer", user);
  for (const auto& [name, shown] :
       {std::pair{"tier", "Tier"}, std::pair{"channel", "Channel"}, std::pair{"language", "Locale"},
        std::pair{"subject", "Subject"}}) {
    const auto value = text_of(line, name);
    if (!value) return value.error();
    add_line(out, shown, *value);
  }
  const auto text = text_of(line, "text");
  if (!text) return text.error();
  if (text->empty()) {
    return fail(Errc::config_invalid, "a ticket has an `input` or a `text`, which is not empty");
  }
  return out + "\n" + *text;
}

Result<Ticket> ticket_of(const std::string& text) {
  Cursor cursor(text);
  if (cursor.kind() != Kind::object) {
    return fail(Errc::config_invalid,
                "a line is a JSON object, such as {\"id\": \"T-1\", "
                "\"user\": \"ada\", \"text\": \"Where is my order?\"}");
  }
  Members line;
  if (!line.read(cursor, text) || !cursor.finish()) return cursor.error(Errc::config_invalid);
  Ticket out;
  auto id = text_of(line, "id");
  if (!id) return id.error();
  if (id->empty()) return fail(Errc::config_invalid, "a ticket has an `id`");
  out.id = std::move(*id);
  auto user = text_of(line, "user");
  if (!user) return user.error();
  out.user = std::move(*user);
  auto input = text_of(line, "input");
  if (input && input->empty()) {
    out.titled = true;
    input = written_out(line, out.user);
  }
  if (!input) return input.error();
  out.input = std::move(*input);
  return out;
}

}  // namespace

Result<std::vector<Ticket>> read_tickets(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::config_invalid, path + ": cannot be opened");
  std::vector<Ticket> out;
  std::set<std::string> ids;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const std::string where = path + ":" + std::to_string(number) + ": ";
    auto ticket = ticket_of(line);
    if (!ticket) return fail(Errc::config_invalid, where + ticket.error().detail);
    if (!ids.insert(ticket->id).second) {
      return fail(Errc::config_invalid, where + "the id " + ticket->id + " stands there twice");
    }
    out.push_back(std::move(*ticket));
  }
  if (file.bad()) return fail(Errc::config_invalid, path + ": cannot be read");
  if (out.empty()) return fail(Errc::config_invalid, path + ": has no tickets");
  return out;
}

}  // namespace headgate::cli
