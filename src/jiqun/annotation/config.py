"""The Label Studio label config, made from the scheme."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from markdown_it import MarkdownIt

from ..scheme import Scheme

FROM_NAME, TO_NAME = "label", "text"
SHOWN = {"title": {"size": "4"}, "dateline": {"size": "6"}, "damage": {"size": "6"}}
"""What of a task's data is shown above its text, and how."""


def make_label_config(scheme: Scheme, shown: Mapping[str, dict[str, str]] = SHOWN) -> str:
    """The labelling page as XML: Chinese names on screen, the scheme's names in the data.

    Text is marked a symbol at a time and shown with its white space; the article's title,
    publisher, date and condition stand above it.
    """
    view = ElementTree.Element("View")
    style = ElementTree.SubElement(view, "Style")
    style.text = ".lsf-htx-richtext{white-space:pre-wrap;line-height:2}"
    for field, look in shown.items():
        ElementTree.SubElement(view, "Header", value=f"${field}", **look)
    labels = ElementTree.SubElement(view, "Labels", name=FROM_NAME, toName=TO_NAME)
    for label in scheme.labels:
        ElementTree.SubElement(
            labels,
            "Label",
            value=label.chinese,
            alias=label.name,
            background=label.color,
            hotkey=label.key,
            hint=label.description,
        )
    ElementTree.SubElement(view, "Text", name=TO_NAME, value="$text", granularity="symbol")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def render_guidelines(markdown: str) -> str:
    """Guidelines in Markdown as the HTML that Label Studio shows before a task."""
    # The server takes the numbers off lists that do not begin at 1, so they become text.
    plain = re.sub(r"^(\d+)\. ", r"\1\\. ", markdown, flags=re.MULTILINE)
    html = MarkdownIt("js-default", {"breaks": True}).render(plain)
    # Its page gives headings no room of their own.
    return re.sub("(<h[2-6]>)", r"<br>\1", html)
