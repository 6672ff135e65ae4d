"""C++ source as text: comments and literals blanked out, and where functions begin and end.

No parser: a lexer that knows raw strings, character literals and digit separators, and a brace
matcher that knows namespaces and classes. Enough for the rules in tidy_cpp.py, and fast.
"""

import bisect
import re
from dataclasses import dataclass

# Numbers and identifiers come before quotes, so that 1'000 is no character literal; a raw string's
# prefix comes before identifiers, so that it is one.
TOKEN = re.compile(
    r'(?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")'
    r"|(?P<comment>//(?:[^\\\n]|\\.)*|/\*.*?\*/)"
    r"|[0-9](?:'?[\w.])*"
    r"|[A-Za-z_]\w*"
    r'|(?P<string>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')',
    re.DOTALL,
)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\\\n]|\\.)*", re.MULTILINE | re.DOTALL)
NOT_NEWLINE = re.compile(r"[^\n]")


class Source:
    """One file: `text` as written; `code` of the same length without comments and literals."""

    def __init__(self, text):
        self.text = text
        self.code = TOKEN.sub(_blank_token, text)
        self._line_starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def line_of(self, offset):
        return bisect.bisect_right(self._line_starts, offset)


def _blank_token(match):
    if match.lastgroup is None:
        return match.group()
    blank = NOT_NEWLINE.sub(" ", match.group())
    if match.group("comment"):
        return blank
    return '"' + blank[1:-1] + '"'


@dataclass
class Function:
    name: str
    first_line: int
    last_line: int

    @property
    def lines(self):
        return self.last_line - self.first_line + 1


BRACES = re.compile(r"[{}();]")
TEMPLATE = re.compile(r"\btemplate\s*<")
TYPE_WORD = re.compile(r"\b(?:class|struct|union)\b")
NOT_A_NAME = re.compile(r"\b(?:alignas|requires|noexcept|decltype|explicit)\s*\(")


def functions(source):
    """Every function defined at namespace or class scope; a lambda counts with its function."""
    code = DIRECTIVE.sub(lambda match: NOT_NEWLINE.sub(" ", match.group()), source.code)
    found, position, head_start = [], 0, 0
    while True:
        brace = BRACES.search(code, position)
        if brace is None:
            return found
        position = brace.end()
        if brace.group() == "(":
            position = matching(code, brace.start())
        elif brace.group() in ";})":
            head_start = position
        else:
            head = code[head_start:brace.start()]
            if _opens_scope(head):
                head_start = position
                continue
            position = matching(code, brace.start())
            if _is_function(head):
                if re.match(r"\s*[,{]", code[position:position + 80]):
                    continue  # that was a member's braced initialiser; the body is still to come
                found.append(_function(source, head, head_start, position))
                head_start = position


PAIRS = {"(": ")", "{": "}", "[": "]"}
BRACKETS = re.compile(r"[(){}\[\]]")


def matching(code, opening):
    """The offset after the bracket that closes the one at `opening`; the end if none does."""
    depth = 0
    for bracket in BRACKETS.finditer(code, opening):
        depth += 1 if bracket.group() in PAIRS else -1
        if depth == 0:
            return bracket.end()
    return len(code)


def _without_template(head):
    match = TEMPLATE.search(head)
    while match:
        depth, end = 1, match.end()
        while depth and end < len(head):
            depth += {"<": 1, ">": -1}.get(head[end], 0)
            end += 1
        head = head[:match.start()] + head[end:]
        match = TEMPLATE.search(head)
    return head


def _opens_scope(head):
    if re.search(r'\bnamespace\b|\bextern\s*"', head):
        return True
    head = NOT_A_NAME.sub(" ", _without_template(head))
    return bool(TYPE_WORD.search(head)) and "(" not in head and "=" not in head


def _is_function(head):
    head = NOT_A_NAME.sub(" ", _without_template(head))
    if "(" not in head or re.search(r"\benum\b", head):
        return False
    before = head[:head.index("(")]
    return "=" not in before.replace("operator", "", 1) or "operator" in before or "[" in before


def _function(source, head, head_start, end):
    start = head_start + len(head) - len(head.lstrip())
    plain = NOT_A_NAME.sub(" ", _without_template(head))
    before, _, arguments = plain.partition("(")
    match = re.search(r"(?:[\w~]+\s*::\s*)*(?:operator\s*\S*|~?\w+)\s*$", before)
    name = re.sub(r"\s+", "", match.group()) if match else "lambda"
    if re.fullmatch(r"[A-Z][A-Z_]+", name):  # a macro: TEST(Suite, case)
        name = f"{name}({' '.join(arguments.split(')')[0].split())})"
    return Function(name, source.line_of(start), source.line_of(end - 1))
