#include "lab/anthropic/node.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace headgate::lab::anthropic {

std::string quoted_list(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    out += i == 0 ? "" : last ? " or " : ", ";
    out += fmt::format("'{}'", names[i]);
  }
  return out;
}

Node Node::operator[](std::string_view key) const {
  const auto* object = given() ? value_->if_object() : nullptr;
  std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  return {object ? object->if_contains(key) : nullptr, std::move(path), *problem_};
}

Node Node::as(std::string_view variant) const {
  return {value_, fmt::format("{}.{}", path_, variant), *problem_};
}

bool Node::required() const {
  if (!given()) note("Field required");
  return given();
}

std::string Node::text() const {
  if (value_ == nullptr) return {};
  if (const auto* text = value_->if_string()) return std::string(*text);
  note("Input should be a valid string");
  return {};
}

std::int64_t Node::integer(std::int64_t min) const {
  if (value_ == nullptr) return 0;
  const auto* number = value_->if_int64();
  if (number == nullptr && !value_->is_uint64()) {
    note("Input should be a valid integer");
    return min;
  }
  const std::int64_t wanted = number ? *number : INT64_MAX;
  if (wanted < min) note(fmt::format("Input should be greater than or equal to {}", min));
  return std::max(wanted, min);
}

bool Node::flag(bool otherwise) const {
  if (!given()) return otherwise;
  if (const auto* flag = value_->if_bool()) return *flag;
  note("Input should be a valid boolean");
  return otherwise;
}

std::string Node::choice(std::initializer_list<std::string_view> known) const {
  if (value_ == nullptr) return {};
  const auto* text = value_->if_string();
  if (text && std::find(known.begin(), known.end(), std::string_view(*text)) != known.end()) {
    return std::string(*text);
  }
  note("Input should be " + quoted_list({known.begin(), known.size()}));
  return {};
}

bool Node::is_object() const {
  if (value_ != nullptr && value_->is_object()) return true;
  if (value_ != nullptr) note("Input should be an object");
  return false;
}

std::size_t Node::size() const {
  if (value_ == nullptr) return 0;
  if (const auto* list = value_->if_array()) return list->size();
  note("Input should be a valid array");
  return 0;
}

Node Node::item(std::size_t index) const {
  return {&value_->get_array()[index], fmt::format("{}.{}", path_, index), *problem_};
}

void Node::only(std::span<const std::string_view> known) const {
  const auto* object = given() ? value_->if_object() : nullptr;
  if (object == nullptr) return;
  for (const auto& member : *object) {
    const std::string_view key = member.key();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      (*this)[key].note("Extra inputs are not permitted");
    }
  }
}

std::string Node::variant(std::span<const std::string_view> known) const {
  if (!is_object()) return {};
  const Node type = (*this)["type"];
  if (!type.required()) return {};
  const auto* text = type.value().if_string();
  const std::string name(text ? std::string_view(*text) : std::string_view());
  if (std::find(known.begin(), known.end(), name) != known.end()) return name;
  std::string tags;
  for (const auto tag : known) tags += fmt::format("{}'{}'", tags.empty() ? "" : ", ", tag);
  note(fmt::format("Input tag '{}' found using 'type' does not match any of the expected tags: {}",
                   name, tags));
  return {};
}

void Node::note(std::string_view says) const {
  note_all(path_.empty() ? std::string(says) : fmt::format("{}: {}", path_, says));
}

void Node::note_all(std::string message, std::string code) const {
  if (!failed()) *problem_ = ApiError{400, std::move(message), std::move(code)};
}

}  // namespace headgate::lab::anthropic
