# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the command line tests: model files, and the command itself."""

import json
import os
import pathlib

import onnx
import pytest
from models import builders


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    """One file per builder, made once."""
    folder = tmp_path_factory.mktemp("models")
    for name, build in builders.ALL.items():
        onnx.save(build()[0], folder / f"{name}.onnx")
    builders.save_external(builders.mlp()[0], folder / "external.onnx")
    onnx.save(builders.mystery()[0], folder / "mystery.onnx")
    return folder


@pytest.fixture(scope="session")
def build():
    """EVENKEEL_COMMAND names another binary than the build's."""
    command = os.environ.get("EVENKEEL_COMMAND")
    root = pathlib.Path(__file__).resolve().parents[2]
    return pathlib.Path(command).parent if command else pathlib.Path(os.environ.get("EVENKEEL_BUILD", root / "build"))


@pytest.fixture
def planned(evenkeel):
    """planned(file, *options) -> {name: entry} of plan --json, buffers too."""

    def run(*arguments):
        plan = json.loads(evenkeel("plan", *arguments, "--json").stdout)
        return {p["name"]: p for p in plan["parameters"] + plan["buffers"]}

    return run
