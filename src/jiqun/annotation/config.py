"""The Label Studio label config, made from the scheme."""

from xml.etree import ElementTree

from ..scheme import Scheme

FROM_NAME, TO_NAME = "label", "text"


def make_label_config(scheme: Scheme) -> str:
    """The labelling page as XML: Chinese names on screen, the scheme's names in the data.

    Text is marked a symbol at a time and shown with its white space; the article's title,
    publisher and date stand above it.
    """
    view = ElementTree.Element("View")
    style = ElementTree.SubElement(view, "Style")
    style.text = ".lsf-htx-richtext{white-space:pre-wrap;line-height:2}"
    ElementTree.SubElement(view, "Header", value="$title", size="4")
    ElementTree.SubElement(view, "Header", value="$dateline", size="6")
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
