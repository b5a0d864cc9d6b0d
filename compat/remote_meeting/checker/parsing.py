"""What tree-sitter's grammars tell of a source: where its comments and its strings are, in twelve languages.

The rules need no more of a grammar than that; what it parses wrongly costs a comment or a string, never the file.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any

from .kinds import Kind
from .lexing import is_plain, lex

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar's package, and the names it has for what is looked for."""

    package: str
    comments: tuple[str, ...]
    strings: tuple[str, ...]
    holes: tuple[str, ...] = ()
    factory: str = "language"
    documents: str = ""


_C = Grammar("tree_sitter_cpp", ("comment",), ("string_literal", "raw_string_literal", "char_literal"))
_SCRIPT = Grammar(
    "tree_sitter_javascript", ("comment",), ("string", "template_string", "regex"), ("template_substitution",)
)
_TYPED = ("comment",), ("string", "template_string", "regex"), ("template_substitution",)
GRAMMARS: dict[Kind, Grammar] = {
    Kind.CSHARP: Grammar(
        "tree_sitter_c_sharp",
        ("comment",),
        (
            "string_literal",
            "verbatim_string_literal",
            "raw_string_literal",
            "interpolated_string_expression",
            "character_literal",
        ),
        ("interpolation",),
    ),
    Kind.JAVA: Grammar(
        "tree_sitter_java",
        ("line_comment", "block_comment"),
        ("string_literal", "character_literal"),
        ("string_interpolation",),
    ),
    Kind.KOTLIN: Grammar(
        "tree_sitter_kotlin",
        ("line_comment", "block_comment"),
        ("string_literal", "multiline_string_literal", "character_literal"),
        ("interpolation",),
    ),
    Kind.SCALA: Grammar(
        "tree_sitter_scala",
        ("comment", "block_comment"),
        ("string", "interpolated_string", "character_literal"),
        ("interpolation",),
    ),
    Kind.PYTHON: Grammar(
        "tree_sitter_python",
        ("comment",),
        ("string",),
        ("interpolation",),
        documents="(module (expression_statement (string) @document)) (block (expression_statement (string) "
        "@document))",
    ),
    Kind.JAVASCRIPT: _SCRIPT,
    Kind.TYPESCRIPT: Grammar("tree_sitter_typescript", *_TYPED, factory="language_typescript"),
    Kind.TSX: Grammar("tree_sitter_typescript", *_TYPED, factory="language_tsx"),
    Kind.C: _C,
    Kind.CPP: _C,
    Kind.OBJC: Grammar("tree_sitter_objc", ("comment",), ("string_literal", "char_literal")),
    Kind.SWIFT: Grammar(
        "tree_sitter_swift",
        ("comment", "multiline_comment"),
        ("line_string_literal", "multi_line_string_literal", "raw_string_literal"),
        ("interpolated_expression",),
    ),
    Kind.GO: Grammar(
        "tree_sitter_go", ("comment",), ("interpreted_string_literal", "raw_string_literal", "rune_literal")
    ),
    Kind.RUST: Grammar(
        "tree_sitter_rust", ("line_comment", "block_comment"), ("string_literal", "raw_string_literal", "char_literal")
    ),
}


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a text's comments, strings and the code within strings are: offsets in characters, each list in order."""

    comments: tuple[Span, ...]
    strings: tuple[Span, ...]
    holes: tuple[Span, ...]


# What hostile input costs a grammar grows with more than its length: deep nesting, and errors without end.
LARGEST = 1_000_000
DEEPEST = 400
SECONDS = 5.0
_CHUNK = 16_384


def marks_of(text: str, kind: Kind, *, now: Callable[[], float] = monotonic) -> Marks:
    """The comments, strings and holes of a text.

    Offsets are characters, because what is not ASCII is parsed as a letter. Code that the preprocessor leaves out
    counts as a comment. A text that a grammar would take too long over is read without one, and one
    that needs none.

    Args:
        text: The text.
        kind: Its language, one of GRAMMARS.
        now: The clock by which a grammar has SECONDS.
    """
    plain = ascii_of(text)
    tree = None
    if not is_plain(plain, kind) and len(plain) <= LARGEST and not _is_hostile(plain):
        tree = _parse(plain.encode("ascii"), kind, now)
    if tree is None:
        comments, strings = lex(plain, kind)
        holes: list[Span] = []
    else:
        comments, strings, holes = _captured(tree, kind)
    if kind in (Kind.CSHARP, Kind.C, Kind.CPP, Kind.OBJC):
        comments += _left_out(text)
    return Marks(tuple(sorted(comments)), tuple(strings), tuple(holes))


