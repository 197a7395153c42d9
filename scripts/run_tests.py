# SPDX-License-Identifier: Apache-2.0
"""Runs every suite (ctest, pytest) of the built tree and ends with one line: N passed, N failed, N skipped.

Both suites write JUnit files; they are merged here, since neither runner knows of the other. Exit 1 on a failure, on a suite that
broke off, and where nothing ran: a test that did not run is no pass.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAIL = 60  # lines of a failed test's output that are shown


class Suite:
    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, [], []

    def count(self):
        return self.passed + len(self.failed) + len(self.skipped)


def text_of(case, tag):
    element = case.find(tag)
    return "" if element is None else (element.get("message") or "") + "\n" + (element.text or "")


def skip_reason_of_ctest(case):
    """What the test itself said; googletest prints it under the file and line of the GTEST_SKIP."""
    lines = [line.strip() for line in text_of(case, "system-out").splitlines() if line.strip()]
    for i, line in enumerate(lines):
        if line.endswith(": Skipped") and i + 1 < len(lines):
            return lines[i + 1]
    return "the test gave no reason"


def read_ctest(suite, report):
    for case in xml.parse(report).getroot().iter("testcase"):
        name, status = case.get("name"), case.get("status")
        if status == "run" and case.find("failure") is None:
            suite.passed += 1
        elif status in ("notrun", "disabled") and text_of(case, "skipped").strip().startswith("SKIP_"):
            suite.skipped.append((name, skip_reason_of_ctest(case)))
        else:  # a test whose program is missing or disabled counts as failed: nobody asked for it to be left out
            suite.failed.append((name, text_of(case, "failure") + text_of(case, "skipped") + text_of(case, "system-out")))


def read_pytest(suite, report):
    for case in xml.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        broken = [element for element in case if element.tag in ("failure", "error")]
        if broken:
            suite.failed.append((name, "\n".join(element.text or element.get("message") or "" for element in broken)))
        elif case.find("skipped") is not None:
            suite.skipped.append((name, case.find("skipped").get("message") or "the test gave no reason"))
        else:
            suite.passed += 1


def run(name, command, read, folder, env):
    suite = Suite(name)
    report, log = folder / f"{name}.xml", folder / f"{name}.log"
    report.unlink(missing_ok=True)
    print(f"{name}: running, output in {log.relative_to(ROOT) if log.is_relative_to(ROOT) else log}", flush=True)
    start = time.monotonic()
    with open(log, "w") as out:
        code = subprocess.run(command(report), cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT).returncode
    try:
        read(suite, report)
    except (OSError, xml.ParseError) as error:
        suite.failed.append((f"{name} left no readable report", f"exit status {code}: {error}\n{log.read_text(errors='replace')}"))
    if code != 0 and not suite.failed:
        suite.failed.append((f"{name} ended with status {code}", log.read_text(errors="replace")))
    if suite.count() == 0:
        suite.failed.append((f"{name} ran no test", log.read_text(errors="replace")))
    seconds = time.monotonic() - start
    print(f"{name}: {suite.passed} passed, {len(suite.failed)} failed, {len(suite.skipped)} skipped in {seconds:.0f} s", flush=True)
    return suite


def report_on(suites):
    for suite in suites:
        for name, output in suite.failed:
            lines = [line for line in output.splitlines() if line.strip()]
            print(f"\nFAILED {suite.name}: {name}")
            print("\n".join("    " + line for line in lines[-TAIL:]))
    reasons = {}
    for suite in suites:
        for name, reason in suite.skipped:
            reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"skipped {names[0]}{more}: {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="build folder (default: build)")
    parser.add_argument("--slow", action="store_true", help="run the tests labelled slow, and only those")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    folder = build / "test-reports"
    folder.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ, EVENKEEL_BUILD=str(build))
    jobs = str(len(os.sched_getaffinity(0)))

    def ctest(report):
        chosen = "-L" if arguments.slow else "-LE"
        return ["ctest", "--test-dir", str(build), "--output-junit", str(report), "-j", jobs, chosen, "^slow$"]

    def pytest(report):
        chosen = "slow" if arguments.slow else "not slow"
        return [sys.executable, "-m", "pytest", "tests", "-m", chosen, f"--junitxml={report}", "-p", "no:cacheprovider"]

    suites = [run("ctest", ctest, read_ctest, folder, env), run("pytest", pytest, read_pytest, folder, env)]
    report_on(suites)
    passed, failed, skipped = (sum(values) for values in zip(*((s.passed, len(s.failed), len(s.skipped)) for s in suites)))
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
