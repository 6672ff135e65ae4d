#include "agents/documents/document.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::agents::knowledge {

base::Error located(std::string_view path, std::size_t line, std::size_t column,
                    std::string_view what) {
  std::string detail(path);
  detail += ':' + std::to_string(line);
  if (column > 0) detail += ':' + std::to_string(column);
  detail.append(": ").append(what);
  return base::fail(base::Errc::invalid_request, std::move(detail));
}

std::string name_problem(std::string_view kind, std::string_view text) {
  std::string out(kind);
  if (text.empty()) return out + " is empty: give it a value, or leave the key out";
  if (text.size() > kNameBytesMax) {
    return out + " is longer than " + std::to_string(kNameBytesMax) + " bytes";
  }
  if (base::has_control(text)) return out + " has a control character";
  return {};
}

void tidy(Labels& labels) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
}

std::string stem_of(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  const auto dot = name.rfind('.');
  if (dot != std::string_view::npos && dot > 0) name = name.substr(0, dot);
  return std::string(name);
}

}  // namespace headgate::agents::knowledge
