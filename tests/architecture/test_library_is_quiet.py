# SPDX-License-Identifier: Apache-2.0
"""The library never prints, exits, aborts, asks a clock or an entropy source, and reads the environment in two known places only."""

import re
import subprocess

import pytest

from architecture.layers import SOURCE_SUFFIXES, declared_layers

FORBIDDEN = re.compile(
    r"\bstd::(cout|cerr|clog|cin|exit|abort|quick_exit|terminate|random_device|mt19937\w*|system)\b"
    r"|(?<![\w:.>])(printf|fprintf|puts|fputs|putchar|exit|_exit|abort|system|srand|rand|time)\s*\("
    r"|\bfmt::print\b|<iostream>|<chrono>|<random>")
ENVIRONMENT = re.compile(r"\b(getenv|secure_getenv)\b")
# The two variables that choose speed and never values: EVENKEEL_THREADS and EVENKEEL_BACKEND.
ENVIRONMENT_READERS = {"base", "fill", "linalg"}
# std::terminate is not among them: the compiler calls it in noexcept functions.
SYMBOLS = {"printf", "__printf_chk", "fprintf", "__fprintf_chk", "puts", "putchar", "fputs", "exit", "_exit", "abort", "system", "rand",
           "srand", "time", "_ZSt4cout", "_ZSt4cerr", "_ZSt4clog", "_ZNSt8ios_base4InitC1Ev", "getenv", "secure_getenv"}


def code_of(text):
    """Without comments and without what stands in quotes."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)


def test_no_source_prints_or_exits(root):
    wrong = []
    for folder in (root / "src", root / "include"):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in SOURCE_SUFFIXES):
            for number, line in enumerate(code_of(path.read_text()).splitlines(), 1):
                if found := FORBIDDEN.search(line):
                    wrong.append(f"{path.relative_to(root)}:{number} {found.group()}")
                if ENVIRONMENT.search(line) and path.relative_to(folder).parts[0] not in ENVIRONMENT_READERS:
                    wrong.append(f"{path.relative_to(root)}:{number} reads the environment")
    assert not wrong, "\n".join(wrong)


def test_only_the_two_known_variables_are_read(root):
    read = set()
    for path in (root / "src").rglob("*.cpp"):
        read |= set(re.findall(r'getenv\(\s*"(\w+)"', path.read_text()))
    assert read <= {"EVENKEEL_THREADS", "EVENKEEL_BACKEND"}


def undefined_symbols(library):
    done = subprocess.run(["nm", "--undefined-only", "--no-demangle", str(library)], capture_output=True, text=True, check=True)
    return {line.split()[-1].split("@")[0] for line in done.stdout.splitlines() if line.startswith(" ")}


@pytest.mark.parametrize("name", ["base", "rng", "fill", "linalg", "theory", "schemes", "graph", "io", "plan", "apply", "report"])
def test_no_library_links_to_output_or_exit(build, name):
    library = build / "src" / name / f"libevenkeel_{name}.a"
    if "EVENKEEL_SANITIZE:STRING=\n" not in (build / "CMakeCache.txt").read_text():
        pytest.skip("a sanitized build links to more than the library asks for")
    allowed = {"getenv", "secure_getenv"} if name in ENVIRONMENT_READERS else set()
    assert undefined_symbols(library) & (SYMBOLS - allowed) == set()


def test_every_layer_is_among_the_libraries_looked_at(root):
    marks = [mark for mark in test_no_library_links_to_output_or_exit.pytestmark if mark.name == "parametrize"]
    assert sorted(marks[0].args[1]) == sorted(declared_layers(root))


@pytest.mark.parametrize("line", ["std::cout << 1;", 'printf("x");', "exit(1);", "#include <iostream>", 'fmt::print("x");', "srand(1);"])
def test_the_scan_sees(line):
    assert FORBIDDEN.search(code_of(line))
