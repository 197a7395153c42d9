# SPDX-License-Identifier: Apache-2.0
"""Keeps the pages true: runs the commands and sessions in README.md and docs/ and puts what they print beside them.

A block that opens with ```console run is executed, line by line: `$ ` starts a command, everything else in the block is its output and is
replaced. All blocks of a page share one new folder, in which resnet50.onnx stands (the architecture file of the onnx package). A
command has to end with status 0, or with the one its line names: `$ evenkeel plan x.onnx  # exit 3`. With --check nothing is written:
exit 1 and the difference where a page shows something else than the command prints.

A block that opens with ```python run is a session of its own with the built package: `>>> ` starts a statement, `... ` goes on with it.
"""

import argparse
import difflib
import doctest
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```(console|python) run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WIDTH = 120
# Runs statements as the interactive interpreter does and prints what each printed, as JSON.
SESSION = """
import contextlib, io, json, sys, traceback
names, printed = {"__name__": "__main__"}, []
for statement in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(compile(statement, "<page>", "single"), names)
        except Exception as error:
            print("Traceback (most recent call last):", "  ...", *traceback.format_exception_only(error), sep="\\n", end="")
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def pages():
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def environment(build):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENKEEL_")}
    return {**kept, "PATH": f"{build}:{os.environ['PATH']}", "PYTHONPATH": f"{build}/python", "NO_COLOR": "1", "COLUMNS": str(WIDTH),
            "LC_ALL": "C.UTF-8"}


def without_times(text):
    """Seconds differ from run to run; a page that differs in them only is up to date."""
    return re.sub(r"\bin \d+(\.\d+)? m?s\b", "in a moment", text)


def run_block(body, folder, build):
    """The block with fresh output."""
    fresh = []
    for command in re.findall(r"^\$ (.*)$", body, re.MULTILINE):
        expected = re.search(r"# exit (\d+)\s*$", command)
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment(build), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        if done.returncode != (int(expected.group(1)) if expected else 0):
            raise SystemExit(f"`{command}` ended with status {done.returncode}:\n{done.stdout}")
        fresh.append(f"$ {command}\n" + "".join(line.rstrip() + "\n" for line in done.stdout.splitlines()))
    return "".join(fresh)


def run_session(body, folder, build):
    """The session with fresh output."""
    examples = doctest.DocTestParser().get_examples(body)
    done = subprocess.run([sys.executable, "-c", SESSION], cwd=folder, env=environment(build), capture_output=True, text=True, timeout=120,
                          input=json.dumps([example.source for example in examples]))
    if done.returncode != 0:
        raise SystemExit(f"a session broke off:\n{body}{done.stderr}")
    fresh = []
    for example, printed in zip(examples, json.loads(done.stdout), strict=True):
        first, *more = example.source.splitlines()
        fresh.append("\n".join([f">>> {first}", *(f"... {line}".rstrip() for line in more)]) + "\n" + printed)
    return "".join(fresh)


def renewed(text, build):
    """The page's text with every executed block renewed."""
    if not BLOCK.search(text):
        return text
    import onnx  # only the pages with commands need it

    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx"
        shutil.copy(source, pathlib.Path(folder) / "resnet50.onnx")

        def renew(block):
            kind, body = block.groups()
            fresh = (run_block if kind == "console" else run_session)(body, folder, build)
            return block.group() if without_times(fresh) == without_times(body) else f"```{kind} run\n{fresh}```"

        return BLOCK.sub(renew, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is out of date")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("pages", nargs="*", type=pathlib.Path, help="default: README.md and all of docs/")
    arguments = parser.parse_args()
    stale = 0
    for page in arguments.pages or pages():
        text = page.read_text()
        fresh = renewed(text, arguments.build.resolve())
        if fresh == text:
            continue
        name = page.resolve().relative_to(ROOT).as_posix()
        if arguments.check:
            stale += 1
            before, after = text.splitlines(True), fresh.splitlines(True)
            sys.stdout.writelines(difflib.unified_diff(before, after, f"{name} (shown)", f"{name} (printed now)"))
        else:
            page.write_text(fresh)
            print(f"{name}: renewed")
    if stale:
        print("Out of date: make readme")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
