# SPDX-License-Identifier: Apache-2.0
"""Arguments and values of the Python package: schemes, views, backends, messages, types."""

import ast
import os
import subprocess
import sys

import numpy
import pytest

EXACT = {"seed": 1, "name": "w"}


def zeros(*shape):
    return numpy.zeros(shape, "f4")


WRONG = [
    ((zeros(4, 4), "he_normall"), EXACT, "did you mean he_normal"),
    ((zeros(4, 4), "normal"), EXACT, "normal\\(std=...\\)"),
    ((zeros(4, 4), "normal(std=-1)"), EXACT, "std >= 0"),
    ((zeros(4, 4), "normal(std=1)"), {"seed": 1}, "name=..."),
    ((zeros(4, 4), "normal(std=1)"), {"name": "w"}, "seed=..."),
    ((zeros(4, 4), "normal(std=1)"), {"name": "w", "seed": -1}, "seed from 0 to 2\\^64 - 1, got -1"),
    ((zeros(4, 4), "normal(std=1)"), {"name": "w", "seed": 2**64}, "seed from 0"),
    ((zeros(4, 4), "he_normal"), EXACT, 'never guessed from the shape: expected layout="OI"'),
    ((zeros(4, 4), "he_normal"), {"layout": "OIH", **EXACT}, "one letter per axis"),
    ((zeros(4, 4), "he_normal"), {"layout": "OX", **EXACT}, "got 'X'"),
    ((zeros(4, 4), "he_normal"), {"layout": "OI", "role": "densse", **EXACT}, "got 'densse'"),
    ((zeros(4, 4), "he_normal"), {"fans": (0, 4), **EXACT}, "above 0"),
    ((zeros(4, 4), "he_normal"), {"layout": "OI", "sections": [("q", 4)], **EXACT}, "section_axis"),
    ((zeros(4, 4), "he_normal"), {"layout": "OI", "sections": [("q", 3)], "section_axis": 0, **EXACT}, "cover the axis of size 4"),
    ((zeros(4), "orthogonal"), {"layout": "O", **EXACT}, "expected a matrix"),
    ((zeros(4, 4), "keep"), EXACT, "a scheme that generates values"),
    ((zeros(4, 4), "normal(std=1)"), {"threads": -1, **EXACT}, "threads >= 0"),
    ((zeros(4, 4), "normal(std=1)"), {"backend": "quick", **EXACT}, "a backend that runs here \\(.*portable"),
    ((zeros(4, 4), "orthogonal"), {"backend": "portable", "layout": "OI", **EXACT}, "EVENKEEL_BACKEND"),
]


@pytest.mark.parametrize("arguments,more,message", WRONG, ids=[case[2] for case in WRONG])
def test_messages_are_those_of_the_library(ek, arguments, more, message):
    with pytest.raises(ValueError, match=message) as raised:
        ek.fill(*arguments, **more)
    assert isinstance(raised.value, ek.ArgumentError) and isinstance(raised.value, ek.Error)
    assert str(type(raised.value)) == "<class 'evenkeel.ArgumentError'>"
    assert not arguments[0].any()


@pytest.mark.parametrize("more", [{"seed": 1.5}, {"seed": "1"}, {"name": 3}, {"view": (3, 3)}, {"threads": "2"}, {"colour": 1},
                                  {"fans": 3}, {"sections": [1]}], ids=str)
def test_arguments_of_another_type_are_type_errors(ek, more):
    with pytest.raises(TypeError):
        ek.fill(zeros(3, 3), "normal(std=1)", **{**EXACT, **more})


def test_views_that_leave_their_tensor_are_refused(ek):
    for view in (ek.View((4, 4), offset=1), ek.View((3, 4)), ek.View((4, 4), strides=(4, 2)), ek.View((4, 4), offset=-1)):
        with pytest.raises(ValueError, match="inside its"):
            ek.fill(zeros(4, 4), "normal(std=1)", view=view, **EXACT)
    with pytest.raises(ValueError, match="one stride per"):
        ek.fill(zeros(16), "normal(std=1)", view=ek.View((4, 4)), **EXACT)
    with pytest.raises(ValueError):
        ek.View((4, -1))
    view = ek.View([6, 4], 8)
    assert (view.global_shape, view.offset, view.strides) == ((6, 4), 8, (4, 1))
    assert view == ek.View((6, 4), 8, (4, 1)) and view != ek.View((6, 4)) and view != 3
    assert repr(view) == "View((6, 4), offset=8, strides=(4, 1))"


def test_seeds_are_any_integers(ek):
    expected = ek.fill(zeros(9), "normal(std=1)", seed=7, name="w")
    assert numpy.array_equal(ek.fill(zeros(9), "normal(std=1)", seed=numpy.uint8(7), name="w"), expected)
    assert not numpy.array_equal(ek.fill(zeros(9), "normal(std=1)", seed=8, name="w"), expected)
    assert not numpy.array_equal(ek.fill(zeros(9), "normal(std=1)", seed=7, name="v"), expected)
    assert numpy.array_equal(ek.fill(zeros(9), "normal(std=1)", seed=7, name="module.w"), expected)  # canonical names


