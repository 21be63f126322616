"""The labels of the data set, read from `annotation/scheme.yaml`."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import InputError
from .files import read_yaml

PEOPLE = ("OFFICIAL", "PERSON")
"""The labels that other data sets have as one, `PER`."""

_FIELDS = ("name", "chinese", "description", "color", "key")


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its name in the data, and how people see it.

    Attributes:
        name: upper-case ASCII, as in the data set.
        chinese: what annotators read.
        description: one line in Chinese.
        color: `#rrggbb`.
        key: the key that chooses it.
    """

    name: str
    chinese: str
    description: str
    color: str
    key: str


@dataclass(frozen=True)
class Scheme:
    """The labels in their order."""

    labels: tuple[Label, ...]

    @cached_property
    def names(self) -> list[str]:
        return [label.name for label in self.labels]

    @cached_property
    def tags(self) -> list[str]:
        """IOB2 tags: `O`, then `B-` and `I-` of each label; their order numbers the classes."""
        return ["O", *(f"{prefix}-{name}" for name in self.names for prefix in "BI")]


def read_scheme(path: Path | str) -> Scheme:
    """The scheme in a YAML file.

    Raises:
        InputError: the file is no scheme: a field is missing, or two labels share a name, a
            Chinese name or a key.
    """
    content = read_yaml(path)
    entries = content.get("labels") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: expected a list under `labels`.")
    labels = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
            raise InputError(f"{path}: label {number} needs exactly {', '.join(_FIELDS)}.")
        label = Label(**{field: str(entry[field]) for field in _FIELDS})
        if not re.fullmatch("[A-Z][A-Z0-9_]*", label.name):
            raise InputError(f"{path}: label {label.name!r} must be upper-case ASCII.")
        if not re.fullmatch("#[0-9a-fA-F]{6}", label.color):
            raise InputError(f"{path}: color {label.color!r} of {label.name} must be #rrggbb.")
        for field in ("name", "chinese", "key"):
            if any(getattr(label, field) == getattr(other, field) for other in labels):
                raise InputError(
                    f"{path}: two labels have the {field} {getattr(label, field)!r}; rename one."
                )
        labels.append(label)
    return Scheme(tuple(labels))
