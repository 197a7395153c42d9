# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance.md and its plot from what fill.py measured.

python bench/peers/page.py docs/performance.json docs/performance.md
"""

import json
import pathlib
import sys

import altair

PEERS = ("PyTorch", "NumPy", "JAX")
QUICK = "\nThis was a quick run: fewer sizes and rounds."
NOTES = """\
A figure is the best of several rounds in which all contenders take turns; memory is warm but in the table of untouched memory. Ratios of
one run mean much, rates of another machine little. JAX has its threads from the start of the process and takes all processors in every row.
Rows of 64 elements show what a call from Python costs, not the numbers.
"""


def rate(case, name):
    seconds = case["seconds"].get(name)
    if seconds is None:
        return "-"
    if case["law"] == "orthogonal":
        return f"{1000 * seconds:.1f}"
    if case["law"].startswith("10000"):
        return f"{1e9 * seconds:.0f}"
    return f"{case['count'] / seconds / 1e6:.0f}"


def times(case, own, name):
    seconds = case["seconds"].get(name)
    return "" if seconds is None else f" (x{seconds / case['seconds'][own]:.1f})"


def table(cases, own, names):
    lines = ["| law, type, count, threads | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for case in cases:
        what = f"{case['law']}, {case['dtype']}, {case['count']:,}, {case['threads']}"
        cells = [rate(case, name) + (times(case, own, name) if name in PEERS else "") for name in names]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(cases, names, path):
    rows = [
        {"law": case["law"], "threads": f"{case['threads']} threads", "who": name, "rate": case["count"] / case["seconds"][name] / 1e6}
        for case in cases
        for name in names
        if name in case["seconds"]
    ]
    base = altair.Chart().encode(
        y=altair.Y("who:N", title=None, sort=list(names)),
        x=altair.X("rate:Q", title="million elements a second (logarithmic)", scale=altair.Scale(type="log")),
        color=altair.Color("who:N", legend=None, sort=list(names)),
    )
    marks = base.mark_point(filled=True, size=70) + base.mark_text(align="left", dx=8).encode(text=altair.Text("rate:Q", format=".0f"))
    chart = altair.layer(marks, data=altair.Data(values=rows)).properties(width=340, height=120)
    chart = chart.facet(row=altair.Row("law:N", title=None, sort=None), column=altair.Column("threads:N", title=None))
    chart.save(str(path))


def main(source, page):
    data = json.loads(pathlib.Path(source).read_text())
    machine, cases = data["machine"], data["cases"]
    own = f"evenkeel {machine['backend']}"
    backends = sorted({name for case in cases for name in case["seconds"] if name.startswith("evenkeel")}, key=lambda name: name != own)
    names = ["memset", *backends, *PEERS]
    picture = pathlib.Path(page).with_suffix(".svg")
    fills = [case for case in cases if case["law"] in ("uniform", "normal", "truncated normal")]
    largest = max(case["count"] for case in fills)
    shown = [case for case in fills if case["dtype"] == "float32" and case["count"] == largest]
    plot(shown, names, picture)
    squares = [case for case in cases if case["law"] == "orthogonal"]
    others = [case for case in cases if case["law"].startswith("first")]
    small = [case for case in cases if case["law"].startswith("10000")]
    text = f"""\
# Performance

Measured by `bench/peers/fill.py` on {machine["processors"]} x {machine["processor"]}:
evenkeel {machine["evenkeel"]} ({machine["backend"]}),
PyTorch {machine["PyTorch"]}, NumPy {machine["NumPy"]}, JAX {machine["JAX"]}. The raw seconds are in
[performance.json](performance.json). (xN): evenkeel is N times as fast.{QUICK if data["quick"] else ""}

{NOTES}
![Million float32 elements a second, {largest:,} at a time, by law and threads]({picture.name})

## Million elements a second

{table(fills, own, names)}

## Orthogonal matrices (count x count), milliseconds

{table(squares, own, [own, "PyTorch", "JAX"])}

## Memory that nothing has touched yet, million elements a second

{table(others, own, ["memset", own, "PyTorch"])}

## 10,000 tensors of 64 normals from Python, nanoseconds each

{table(small, own, [own, "PyTorch"])}
"""
    pathlib.Path(page).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