def marks_of_grammar(text: str, kind: Kind) -> Marks | None:
    """The same by the grammar alone, whatever the text; None when it took too long."""
    tree = _parse(ascii_of(text).encode("ascii"), kind, monotonic)
    if tree is None:
        return None
    comments, strings, holes = _captured(tree, kind)
    return Marks(tuple(sorted(comments)), tuple(strings), tuple(holes))


def _parse(data: bytes, kind: Kind, now: Callable[[], float]) -> Tree | None:
    """The syntax tree; None when it was not done in time."""
    from tree_sitter import Parser

    end = now() + SECONDS
    is_late = False

    def piece(offset: int, _: object) -> bytes:
        nonlocal is_late
        is_late = is_late or now() > end
        # An end of the text is the only thing that stops a parser on its way.
        return b"" if is_late else data[offset : offset + _CHUNK]

    tree = Parser(_language(kind)).parse(piece)
    return None if is_late else tree


def _captured(tree: Tree, kind: Kind) -> tuple[list[Span], list[Span], list[Span]]:
    from tree_sitter import QueryCursor

    found = QueryCursor(_query(kind)).captures(tree.root_node)
    comments = [*_spans(found.get("comment", ())), *_spans(found.get("document", ()))]
    return comments, _spans(found.get("string", ())), _spans(found.get("hole", ()))


def _is_hostile(text: str) -> bool:
    """True where a grammar would go on for minutes: brackets, comments or templates in each other, hundreds deep."""
    depth = comments = angles = 0
    for found in _DEPTHS.finditer(text):
        sign = found.group()
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth = max(0, depth - 1)
        elif sign == "/*":
            comments += 1
        elif sign == "*/":
            comments = max(0, comments - 1)
        elif sign == "<":
            angles += 1
        if sign in ";{}\n":
            angles = 0
        if depth > DEEPEST or comments > DEEPEST or angles > DEEPEST:
            return True
    return False


def ascii_of(text: str) -> str:
    """The text with a letter for every character that is not ASCII: as long as before, and quicker to parse."""
    return text if text.isascii() else re.sub(r"[^\x00-\x7f]", "x", text)


@cache
def _language(kind: Kind) -> Any:
    from tree_sitter import Language

    grammar = GRAMMARS[kind]
    return Language(getattr(importlib.import_module(grammar.package), grammar.factory)())


@cache
def _query(kind: Kind) -> Any:
    from tree_sitter import Query

    grammar = GRAMMARS[kind]
    lines = [f"({name}) @comment" for name in grammar.comments]
    lines += [f"({name}) @string" for name in grammar.strings]
    lines += [f"({name}) @hole" for name in grammar.holes]
    return Query(_language(kind), "\n".join([*lines, grammar.documents]))


def _spans(nodes: Iterable[Node]) -> list[Span]:
    return sorted((node.start_byte, node.end_byte) for node in nodes)


_DEPTHS = re.compile(r"[()\[\]{};<\n]|/\*|\*/")
_CONDITION = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b[ \t]*([^\n]*)", re.MULTILINE)


def _left_out(text: str) -> list[Span]:
    """What stands between `#if 0` (or `#if false`) and its end."""
    if "#" not in text:
        return []
    spans: list[Span] = []
    stack: list[int | None] = []
    for found in _CONDITION.finditer(text):
        word, rest = found.group(1), found.group(2).strip()
        if word.startswith("if"):
            stack.append(found.end() if word == "if" and re.fullmatch(r"\(?\s*(0|false)\s*\)?", rest) else None)
        elif stack:
            begin = stack.pop()
            if begin is not None:
                spans.append((begin, found.start()))
            if word != "endif":
                stack.append(None)
    return spans
