#include "agents/rules/expression.h"

namespace headgate::agents::rules {

namespace {

void add_path(const Operand& operand, std::vector<const Path*>& out) {
  if (operand.kind == Operand::Kind::path) out.push_back(&operand.path);
}

void collect(const Expression& of, std::vector<const Path*>& out) {
  for (const Expression& part : of.parts) collect(part, out);
  if (of.kind != Expression::Kind::comparison) return;
  add_path(of.left, out);
  add_path(of.right, out);
}

}  // namespace

std::string Path::text() const {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += '.';
    out += part;
  }
  return out;
}

std::vector<const Path*> paths_of(const Expression& expression) {
  std::vector<const Path*> out;
  collect(expression, out);
  return out;
}

}  // namespace headgate::agents::rules
