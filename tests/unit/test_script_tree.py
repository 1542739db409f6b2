"""The positioned tree: places, offsets for editors, limits."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from audioguide.script import document
from audioguide.script.places import Places, merge
from audioguide.script.problems import Place, Problems, shown
from audioguide.script.tree import AliasNode, MapNode, ScalarNode, child, find, plain


def parse(text: str) -> MapNode:
    problems = Problems(("t.yaml",))
    tree = document.parse(text, "t.yaml", problems)
    assert tree is not None, problems.listed("error")
    assert problems.listed("error") == []
    return tree


def mistakes(text: str) -> list[str]:
    problems = Problems(("t.yaml",))
    document.parse(text, "t.yaml", problems)
    return [str(problem) for problem in problems.listed("error")]


@pytest.mark.parametrize(
    ("text", "slice_", "style"),
    [
        ("a: plain text # comment\n", "plain text", ""),
        ("a: 'it''s'\n", "'it''s'", "'"),
        ('🙂: "é\\n🙂" # comment\n', '"é\\n🙂"', '"'),
        ("a: |  # header\n  one\n  two\nb: c\n", "|  # header\n  one\n  two\n", "|"),
        ("a: >-\n  one\n  two\n", ">-\n  one\n  two\n", ">"),
        ("a: first\r\nb: x\r\n", "first", ""),
    ],
)
def test_offsets_of_a_scalar_cut_it_out_of_the_text(text: str, slice_: str, style: str) -> None:
    node = next(iter(parse(text).entries.values()))[1]
    assert isinstance(node, ScalarNode)
    assert (text[node.start : node.end], node.style) == (slice_, style)


def test_all_plain_scalars_stay_text() -> None:
    assert plain(parse("a: No\nb: 12:30\nc: 1e3\nd: 2026-11-22\ne: ~\nf: null\n1: 0x10\n")) == {
        "a": "No",
        "b": "12:30",
        "c": "1e3",
        "d": "2026-11-22",
        "e": "~",
        "f": "null",
        "1": "0x10",
    }


def test_alias_stands_in_its_own_place_and_its_value_at_the_anchor() -> None:
    tree = parse("a: &x\n  b: 1\nc: *x\n")
    alias = child(tree, "c")
    assert isinstance(alias, AliasNode)
    assert (alias.line, alias.column) == (3, 4)
    assert Places(tree).of(("c", "b")) == Place("t.yaml", 2, 6)


def test_place_of_what_is_not_written_is_that_of_what_is_around_it() -> None:
    places = Places(parse("a:\n  - b: 1\n"))
    assert places.of(("a", 0, "missing", "deep")) == Place("t.yaml", 2, 5)
    assert places.of(("a", 7)) == Place("t.yaml", 2, 3)
    assert places.of(("z",)) == Place("t.yaml", 1, 1)
    assert places.written(("a", 0, "missing")) == ("a", 0)


def test_place_of_a_key_is_before_that_of_its_value() -> None:
    places = Places(parse("a: 1\n"))
    assert (places.of_key(("a",)).column, places.of(("a",)).column) == (1, 4)
    assert find(places.tree, ("a",))[1] == 1


def test_maps_merge_and_the_rest_is_replaced() -> None:
    under = parse("m: {a: 1, b: 2}\nl: [1, 2]\ns: x\nonly: y\n")
    over = parse("m: {b: 3, c: 4}\nl: [3]\ns: {t: z}\n")
    assert plain(merge(under, over)) == {
        "m": {"a": "1", "b": "3", "c": "4"},
        "l": ["3"],
        "s": {"t": "z"},
        "only": "y",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 200_000, "nested more than 50 deep"),
        ("{" * 900, "a key must be plain text"),
        ("{a: " * 200_000, "nested more than 50 deep"),
        ("a: " + "[" * 200_000, "nested more than 50 deep"),
        ("- " * 200_000, "nested more than 50 deep"),
        ("a:\n" + "- x\n" * 100_000, "more than 100,000 values"),
        ("a: &a [*a]\n", "stands inside its own anchor"),
        ("a: &a {b: {c: *a}}\n", "stands inside its own anchor"),
        ("a: &a b\nc: [" + "*a, " * 1001 + "]\n", "more than 1,000 aliases"),
    ],
    ids=["lists", "maps as keys", "maps", "lists in a map", "dashes", "values", "cycle", "long cycle", "aliases"],
)
def test_limits_hold_at_once(text: str, told: str) -> None:
    begun = time.process_time()
    assert told in mistakes(text)[0]
    assert time.process_time() - begun < 1


def test_alias_bomb_is_refused_within_a_second() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    begun = time.process_time()
    assert "more than 100,000 values" in mistakes("\n".join(lines))[0]
    assert time.process_time() - begun < 1


def test_many_values_under_the_limit_pass() -> None:
    tree = parse("a:\n" + "- {say: x, voice: y, speed: z}\n" * 20_000)
    assert len(plain(tree)["a"]) == 20_000


@pytest.mark.parametrize("text", ["a: x\nb: [y, {c: z}]\n", "a: &n x\nb: *n\n", "a: |\n  x\n", 'a: "x"\n'])
def test_parser_without_libyaml_gives_the_same_tree(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_libyaml = parse(text)
    monkeypatch.setattr(document, "_PARSER", yaml.SafeLoader)
    assert plain(parse(text)) == plain(with_libyaml)
    assert Places(parse(text)).of(("b", 0)) == Places(with_libyaml).of(("b", 0))


@pytest.mark.parametrize(
    "text", ['a: "\\ud800"', 'a: "\\U00110000"', "a: \x07", "a: [", "a: *x", "%YAML 1." + "9" * 5000]
)
def test_parser_without_libyaml_lets_only_problems_out(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_PARSER", yaml.SafeLoader)
    assert mistakes(text)


@given(st.text(alphabet="ab:- \n\t'\"[]{}|>&*!%@#,?~\\\r\x07\ufeff\x85é🙂", max_size=60))
def test_any_text_is_a_tree_or_a_problem_with_its_place(text: str) -> None:
    problems = Problems(("t.yaml",))
    tree = document.parse(text, "t.yaml", problems)
    found = problems.listed("error")
    assert tree is not None or found
    assert all(problem.line >= 1 and problem.column >= 1 for problem in found)


LINES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029")
)  # PyYAML's own dumper loses these


@given(st.dictionaries(st.text("abc", min_size=1), LINES | st.lists(LINES, min_size=1), min_size=1))
def test_what_a_writer_of_yaml_dumps_is_read_back(value: dict[str, str | list[str]]) -> None:
    problems = Problems(("t.yaml",))
    tree = document.parse(yaml.safe_dump(value, allow_unicode=True), "t.yaml", problems)
    if problems.listed("error"):
        assert all("control character" in str(problem) for problem in problems.listed("error"))
    else:
        assert tree is not None
        assert plain(tree) == value


def test_path_is_shown_as_people_write_it() -> None:
    assert shown(("sections", 0, "segments", 2, "voice")) == "sections[0].segments[2].voice"
    assert len(shown(("x" * 1000,))) == 58
