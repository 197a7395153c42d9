# SPDX-License-Identifier: Apache-2.0
"""House rules that hold for every file: length, letters, the licence line, no marks left, a place for everything."""

import pathlib
import re
import subprocess

import pytest

CODE = {".cpp", ".hpp", ".h", ".py", ".sh", ".cmake", ".toml"}
BARE = {"CMakeLists.txt", "Makefile", "run"}
LONGEST = 500
HEADER = 200
WIDEST = 140
# What belongs in a folder is told by its README.md; subfolders are told in the README of the folder that has one.
FOLDERS = ["apps", "bench", "cmake", "examples", "include", "python", "scripts", "src", "tests"]


@pytest.fixture(scope="module")
def files(root):
    """What git would commit: tracked and new files; every file where this is no git checkout (an unpacked archive)."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, capture_output=True)
    if listed.returncode == 0 and listed.stdout:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        left_out = {"build", ".git", ".venv", ".venv-zoo", "__pycache__", ".pytest_cache", ".hypothesis"}
        names = [path.relative_to(root).as_posix() for path in root.rglob("*") if not left_out & set(path.relative_to(root).parts)]
    found = [root / name for name in names if (root / name).is_file()]
    assert len(found) > 50
    return found


@pytest.fixture(scope="module")
def code(files):
    return [path for path in files if path.suffix in CODE or path.name in BARE]


def hold(root, paths, wrong):
    """Fails with every path for which wrong(path, text) says what is wrong."""
    said = [f"{path.relative_to(root)}: {what}" for path in paths if (what := wrong(path, path.read_text()))]
    assert not said, "\n".join(said)


def test_no_file_is_long(root, code):
    def wrong(path, text):
        lines, most = text.count("\n"), HEADER if path.is_relative_to(root / "include") else LONGEST
        return f"{lines} lines, at most {most}" if lines > most else None

    hold(root, code, wrong)


def test_no_line_is_wide(root, code):
    def wrong(_, text):
        wide = [f"line {number} has {len(line)} columns" for number, line in enumerate(text.splitlines(), 1) if len(line) > WIDEST]
        return ", ".join(wide[:3])

    hold(root, code, wrong)


def test_sources_are_ascii(root, code):
    hold(root, code, lambda _, text: None if text.isascii() else "has " + ", ".join(sorted({c for c in text if ord(c) > 127})))


def test_every_source_names_its_licence(root, code):
    def wrong(_, text):
        lines = text.splitlines() or [""]
        line = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        return None if re.fullmatch(r"(//|#) SPDX-License-Identifier: Apache-2.0", line) else f"starts with {line!r}"

    hold(root, code, wrong)


def test_every_source_says_what_it_is_for(root, code):
    def wrong(path, text):
        if path.suffix not in {".cpp", ".hpp", ".py", ".sh", ".cmake"} or path.name == "__init__.py":
            return None
        lines = [line for line in text.splitlines() if not line.startswith("#!")]
        return None if len(lines) > 1 and re.match(r'(//|#|""")\s*\S', lines[1]) else "has no line about what it is for"

    hold(root, code, wrong)


def test_nothing_is_left_undone(root, code):
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"])
    hold(root, code, lambda _, text: (found := re.search(rf"\b({marks})\b.*", text)) and found.group())


def test_no_path_of_one_machine(root, files):
    text_files = [path for path in files if path.suffix in CODE | {".md", ".json", ".txt", ".yml", ".in"} or path.name in BARE]
    places = re.compile(r"(?<![\w.])/" + "(work|root|home" + r")/\w.*")
    hold(root, text_files, lambda _, text: (found := places.search(text)) and found.group())


def test_every_folder_says_what_belongs_there(root, files):
    folders = {parent for path in files for parent in path.relative_to(root).parents if parent.parts and parent.parts[0] in FOLDERS}
    wrong = []
    for folder in sorted(folders):
        if (root / folder / "README.md").is_file():
            continue
        told = [parent for parent in folder.parents if (root / parent / "README.md").is_file() and parent != pathlib.PurePosixPath(".")]
        if not told:
            wrong.append(f"{folder} has no README.md")
            continue
        text, inner = (root / told[0] / "README.md").read_text(), folder.relative_to(told[0])
        if not any(f"`{part.as_posix()}/`" in text for part in (inner, *inner.parents)):
            wrong.append(f"{told[0]}/README.md does not say what belongs in `{inner.as_posix()}/`")
    assert not wrong, "\n".join(wrong)


def test_every_page_is_in_the_index(root):
    index = (root / "docs" / "index.md").read_text()
    pages = [path.relative_to(root / "docs").as_posix() for path in sorted((root / "docs").rglob("*")) if path.is_file()]
    assert [page for page in pages if f"({page})" not in index and page != "index.md"] == []


def test_links_between_pages_lead_somewhere(root, files):
    broken = []
    for page in (path for path in files if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(root)} -> {target}")
    assert not broken, "\n".join(broken)
