# SPDX-License-Identifier: Apache-2.0
"""What README.md and docs/ show is what the commands print; examples shown are the files that are compiled."""

import importlib.util
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXECUTED = [page for page in PAGES if re.search(r"^```(console|python) run$", page.read_text(), re.MULTILINE)]


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(root, build, page):
    command = [sys.executable, root / "scripts/readme_output.py", "--check", "--build", build, page]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_shows_real_output():
    assert ROOT / "README.md" in EXECUTED


def test_a_session_that_shows_something_else_is_seen(root, build, tmp_path):
    """The check itself can fail, and shows errors as the interpreter does."""
    spec = importlib.util.spec_from_file_location("readme_output", root / "scripts" / "readme_output.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    body = ">>> for i in range(2):\n...     print(i)\n7\n>>> 1 + 1\n2\n>>> int('x')\n"
    fresh = module.run_session(body, tmp_path, build)
    assert fresh.startswith(">>> for i in range(2):\n...     print(i)\n0\n1\n>>> 1 + 1\n2\n>>> int('x')\nTraceback")
    assert fresh.endswith("ValueError: invalid literal for int() with base 10: 'x'\n")
    assert module.run_session(fresh, tmp_path, build) == fresh


def test_every_shown_session_is_executed():
    plain = [f"{page.relative_to(ROOT)}: {body.splitlines()[0]}" for page in PAGES
             for info, body in re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
             if body.startswith(">>> ") and info.strip() != "python run"]
    assert not plain, "\n".join(plain)


def test_every_shown_evenkeel_command_is_executed():
    """Blocks with commands of ours are marked `console run`, so that none rots unseen."""
    plain = []
    for page in PAGES:
        for info, body in re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            if info.strip() != "console run" and re.search(r"^\$ (build/)?evenkeel ", body, re.MULTILINE):
                plain.append(f"{page.relative_to(ROOT)}: {body.splitlines()[0]}")
    assert not plain, "\n".join(plain)


@pytest.mark.parametrize("command", ["plan", "init", "schemes"])
def test_every_option_is_described(root, evenkeel, command):
    described = set(re.findall(r"^\| `(--?[a-z-]+)", (root / "docs" / "commands.md").read_text(), re.MULTILINE))
    offered = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", evenkeel(command, "--help").stdout)) - {"--help"}
    assert offered - described == set()


def test_every_described_option_is_offered(root, evenkeel):
    described = set(re.findall(r"^\| `(--[a-z-]+)", (root / "docs" / "commands.md").read_text(), re.MULTILINE))
    offered = set(re.findall(r"--[a-z][a-z-]+", "".join(evenkeel(command, "--help").stdout for command in ("plan", "init", "schemes"))))
    assert described - offered == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shown_programs_are_the_examples(page):
    sources = {path.name: path.read_text() for path in (ROOT / "examples").glob("*.cpp")}
    for body in re.findall(r"^```cpp\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        assert any(body.strip() in source for source in sources.values()), f"no file of examples/ holds:\n{body}"
