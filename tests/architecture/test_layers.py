# SPDX-License-Identifier: Apache-2.0
"""The layer table is the build: each #include is declared, each declaration used, and docs/architecture.md shows the same table."""

import pytest

from architecture.layers import INCLUDE, build_order, declared_layers, files_of, included_layers, table_of


@pytest.fixture(scope="module")
def layers(root):
    found = declared_layers(root)
    assert len(found) > 5, f"only {sorted(found)} were read from src/*/CMakeLists.txt"
    return found


def test_every_include_is_a_declared_use(root, layers):
    wrong = []
    for layer in layers.values():
        for path in files_of(root, layer.name):
            for line, used in included_layers(root, path, layers):
                if used != layer.name and used not in layer.uses:
                    wrong.append(f"{path.relative_to(root)}:{line} includes {used}; {layer.name} declares {layer.uses}")
    assert not wrong, "\n".join(wrong)


def test_every_declared_use_is_used(root, layers):
    idle = []
    for layer in layers.values():
        used = {name for path in files_of(root, layer.name) for _, name in included_layers(root, path, layers)}
        idle += [f"src/{layer.name}/CMakeLists.txt declares {name}, which no file includes" for name in layer.uses if name not in used]
    assert not idle, "\n".join(idle)


def test_a_layer_uses_only_layers_further_down(root, layers):
    order = build_order(root)
    assert sorted(order) == sorted(layers), "CMakeLists.txt adds other layers than src/ declares"
    wrong = [f"{layer.name} uses {used}, which stands above it" for layer in layers.values() for used in layer.uses
             if used not in order or order.index(used) >= order.index(layer.name)]
    assert not wrong, "\n".join(wrong)


def test_the_page_shows_the_table_of_the_build(root, layers):
    page = table_of(root / "docs" / "architecture.md")
    assert {name: sorted(uses) for name, uses in page.items()} == {layer.name: sorted(layer.uses) for layer in layers.values()}


def test_every_file_is_built(root, layers):
    missing = []
    for layer in layers.values():
        words = set((root / "src" / layer.name / "CMakeLists.txt").read_text().replace(")", " ").split())
        for path in files_of(root, layer.name):
            public = path.is_relative_to(root / "include")
            name = path.relative_to(root / ("include/evenkeel" if public else f"src/{layer.name}")).as_posix()
            if (public or path.suffix == ".cpp") and name not in words:
                missing.append(f"{path.relative_to(root)} is not in src/{layer.name}/CMakeLists.txt")
    assert not missing, "\n".join(missing)


def test_the_binding_uses_public_headers_only(root):
    """The Python package is one more consumer of the library, and each of its files is built."""
    built, wrong = (root / "python" / "CMakeLists.txt").read_text().replace(")", " ").split(), []
    for path in sorted((root / "python" / "src").iterdir()):
        for kind, target in INCLUDE.findall(path.read_text()):
            if kind == '"' and not (target.startswith("evenkeel/") or (path.parent / target).is_file()):
                wrong.append(f"{path.relative_to(root)} includes {target}")
        if path.suffix == ".cpp" and f"src/{path.name}" not in built:
            wrong.append(f"{path.relative_to(root)} is not in python/CMakeLists.txt")
    assert not wrong, "\n".join(wrong)


def test_unit_tests_mirror_the_layers(root, layers):
    folders = {path.name for path in (root / "tests" / "unit").iterdir() if path.is_dir()}
    assert folders <= set(layers), f"tests/unit has folders that are no layer: {sorted(folders - set(layers))}"
    assert folders == set(layers), f"layers without a folder in tests/unit: {sorted(set(layers) - folders)}"


def test_the_reader_sees_an_include_that_is_not_declared(tmp_path):
    """The check itself can fail."""
    for layer, uses in (("base", ""), ("rng", ""), ("fill", "USES rng")):
        (tmp_path / "src" / layer).mkdir(parents=True)
        (tmp_path / "src" / layer / "CMakeLists.txt").write_text(f"evenkeel_layer({layer} SOURCES a.cpp {uses})\n")
        (tmp_path / "src" / layer / "private.hpp").write_text("")
    source = tmp_path / "src" / "fill" / "a.cpp"
    included = ['"evenkeel/rng/stream.hpp"', '"base/private.hpp"', '"../base/private.hpp"', "<vector>"]
    source.write_text("".join(f"#include {name}\n" for name in included))
    names = declared_layers(tmp_path)
    assert names["fill"].uses == ("rng",)
    assert included_layers(tmp_path, source, names) == [(1, "rng"), (2, "base"), (3, "base")]
