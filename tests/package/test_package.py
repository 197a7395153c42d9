# SPDX-License-Identifier: Apache-2.0
"""The installed tree serves another project: find_package with components, and numbers that the consumer's own flags cannot change."""

import importlib.util
import math
import re
import subprocess
import sys

import numpy
import pytest

import stream_v1


def run(*command, timeout=300, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, **more)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def build_against(prefix, source, folder, *options, target="all", timeout=300):
    run("cmake", "-S", source, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", *options)
    run("cmake", "--build", folder, "--target", target, timeout=timeout)
    return folder


@pytest.fixture(scope="module")
def prefix(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", build, "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def printed(root, prefix, tmp_path_factory):
    """{flags: {name: bits that the consumer printed}}"""
    result = {}
    for name, flags in (("plain", "-O0"), ("fast", "-Ofast"), ("fused", "-O3 -march=native -ffp-contract=fast")):
        folder = build_against(prefix, root / "tests/package/consumer", tmp_path_factory.mktemp(name), f"-DCONSUMER_FLAGS={flags}")
        lines = [line.split() for line in run(folder / "print_bits").splitlines()]
        result[name] = {line[0]: line[1:] for line in lines}
    return result


def test_a_consumer_finds_the_components(printed):
    plain = printed["plain"]
    assert list(plain)[:4] == ["subnormals", "uniform", "normal", "truncated_normal"] and "orthogonal" in plain
    for name, values in plain.items():
        assert name.startswith("subnormal") or len(set(values)) > len(values) // 2, f"{name}: {values}"


def test_the_consumer_prints_subnormal_values(printed):
    """Else the next test would hold whatever the program does to them."""
    for name, exponent in (("subnormal_uniform", 0x7F800000), ("subnormal_normal", 0x7F800000),
                           ("subnormal_truncated_normal", 0x7F800000), ("subnormal_f64", 0x7FF << 52), ("subnormal_f16", 0x7C00),
                           ("subnormal_bf16", 0x7F80), ("subnormal_f8e4m3", 0x78)):
        values = [int(value, 16) for value in printed["plain"][name]]
        sign = 1 << (4 * len(printed["plain"][name][0]) - 1)
        subnormal = [value & exponent == 0 and value & ~sign != 0 for value in values]
        assert sum(subnormal) > len(subnormal) // 4, f"{name}: {printed['plain'][name]}"


@pytest.mark.parametrize("flags", ["fast", "fused"])
def test_a_consumer_with_flags_of_its_own_gets_the_same_bits(printed, flags):
    wrong = [name for name, values in printed["plain"].items() if name != "subnormals" and printed[flags][name] != values]
    assert wrong == [] and list(printed[flags]) == list(printed["plain"])


def test_a_program_linked_with_Ofast_really_flushes_its_own_subnormals(printed):
    assert printed["plain"]["subnormals"] == ["kept"]
    if printed["fast"]["subnormals"] == ["kept"]:
        pytest.skip("this compiler's -Ofast leaves subnormal numbers alone")


@pytest.mark.parametrize("flags", ["-Ofast", "-ffast-math", "-ffinite-math-only"])
def test_the_library_itself_is_not_built_with_fast_math(root, build, flags):
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", (build / "CMakeCache.txt").read_text(), re.MULTILINE).group(1)
    command = [compiler, "-std=c++20", "-fsyntax-only", f"-I{root}/include", f"-I{root}/src", root / "src/base/floating_environment.cpp"]
    assert subprocess.run(command, capture_output=True).returncode == 0
    done = subprocess.run([*command, flags], capture_output=True, text=True)
    assert done.returncode != 0 and "without -Ofast and -ffast-math" in done.stderr


def test_the_examples_build_and_run(root, prefix, tmp_path):
    folder = build_against(prefix, root / "examples", tmp_path / "examples")
    for line in run(folder / "fill_tensor").splitlines():
        whole, piece = line.split()
        assert whole == piece
    layer = run(folder / "initialise_layer")
    assert layer.startswith("fan_in 288, fan_out 576, he_normal(mode=fan_out): std 0.058926"), layer
    out = tmp_path / "out.onnx"
    assert "tensors written" in run(folder / "initialise_model", "mlp:8,16x2,4:relu", out)
    assert out.stat().st_size > 4 * (8 * 16 + 16 * 16 + 16 * 4)


def test_a_libtorch_module_is_initialised(root, prefix, tmp_path):
    """The LibTorch of the PyTorch that runs the tests; its numbers are those of the stream, seen from here through another program."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("no LibTorch: PyTorch is not installed; scripts/install_torch.sh tells how it may be had")
    program = "import torch; print(torch.utils.cmake_prefix_path)"
    torch = run(sys.executable, "-c", program).strip()
    folder = build_against(f"{prefix};{torch}", root / "examples", tmp_path / "examples", "-DCMAKE_BUILD_TYPE=Release",
                           target="initialise_libtorch", timeout=1200)
    lines = [line.split() for line in run(folder / "initialise_libtorch").splitlines()]
    assert [line[0] for line in lines] == ["0.weight", "0.bias", "3.weight", "3.bias", "output"]
    assert lines[-1][1] == "finite"
    for name, first, std in (lines[0], lines[2]):
        z = stream_v1.standard_normal(stream_v1.F32, *(stream_v1.word_of(1, name, i, "float32") for i in (0, 1)), 0)
        wanted = math.sqrt(2 / (27 if name == "0.weight" else 64))
        assert numpy.float32(first) == numpy.float32(z) * numpy.float32(wanted)
        assert abs(float(std) / wanted - 1) < 5 * 0.035  # 432 and 640 numbers: the standard error is at most 3.5 %
    assert all(float(line[1]) == 0 for line in (lines[1], lines[3]))


def test_an_unknown_component_is_named(prefix, tmp_path):
    lines = ["cmake_minimum_required(VERSION 3.25)", "project(consumer NONE)", "find_package(evenkeel REQUIRED COMPONENTS filling)"]
    (tmp_path / "CMakeLists.txt").write_text("\n".join(lines))
    command = ["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "no component 'filling'" in done.stderr and "fill" in done.stderr, done.stderr


def test_the_installed_command_runs(prefix):
    assert "0.1" in run(prefix / "bin" / "evenkeel", "--version")
