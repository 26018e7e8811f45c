"""Runs the command line as a user does, in a process of its own."""

import os
import subprocess
import sys


def shapeguard(folder, *words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "shapeguard", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
