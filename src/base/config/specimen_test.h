// A struct with a field of every kind, for the tests and the fuzzer of this folder: what a new kind
// of field is added to first. problems_of() reads a text as one and returns what is wrong with it,
// one string a problem, without the file's name.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/load.h"

namespace headgate::base::config {

enum class Colour : std::uint8_t { red, green, blue };

template <>
struct EnumNames<Colour> {
  static constexpr std::array<std::string_view, 3> names{"red", "green", "blue"};
};

struct Part {
  std::string name;
  std::uint16_t count = 1;

  template <class V>
  static void fields(V& v) {
    v.field("name", &Part::name,
            {.doc = "Its name.", .example = "bolt", .min = 1, .max = 8, .required = true});
    v.field("count", &Part::count, {.doc = "How many."});
  }
};

struct Options {
  bool fast = false;
  double ratio = 0.5;
  std::filesystem::path folder = "out";

  template <class V>
  static void fields(V& v) {
    v.field("fast", &Options::fast, {.doc = "Hurry.", .needs_restart = true});
    v.field("ratio", &Options::ratio, {.doc = "A share.", .min = 0, .max = 1});
    v.field("folder", &Options::folder, {.doc = "Where to.", .needs_restart = true});
  }
};

struct Specimen {
  std::int64_t wait_ms = 100;
  std::string title = "none yet";
  Colour colour = Colour::green;
  Url url;
  Address address{"127.0.0.1", 80};
  Dollars price;
  SecretRef secret;
  std::filesystem::path file;
  std::optional<std::int64_t> extra;
  std::vector<std::string> tags;
  OrderedMap<Part> parts;
  std::vector<Part> list;
  Options options;

  template <class V>
  static void fields(V& v) {
    using C = Specimen;
    v.field("wait_ms", &C::wait_ms, {.doc = "A delay.", .min = 0, .max = 1000});
    v.field("title", &C::title, {.doc = "A title.", .needs_restart = true});
    v.field("colour", &C::colour, {.doc = "A colour."});
    v.field("url", &C::url, {.doc = "A place."});
    v.field("address", &C::address, {.doc = "An address."});
    v.field("price", &C::price, {.doc = "A price."});
    v.field("secret", &C::secret, {.doc = "A secret."});
    v.field("file", &C::file, {.doc = "A file.", .must_exist = true});
    v.field("extra", &C::extra, {.doc = "Perhaps a number.", .min = 1, .max = 9});
    v.field("tags", &C::tags, {.doc = "Some words.", .max = 3});
    v.field("parts", &C::parts, {.doc = "Parts by name."});
    v.field("list", &C::list, {.doc = "Parts in a row."});
    v.field("options", &C::options, {.doc = "More."});
  }
};

/// Each problem as "LINE:COLUMN: path: what…", sorted, without looking at what the text refers to.
inline std::vector<std::string> problems_of(Loaded<Specimen> loaded) {
  loaded.problems.sort();
  std::vector<std::string> out;
  for (const Problem& problem : loaded.problems) out.push_back(problem.text("f").substr(2));
  return out;
}
inline std::vector<std::string> problems_of(std::string_view text) {
  return problems_of(load_text<Specimen>(text, "/etc/specimen", Check::file_only));
}

}  // namespace headgate::base::config
