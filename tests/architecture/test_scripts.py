# SPDX-License-Identifier: Apache-2.0
"""The scripts behind the Makefile: totals are right, nothing that failed passes, and nothing is installed twice."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def run_tests(root):
    spec = importlib.util.spec_from_file_location("run_tests", root / "scripts" / "run_tests.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CTEST = """<testsuite>
<testcase name="good" status="run"><system-out>fine</system-out></testcase>
<testcase name="bad" status="fail"><failure message=""/><system-out>expected 1, got 2</system-out></testcase>
<testcase name="left out" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
<system-out>a_test.cpp:7: Skipped
no such processor here
</system-out></testcase>
<testcase name="never built" status="notrun"><skipped message="Unable to find executable: x_test"/></testcase>
<testcase name="switched off" status="disabled"><skipped message="Disabled"/></testcase>
</testsuite>"""


def test_ctest_is_counted(run_tests, tmp_path):
    (tmp_path / "report.xml").write_text(CTEST)
    suite = run_tests.Suite("ctest")
    run_tests.read_ctest(suite, tmp_path / "report.xml")
    assert suite.passed == 1
    assert [name for name, _ in suite.failed] == ["bad", "never built", "switched off"]
    assert "expected 1, got 2" in suite.failed[0][1]
    assert suite.skipped == [("left out", "no such processor here")]


def test_pytest_is_counted(run_tests, tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 1 == 2\n"
        "def test_left_out(): pytest.skip('no browser')\n"
        "@pytest.fixture\n"
        "def broken(): raise OSError('gone')\n"
        "def test_error(broken): pass\n")
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={tmp_path / 'r.xml'}", tmp_path],
                   cwd=tmp_path, capture_output=True)
    suite = run_tests.Suite("pytest")
    run_tests.read_pytest(suite, tmp_path / "r.xml")
    assert suite.passed == 1
    assert [name.split("::")[-1] for name, _ in suite.failed] == ["test_bad", "test_error"]
    assert suite.skipped == [("test_it::test_left_out", "no browser")]


@pytest.mark.parametrize("report,code,said", [
    (None, 0, "left no readable report"),
    ("<testsuite/>", 0, "ran no test"),
    ('<testsuite><testcase name="a" status="run"/></testsuite>', 3, "ended with status 3"),
    ("<testsuite>", 0, "left no readable report")])
def test_a_suite_that_broke_off_is_a_failure(run_tests, tmp_path, report, code, said):
    written = f"open(sys.argv[1], 'w').write({report!r})" if report else "pass"
    program = f"import sys; {written}; sys.exit({code})"
    suite = run_tests.run("odd", lambda path: [sys.executable, "-c", program, str(path)], run_tests.read_ctest, tmp_path, dict(os.environ))
    assert [said in name for name, _ in suite.failed] == [True]


def fake(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path):
    """A machine on which only `installed` are installed; apt-get notes its arguments. `uid` says who we are."""
    for tool in ("bash", "grep", "sed", "cat", "dirname", "env"):
        (tmp_path / tool).symlink_to(pathlib.Path("/usr/bin") / tool)

    def make(root, installed, uid):
        fake(tmp_path, "dpkg-query", "for p in " + " ".join(installed or ["none"]) + '; do echo "installed $p"; done')
        fake(tmp_path, "apt-get", f'echo "$@" >> {tmp_path}/apt.log')
        fake(tmp_path, "id", f"echo {uid}")
        done = subprocess.run([root / "scripts/install_packages.sh", "bench"], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
        log = tmp_path / "apt.log"
        return done, log.read_text() if log.exists() else ""

    return make


def test_nothing_is_installed_twice(root, machine):
    done, apt = machine(root, ["libbenchmark-dev"], 0)
    assert (done.returncode, done.stdout, apt) == (0, "", "")


def test_what_is_missing_is_installed_by_name(root, machine):
    done, apt = machine(root, [], 0)
    assert done.returncode == 0 and "libbenchmark-dev" in done.stdout
    assert "install -y" in apt and apt.rstrip().endswith("libbenchmark-dev")


def test_without_rights_it_says_what_to_ask_for(root, machine):
    done, apt = machine(root, [], 1000)
    assert done.returncode == 1 and apt == ""
    assert "apt-get install libbenchmark-dev" in done.stderr


def test_an_environment_is_made_once(root, tmp_path):
    """A second call with the same list does not even look for Python; another list or place does."""
    (tmp_path / "list.txt").write_text("six==1.16.0\n")
    key = subprocess.run(["sha256sum"], stdin=open(tmp_path / "list.txt"), capture_output=True, text=True).stdout.split()[0]
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    fake(tmp_path / "venv" / "bin", "python", "exit 9")
    (tmp_path / "venv" / ".requirements.sha256").write_text(f"{key} {tmp_path}/venv\n")

    def make():
        command = [root / "scripts/make_venv.sh", tmp_path / "venv", tmp_path / "list.txt"]
        return subprocess.run(command, env={**os.environ, "PYTHON": "no-python"}, capture_output=True, text=True)

    assert make().returncode == 0
    (tmp_path / "list.txt").write_text("six==1.17.0\n")
    again = make()
    assert again.returncode == 1 and "No Python found" in again.stderr


def test_no_preset_builds_inside_another(root):
    """The release build makes build/<folder> for every source folder: a preset of that name would overwrite its files."""
    presets = json.loads((root / "CMakePresets.json").read_text())["configurePresets"]
    folders = {p["name"]: p.get("binaryDir", "${sourceDir}/build/" + p["name"]) for p in presets if not p.get("hidden")}
    assert folders.pop("release") == "${sourceDir}/build"
    names = {name: folder.removeprefix("${sourceDir}/build/") for name, folder in folders.items()}
    assert len(set(names.values())) == len(names)
    taken = {path.name for path in root.iterdir() if path.is_dir()}
    assert not taken & set(names.values()), names


def torch_looked_for(root, folder, pip):
    """install_torch.sh in an environment without PyTorch, whose pip is the shell command `pip`."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    fake(folder / "bin", "python", f'[ "$1" = -c ] && exit 1\n{pip}')
    done = subprocess.run([root / "scripts/install_torch.sh", folder], capture_output=True, text=True)
    return done, (folder / ".torch.sha256").exists()


def test_without_a_pytorch_for_cpus_its_tests_are_skipped(root, tmp_path):
    done, remembered = torch_looked_for(root, tmp_path, "echo 'ERROR: No matching distribution found for torch==2.13.0+cpu'; exit 1")
    assert done.returncode == 0 and remembered and "will be skipped" in done.stdout
    again, _ = torch_looked_for(root, tmp_path, "exit 9")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_pytorch_that_cannot_be_installed_is_an_error(root, tmp_path):
    done, remembered = torch_looked_for(root, tmp_path, "echo 'ERROR: No space left on device'; exit 1")
    assert done.returncode == 1 and not remembered and "No space left" in done.stderr
    done, remembered = torch_looked_for(root, tmp_path, "echo installed; exit 0")
    assert done.returncode == 0 and remembered