REQUIRED = {"constant": {"value": 2}, "uniform": {"low": -1, "high": 1}, "log_uniform": {"low": 1, "high": 2}, "normal": {"std": 1},
            "truncated_normal": {"std": 1}, "sparse": {"sparsity": 0.5}, "residual_scaled_normal": {"branches": 4},
            "depth_index_normal": {"index": 2}, "small_init": {"width": 64}, "wang_init": {"width": 64, "layers": 3}}


def test_exactly_the_schemes_that_draw_numbers_ask_which(ek):
    for row in ek.schemes():
        if row.name in ("keep", "lstm_forget_bias"):
            continue
        missing = {parameter.name: "1" for parameter in row.parameters if parameter.default == ""}
        scheme = ek.Scheme(row.name, **REQUIRED.get(row.name, missing))
        conv = row.name in ("dirac", "delta_orthogonal")
        shape, layout = ((8, 8, 3), "OIW") if conv else ((8, 8), "OI")
        one, two = (ek.fill(zeros(*shape), scheme, seed=seed, name="w", layout=layout) for seed in (1, 2))
        if numpy.array_equal(one, two):
            assert numpy.array_equal(ek.fill(zeros(*shape) + 1, scheme, layout=layout), one), row.name
        else:
            with pytest.raises(ValueError, match="draws numbers"):
                ek.fill(zeros(*shape), scheme, layout=layout)


def test_schemes_are_values(ek):
    scheme = ek.Scheme("kaiming_normal", mode="fan_out", truncated=True)
    assert str(scheme) == "he_normal(mode=fan_out, truncated=true)"
    assert repr(scheme) == "Scheme('he_normal(mode=fan_out, truncated=true)')"
    assert scheme == ek.Scheme(str(scheme)) and hash(scheme) == hash(ek.Scheme(str(scheme)))
    assert scheme != ek.Scheme("he_normal") and scheme != "he_normal" and len({scheme, ek.Scheme(str(scheme))}) == 1
    assert (scheme.name, scheme.arguments) == ("he_normal", {"mode": "fan_out", "truncated": "true"})
    assert ek.Scheme("normal", std=0.1).arguments["std"] == 0.1
    assert ek.Scheme("normal", std=1 / 3).arguments["std"] == 1 / 3
    assert ek.Scheme("normal", std=numpy.float32(0.25)) == ek.Scheme("normal(std=1/4)")
    assert ek.Scheme("normal", std=1, padding_row=None) == ek.Scheme("normal(std=1)")
    assert numpy.array_equal(ek.fill(zeros(4, 4), scheme, layout="OI", **EXACT), ek.fill(zeros(4, 4), str(scheme), layout="OI", **EXACT))
    with pytest.raises(ValueError, match="did you mean std"):
        ek.Scheme("normal", sdt=1)


def test_the_table_is_that_of_the_command(ek, evenkeel):
    rows = {row.name: row for row in ek.schemes()}
    listed = evenkeel("schemes").stdout
    assert len(rows) >= 20 and all(name in listed for name in rows)
    row = rows["he_normal"]
    assert row.needs_fans and "kaiming_normal" in row.aliases and row.source == "He 2015" and row.formula.startswith("Var = 2/")
    assert [(p.name, p.default) for p in row.parameters] == [("negative_slope", "0"), ("mode", "fan_in"), ("truncated", "false")]
    assert "fan_out" in row.parameters[1].values and row.parameters[1].help and row.when


def test_backends(ek):
    found = ek.backends()
    assert found[-1].name == "portable" and found[-1].supported and found[-1].description
    assert ek.active_backend() in [backend.name for backend in found if backend.supported]


@pytest.mark.parametrize("forced", ["portable", "nonesuch"])
def test_a_backend_can_be_forced(ek, build, forced):
    environment = {**os.environ, "PYTHONPATH": str(build / "python"), "EVENKEEL_BACKEND": forced}
    done = subprocess.run([sys.executable, "-c", "import evenkeel; print(evenkeel.active_backend())"], env=environment,
                          capture_output=True, text=True)
    assert done.stdout.strip() == forced if forced == "portable" else "a backend that runs here" in done.stderr


def test_importing_it_imports_nothing_else(ek, build):
    program = "import sys, evenkeel; print(sorted({'numpy', 'torch', 'ml_dtypes'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(build / "python")},
                          capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_that_of_the_command(ek, evenkeel):
    assert ek.__version__ in evenkeel("--version").stdout


def test_the_package_is_typed(ek, build):
    folder = build / "python" / "evenkeel"
    assert (folder / "py.typed").is_file()
    tree = ast.parse((folder / "_core.pyi").read_text())
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert set(ek.__all__) - {"__version__"} <= defined
    assert "version" in {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    fill = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "fill")
    assert [argument.arg for argument in fill.args.kwonlyargs] == [
        "seed", "name", "role", "layout", "groups", "stride", "sections", "section_axis", "fans", "view", "threads", "backend"]
    assert set(ek.__all__) == {name for name in dir(ek) if not name.startswith("_")} | {"__version__"}
