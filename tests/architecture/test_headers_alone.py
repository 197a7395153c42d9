# SPDX-License-Identifier: Apache-2.0
"""Each public header compiles alone; the build has a target for it, which does nothing where nothing changed."""

import subprocess

from architecture.layers import declared_layers


def test_public_headers_compile_alone(build):
    done = subprocess.run(["cmake", "--build", str(build), "--target", "all_verify_interface_header_sets"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_public_headers_need_no_third_party(root):
    """A consumer needs the standard library only: others' headers stay in src."""
    others = []
    for layer in declared_layers(root).values():
        for header in layer.headers:
            for line in (root / "include" / "evenkeel" / header).read_text().splitlines():
                if line.startswith("#include <") and ("/" in line or ".h" in line):
                    others.append(f"{header}: {line}")
    assert not others, "\n".join(others)
