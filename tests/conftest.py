# SPDX-License-Identifier: Apache-2.0
"""Fixtures of all Python tests: where the project and its build stand, and how to run the command."""

import os
import pathlib
import subprocess

import hypothesis
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent

# The same examples in every run: a test that fails on one machine fails on all.
hypothesis.settings.register_profile("evenkeel", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("evenkeel")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def build():
    """The build folder under test: EVENKEEL_BUILD, else build/."""
    folder = pathlib.Path(os.environ.get("EVENKEEL_BUILD", ROOT / "build"))
    assert (folder / "CMakeCache.txt").is_file(), f"{folder} is no build folder: run `make test`, or set EVENKEEL_BUILD"
    return folder


@pytest.fixture(scope="session")
def evenkeel(build):
    """evenkeel("plan", file, code=0): runs the built command, holds its exit code against `code`, returns what it printed."""
    program = build / "evenkeel"
    assert program.is_file(), f"{program} is missing: run `make build`"

    def run(*arguments, code=0, cwd=None, env=None, timeout=120, **more):
        done = subprocess.run([str(program), *map(str, arguments)], cwd=cwd, env={**os.environ, "NO_COLOR": "1", **(env or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, **more)
        said = f"evenkeel {' '.join(map(str, arguments))}\nexit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        assert done.returncode == code, said
        return done

    return run
