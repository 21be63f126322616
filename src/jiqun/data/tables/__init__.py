"""What names are made of: the official list of divisions, surnames, given names, trades."""

from importlib.resources import files


def read_table(name: str) -> str:
    """The text of a table."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
