# SPDX-License-Identifier: Apache-2.0
"""The layers as the build declares them and as the files include them."""

import dataclasses
import pathlib
import re

SOURCE_SUFFIXES = {".hpp", ".cpp", ".h", ".cuh", ".cu"}
DECLARATION = re.compile(r"evenkeel_layer\(\s*(\w+)(.*?)\)", re.DOTALL)
KEYWORDS = ("HEADERS", "SOURCES", "USES")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Layer:
    name: str
    headers: tuple
    sources: tuple
    uses: tuple


def without_comments(text):
    return re.sub(r"#[^\n]*", "", text)


def declared_layers(root):
    """{name: Layer} from the evenkeel_layer() calls."""
    layers = {}
    for file in sorted(root.glob("src/*/CMakeLists.txt")):
        for name, body in DECLARATION.findall(without_comments(file.read_text())):
            lists, current = {key: [] for key in KEYWORDS}, None
            for word in body.split():
                if word in KEYWORDS:
                    current = word
                else:
                    lists[current].append(word)
            layers[name] = Layer(name, *(tuple(lists[key]) for key in KEYWORDS))
    return layers


def build_order(root):
    """The layers in the order in which CMakeLists.txt adds them."""
    found = re.search(r"foreach\(layer IN ITEMS ([^)]*)\)", (root / "CMakeLists.txt").read_text())
    assert found, "CMakeLists.txt has no `foreach(layer IN ITEMS ...)`"
    return found.group(1).split()


def table_of(page):
    """{layer: (uses)} from the table under 'The layers' in docs/architecture.md: | layer | what lives there | uses |."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", page.read_text(), re.MULTILINE)
    return {name: tuple(re.findall(r"\w+", uses)) for name, uses in rows}


def files_of(root, layer):
    for folder in (root / "include" / "evenkeel" / layer, root / "src" / layer):
        yield from sorted(path for path in folder.rglob("*") if path.suffix in SOURCE_SUFFIXES)


def included_layers(root, path, names):
    """[(line, layer)] of the layers whose files `path` includes, by public name, by private name or by its place beside it."""
    text, found = path.read_text(), []
    for match in INCLUDE.finditer(text):
        kind, target = match.groups()
        parts = pathlib.PurePosixPath(target).parts
        line = text.count("\n", 0, match.start(2)) + 1
        if parts[0] == "evenkeel" and len(parts) > 2:
            found.append((line, parts[1]))
        elif ".." in parts:
            place = (path.parent / target).resolve()
            found.append((line, place.relative_to(root / "src").parts[0] if place.is_relative_to(root / "src") else target))
        elif kind == '"' and parts[0] in names and (root / "src" / target).is_file():
            found.append((line, parts[0]))
    return found
