"""A port is reserved once, even before its server listens."""

import subprocess
import sys

from stack import ports


def test_a_reserved_port_is_not_given_again_before_its_server_listens() -> None:
    external = [ports.pick() for _ in range(50)]
    assert len(set(external) | {ports.pick() for _ in range(50)}) == 100
    assert ports.pick(external[0]) == external[0], "a server that starts again keeps its port"


def test_two_platforms_starting_at_the_same_moment_prefer_different_ports() -> None:
    mine = ports.pick()
    script = f"from stack import ports; print(ports.pick({mine}))"
    theirs = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert int(theirs.stdout) != mine
