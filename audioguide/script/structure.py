"""Whether a script has the shape that the model asks for, in sentences for its author."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from audioguide.script.model import FORMAT_VERSION, SEGMENT_KINDS, SEGMENT_LISTS, SPOKEN_KINDS, Section, ShowFile
from audioguide.script.places import Places, kind_of
from audioguide.script.problems import Problems, Steps, quoted
from audioguide.script.tree import MapNode, ScalarNode, target

BODIES = ("segments", "text", "from")
"""A section has exactly one of these."""

_Read = TypeVar("_Read", bound=ShowFile)
_KEYS_LOOKED_AT = 500
"""A map with more keys is no script with a slip in it."""
_EMPTY = "is empty", "write something or leave the key out"
UNION_KINDS: dict[str, type[BaseModel] | None] = {**SEGMENT_KINDS, **SPOKEN_KINDS}
"""Every union's tags, with the models that they stand for."""
_SECTION_KEYS = frozenset(field.alias or name for name, field in Section.model_fields.items())


@dataclass(frozen=True, slots=True)
class Mistake:
    """One error of the validator, and what its sentence needs to know."""

    steps: Steps
    """The way to it in the file: steps that are no keys there, such as union tags, are left out."""
    details: ErrorDetails
    places: Places
    fields: dict[str, FieldInfo]
    """The fields of the model around it, by the keys that people write."""
    near: Callable[[str, Iterable[str]], str | None]
    """The nearest of some names, as a hint."""

    @property
    def key(self) -> str:
        """The last step."""
        return str(self.steps[-1]) if self.steps else ""

    @property
    def stands(self) -> str:
        """What stands there: text, a list, a map, empty."""
        return kind_of(self.places.node(self.steps))


def read_model(model: type[_Read], data: Any, places: Places, problems: Problems) -> _Read | None:
    """The model of a script or show file; None where it does not fit, and `problems` says why."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for details in error.errors(include_url=False, include_input=False):
            # too_short counts good items only, and a script over the show may bring what the show leaves out
            told_elsewhere = details["type"] == "too_short" or (
                model is ShowFile and details["type"] == "missing" and details["loc"] != ("version",)
            )
            if not told_elsewhere:
                _report(model, details, places, problems)
        return None


def check_version(data: dict[str, Any], places: Places, problems: Problems) -> bool:
    """Whether this version of the format is ours to read."""
    written = data.get("version")
    if not isinstance(written, str) or not written.strip().isdecimal() or int(written.strip()[:9]) == FORMAT_VERSION:
        return True
    number = quoted(written.strip()).strip('"')
    if int(number[:9]) > FORMAT_VERSION:
        message = f"this script needs a newer audioguide: it has version {number}, this one reads {FORMAT_VERSION}"
        hint = "pip install --upgrade audioguide"
    else:
        message, hint = f"there is no version {number} of the format", f"write version: {FORMAT_VERSION}"
    problems.add(places.of(("version",)), ("version",), message, hint=hint)
    return False


def check_sections(data: dict[str, Any], places: Places, problems: Problems) -> None:
    """Look that each section has exactly one of `segments`, `text` and `from`."""
    sections = data.get("sections")
    for index, section in enumerate(sections if isinstance(sections, list) else ()):
        if isinstance(section, dict):
            _check_body(section, ("sections", index), places, problems)
            if section.pop("source", None) is not None:  # the field's name in Python, which the model would take
                steps = ("sections", index, "source")
                problems.add(places.of_key(steps), steps, "is not a known key", hint='did you mean "from"?')


def _check_body(section: dict[str, Any], steps: Steps, places: Places, problems: Problems) -> None:
    bodies = [key for key in section if key in BODIES]
    unknown = [key for key in section if key not in _SECTION_KEYS]
    for extra in bodies[1:]:
        message = f'stands beside "{bodies[0]}"'
        hint = "a section has one of segments, text and from"
        problems.add(places.of_key((*steps, extra)), (*steps, extra), message, hint=hint)
    if not bodies and not any(key == "source" or problems.near(key, BODIES) for key in unknown):
        problems.add(places.of(steps), steps, "has nothing to say", hint="write segments, text or from")


def _report(model: type[BaseModel], details: ErrorDetails, places: Places, problems: Problems) -> None:
    location = details["loc"]
    around = _model_around(model, location)
    fields = keys_of(around)
    steps = _steps(location, places)
    if details["type"] == "missing" and (misspelt := _misspelt(steps, places, fields, problems)):
        if (
            around and around.model_config.get("extra") == "allow"
        ):  # else the key is a mistake by itself, and told as one
            key = (*steps[:-1], misspelt)
            problems.add(places.of_key(key), key, "is not a known key", hint=f'did you mean "{steps[-1]}"?')
        return
    mistake = Mistake(steps, details, places, fields, problems.near)
    message, hint = SENTENCES[details["type"]](mistake)
    at_key = details["type"] == "extra_forbidden" or location[-1:] == ("[key]",)
    place = places.of_key(steps) if at_key else places.of(steps)
    shown_steps = steps if details["type"] == "missing" else places.written(steps)
    problems.add(place, shown_steps, message, hint=hint)


def _misspelt(steps: Steps, places: Places, fields: dict[str, FieldInfo], problems: Problems) -> str | None:
    """The key that stands in the place of a missing one, under a name so like it that this mistake says all."""
    around = places.node(steps[:-1])
    written = target(around) if around is not None else None
    keys = islice(written.entries, _KEYS_LOOKED_AT) if isinstance(written, MapNode) else ()
    return next((key for key in keys if key not in fields and problems.near(key, [str(steps[-1])])), None)


def _is_tag(location: tuple[int | str, ...], index: int) -> bool:
    """Whether a step of the validator's path is a union's tag: it stands after a segment's index, after a word's name."""
    if index >= 2 and location[index - 2] == "pronounce":
        return location[index] in SPOKEN_KINDS
    return index >= 2 and location[index - 2] in SEGMENT_LISTS and isinstance(location[index - 1], int)


def _steps(location: tuple[int | str, ...], places: Places) -> Steps:
    """The validator's path without the steps that the file does not have."""
    steps = tuple(step for index, step in enumerate(location) if not _is_tag(location, index))
    return steps[:-1] if steps[-1:] == ("[key]",) and places.node(steps) is None else steps


