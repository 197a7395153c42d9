# SPDX-License-Identifier: Apache-2.0
"""The line that shows progress: on a terminal only, for long writings only, and gone at the end."""

import os
import pty
import re

import pytest

# Orthogonal matrices on one thread: long enough to be shown, on any machine.
LONG = ["init", "mlp:784,2048x6,10:relu", "-o", "out.onnx", "--force", "--set", "*weight=orthogonal"]
ERASE = "\r\x1b[K"


@pytest.fixture
def on_terminal(build, tmp_path):
    """on_terminal(*arguments, **environment): what a terminal gets to see of a run that ends well."""

    def run(*arguments, **environment):
        program = str(build / "evenkeel")
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(tmp_path)
            os.execve(program, [program, *arguments], {**os.environ, "EVENKEEL_THREADS": "1", "TERM": "xterm", **environment})
        seen = b""
        while True:
            try:
                part = os.read(terminal, 1 << 16)
            except OSError:  # the child has closed its side
                break
            if not part:
                break
            seen += part
        os.close(terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, seen
        return seen.decode()

    return run


def lines_of(seen):
    """The states of the line; the last is what stands there afterwards."""
    return seen.split(ERASE)[1:]


def test_rate_and_time_left_are_shown_and_erased(on_terminal):
    *bars, after = lines_of(on_terminal(*LONG))
    assert bars, "a writing that takes seconds shows nothing"
    for bar in bars:
        assert re.fullmatch(r" *\d+ % \[#*\.*\] [\d.]+ \w+ of [\d.]+ MB, [\d.]+ \w+/s, (\d+ s left|waiting for the disk)", bar), bar
    percent = [int(bar.split("%")[0]) for bar in bars]
    assert percent == sorted(percent)
    assert "%" not in after.splitlines()[0]


def test_it_fits_a_narrow_terminal(on_terminal):
    *bars, _ = lines_of(on_terminal(*LONG, COLUMNS="44"))
    assert bars and all(len(bar) < 44 for bar in bars)


def test_no_colour_is_used(on_terminal):
    assert "\x1b[" not in on_terminal(*LONG, NO_COLOR="1").replace(ERASE, "")


@pytest.mark.parametrize("quiet", [("--quiet",), ()])
def test_quiet_and_dumb_terminals_show_none(on_terminal, quiet):
    assert ERASE not in on_terminal(*LONG, *quiet, TERM="xterm" if quiet else "dumb")


def test_a_short_writing_shows_none(on_terminal):
    assert ERASE not in on_terminal("init", "mlp:8,8,2:relu", "-o", "out.onnx")


def test_a_pipe_gets_none(evenkeel, tmp_path):
    assert evenkeel(*LONG, cwd=tmp_path, env={"EVENKEEL_THREADS": "1"}).stderr == ""
