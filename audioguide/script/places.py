"""Where each value of a script stands, over the two files that it may come from."""

from __future__ import annotations

from dataclasses import dataclass

from audioguide.script.problems import Place, Steps
from audioguide.script.tree import MapNode, Node, ScalarNode, child, find, place_of, target


@dataclass(frozen=True, slots=True)
class Places:
    """The positioned tree of a script, show.yaml merged in."""

    tree: MapNode

    def of(self, steps: Steps) -> Place:
        """Where the value begins; of what is not written, where the nearest thing around it does."""
        return place_of(find(self.tree, steps)[0])

    def of_key(self, steps: Steps) -> Place:
        """Where the key of a value begins; the same as `of` in a list."""
        around = target(find(self.tree, steps[:-1])[0])
        if steps and isinstance(around, MapNode) and (entry := around.entries.get(str(steps[-1]))):
            return place_of(entry[0])
        return self.of(steps)

    def node(self, steps: Steps) -> Node | None:
        """The node of a value, None where it is not written."""
        node, done = find(self.tree, steps)
        return node if done == len(steps) else None

    def written(self, steps: Steps) -> Steps:
        """As many of the steps as are written in the file."""
        return steps[: find(self.tree, steps)[1]]


def merge(under: MapNode, over: MapNode) -> MapNode:
    """One map of two: maps merge, everything else of `over` replaces what `under` has."""
    entries = dict(under.entries)
    for key, (key_node, value) in over.entries.items():
        below = child(under, key)
        below = target(below) if below is not None else None
        above = target(value)
        if isinstance(below, MapNode) and isinstance(above, MapNode):
            value = merge(below, above)  # noqa: PLW2901 - the merged map stands in the value's place
        entries[key] = (key_node, value)
    return over._replace(entries=entries)


def kind_of(node: Node | None) -> str:
    """What a node is, in words that fit after "not"."""
    node = target(node) if node is not None else None
    if node is None or (isinstance(node, ScalarNode) and not node.value.strip()):
        return "empty"
    return "text" if isinstance(node, ScalarNode) else "a map" if isinstance(node, MapNode) else "a list"