def keys_of(model: type[BaseModel] | None) -> dict[str, FieldInfo]:
    """The fields of a model by the keys that people write."""
    return {field.alias or name: field for name, field in model.model_fields.items()} if model else {}


def _model_around(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model in which the last step of a path is a key."""
    kinds: list[Any] = [model]
    for index, step in enumerate(location[:-1]):
        if _is_tag(location, index):
            kinds = [kind] if (kind := UNION_KINDS[str(step)]) else []
        else:
            kinds = [inner for kind in kinds for inner in _inside(kind, step)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _inside(kind: Any, step: int | str) -> list[Any]:
    """The types that a step leads to."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = keys_of(kind).get(str(step))
        return _members(field.annotation) if field else []
    arguments = get_args(kind)
    return _members(arguments[1] if get_origin(kind) is dict else arguments[0]) if arguments else []


def _members(kind: Any) -> list[Any]:
    """A union's members, marks taken off."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    if get_origin(kind) in {Union, UnionType}:
        return [inner for member in get_args(kind) for inner in _members(member)]
    return [kind]


_Sentence = tuple[str, str | None]


def _missing(mistake: Mistake) -> _Sentence:
    if mistake.key == "version":
        return "is missing", f'write "version: {FORMAT_VERSION}" at the top'
    field = mistake.fields.get(mistake.key)
    meaning = f" ({field.description.rstrip('.')})" if field and field.description else ""
    return "is missing", f'write "{mistake.key}: …"{meaning}'


def _unknown(mistake: Mistake) -> _Sentence:
    if mistake.key in SEGMENT_KINDS and {*SEGMENT_LISTS} & {*mistake.steps[-3:-1]}:
        return "is a segment of its own", "a segment has one of say, pause and play"
    near = mistake.near(mistake.key, mistake.fields)
    return "is not a known key", near or f"known here: {', '.join(mistake.fields)}"


def _single(mistake: Mistake) -> _Sentence:
    return f"must be a single value, not {mistake.stands}", None


def _a_map(mistake: Mistake) -> _Sentence:
    return _EMPTY if mistake.stands == "empty" else (f'must be a map ("key: value"), not {mistake.stands}', None)


def _a_list(mistake: Mistake) -> _Sentence:
    return _EMPTY if mistake.stands == "empty" else (f'must be a list (lines with "- "), not {mistake.stands}', None)


def _one_of(mistake: Mistake) -> _Sentence:
    node = target(mistake.places.node(mistake.steps) or mistake.places.tree)
    if not isinstance(node, ScalarNode):
        return _single(mistake)
    if not node.value.strip():
        return _EMPTY
    offered = str(mistake.details["ctx"]["expected"]).replace("'", "")
    names = offered.replace(" or ", ", ").split(", ")
    return f"{quoted(node.value)} is not offered", mistake.near(node.value, names) or f"write {offered}"


def _our_own(mistake: Mistake) -> _Sentence:
    sentence = str(mistake.details["ctx"]["error"])
    message, mark, hint = sentence.rpartition("; ")
    return (message, hint) if mark else (sentence, None)


def _segment(mistake: Mistake) -> _Sentence:
    node = target(mistake.places.node(mistake.steps) or mistake.places.tree)
    if not isinstance(node, MapNode):
        return "is a list", 'text that begins with "[" must stand in quotes'
    near = next((hint for key in node.entries if (hint := mistake.near(key, SEGMENT_KINDS))), None)
    if near is None and len(node.entries) == 1:
        near = 'write say, play or pause; text that contains ": " must stand in quotes'
    return "says and plays nothing", near or "write say, play or pause"


SENTENCES: dict[str, Callable[[Mistake], _Sentence]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_type": _single,
    "int_type": _single,
    "float_type": _single,
    "bool_type": _single,
    "datetime_type": _single,
    "model_type": _a_map,
    "dict_type": _a_map,
    "tuple_type": _a_list,
    "literal_error": _one_of,
    "value_error": _our_own,
    "union_tag_not_found": _segment,
}
"""What the validator can complain about -> the sentence and the hint for the author."""
