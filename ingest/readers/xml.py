"""XML as records: an element with children is a record, its leaves are "name: text" lines. Entities are refused."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from ingest.errors import DocumentRefused
from ingest.readers.archive import damaged
from ingest.readers.text import clean, declared_encoding, decode, language
from ingest.types import Block, ParsedDocument, ParseLimits

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_MAX_DEPTH = 200


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """Every element's text and attributes under the path of its parents."""
    markup = _DECLARATION.sub("", decode(data, declared_encoding(data)), count=1)
    if not markup.strip():
        return ParsedDocument((), warnings=("The file holds no text.",))
    try:
        # No entity, no external subset: a DOCTYPE alone is harmless and common.
        root = ElementTree.fromstring(markup.encode("utf-8", "replace"), forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise DocumentRefused(
            "xml_entities",
            "The XML declares entities or refers to other files, which are not read.",
            "Remove its DOCTYPE entities.",
        ) from error
    except ElementTree.ParseError as error:
        raise damaged("XML", str(error)) from error
    except RecursionError as error:
        raise damaged("XML", "it is nested too deeply") from error
    made: list[Block] = []
    _walk(root, (), made)
    text = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), title=_label(root), language=language(text))


def _walk(root: Element, path: tuple[str, ...], made: list[Block]) -> None:
    """Depth first, without recursion."""
    stack: list[tuple[Element, int]] = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        if depth > _MAX_DEPTH:
            raise damaged("XML", "it is nested too deeply")
        children = list(element)
        leaves = [child for child in children if not len(child)]
        nested = [child for child in children if len(child)]
        lines = [
            f"{key}: {clean(value)}"
            for key, value in ((_name(k), v) for k, v in element.attrib.items())
            if clean(value)
        ]
        if own := clean(element.text or ""):
            lines.insert(0, own)
        for child in leaves:
            said = " ".join(
                [clean(child.text or ""), *(f"({_name(k)}: {clean(v)})" for k, v in child.attrib.items())]
            ).strip()
            if said:
                lines.append(f"{_name(child.tag)}: {said}")
            if tail := clean(child.tail or ""):
                lines.append(tail)
        lines.extend(tail for child in nested if (tail := clean(child.tail or "")))
        label = _label(element)
        if lines and (depth == 1 or not nested):
            made.append(Block("text", "\n".join([label, *lines] if depth > 1 else lines)))
        elif nested:
            made.append(Block("heading", label, level=min(depth, 6)))
            if lines:
                made.append(Block("text", "\n".join(lines)))
        stack.extend((child, depth + 1) for child in reversed(nested))


def _label(element: Element) -> str:
    return _name(element.tag)


def _name(tag: str) -> str:
    return str(tag).rsplit("}", 1)[-1]
