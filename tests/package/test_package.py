# SPDX-License-Identifier: Apache-2.0
"""The installed tree serves another project: find_package with components, and numbers that the consumer's own flags cannot change."""

import subprocess

import pytest


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def build_against(prefix, source, folder, *options):
    run("cmake", "-S", source, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", *options)
    run("cmake", "--build", folder)
    return folder


@pytest.fixture(scope="module")
def prefix(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", build, "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def bits(root, prefix, tmp_path_factory):
    """{flags: what the consumer printed}"""
    printed = {}
    for name, flags in (("plain", "-O0"), ("fast", "-Ofast")):
        folder = build_against(prefix, root / "tests/package/consumer", tmp_path_factory.mktemp(name), f"-DCONSUMER_FLAGS={flags}")
        printed[name] = run(folder / "print_bits")
    return printed


def test_a_consumer_finds_the_components(bits):
    lines = {line.split()[0]: line.split()[1:] for line in bits["plain"].splitlines()}
    assert list(lines) == ["uniform", "normal", "truncated_normal", "he_normal", "glorot_uniform", "orthogonal"]
    for name, values in lines.items():
        assert len(set(values)) > len(values) // 2, f"{name}: {values}"


def test_a_consumer_compiled_with_Ofast_gets_the_same_bits(bits):
    assert bits["fast"] == bits["plain"]


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


def test_an_unknown_component_is_named(prefix, tmp_path):
    lines = ["cmake_minimum_required(VERSION 3.25)", "project(consumer NONE)", "find_package(evenkeel REQUIRED COMPONENTS filling)"]
    (tmp_path / "CMakeLists.txt").write_text("\n".join(lines))
    command = ["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "no component 'filling'" in done.stderr and "fill" in done.stderr, done.stderr


def test_the_installed_command_runs(prefix):
    assert "0.1" in run(prefix / "bin" / "evenkeel", "--version")
