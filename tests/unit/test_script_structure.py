"""The validator's complaints: each one that can occur has a sentence."""

from __future__ import annotations

from typing import Any

from audioguide.script.model import Script, ShowFile
from audioguide.script.structure import SENTENCES

RAISED_BY: dict[str, set[str]] = {
    "str": {"string_type"},
    "int": {"int_type"},
    "float": {"float_type"},
    "bool": {"bool_type"},
    "datetime": {"datetime_type"},
    "any": set(),
    "literal": {"literal_error"},
    "model": {"model_type"},
    "model-fields": {"missing", "extra_forbidden"},
    "model-field": set(),
    "default": set(),
    "nullable": set(),
    "definitions": set(),
    "definition-ref": set(),
    "dict": {"dict_type"},
    "tuple": {"tuple_type"},
    "function-before": {"value_error"},
    "tagged-union": {"union_tag_not_found"},
}
"""Kind of schema -> the errors it can raise when all scalars are text, lists are lists and maps are maps.

`too_short` of a tuple is told by the tree: nothing written may be empty.
"""


def kinds_of(schema: Any) -> set[str]:
    """Every kind of schema inside a schema."""
    if isinstance(schema, dict):
        own = {schema["type"]} if isinstance(schema.get("type"), str) else set()
        return own.union(*(kinds_of(value) for key, value in schema.items() if key != "metadata"))
    return set().union(*map(kinds_of, schema)) if isinstance(schema, list | tuple) else set()


def test_every_error_that_the_model_can_raise_has_a_sentence() -> None:
    used: set[str] = set()
    for model in (Script, ShowFile):
        model.model_rebuild()
        used |= kinds_of(model.__pydantic_core_schema__)
    kinds = used - {"field", "positional", "title", "no-info"}
    raised = set().union(*(RAISED_BY[kind] for kind in kinds))
    assert raised <= set(SENTENCES)
    assert set(SENTENCES) <= raised, "a sentence that nothing can call for"
