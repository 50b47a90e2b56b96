"""What somebody sees who types `scripts/demo`."""

import re
import signal
import subprocess

import httpx2
import pytest

from tests.support.examples import ROOT
from tests.support.helpers import HANG_GUARD
from tests.support.warm_commands import programs

pytestmark = pytest.mark.process
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/_mockdreams/board/w/wrkspc_\w+/dreams/drm_\w+/review")


def test_the_demo_tells_what_a_dream_did_and_keeps_the_board_when_asked() -> None:
    demo_command = [str(programs() / "python"), str(ROOT / "scripts" / "demo.py"), "--keep"]
    with subprocess.Popen(demo_command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        lines = []
        for line in demo.stdout:
            lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        told = "\n".join(lines)
        page = ADDRESS.search(told)
        assert page, told + demo.stderr.read()
        assert lines[0] == "Harbor team notes: 54 memories, 10 past sessions"
        assert re.search(r"^ merged +/ops/backups\.md ", told, re.MULTILINE)
        assert re.search(r"^\d+ kept  \d+ merged  \d+ changed  \d+ moved  1 added  \d+ dropped$", told, re.MULTILINE)
        assert httpx2.get(page[0]).status_code == 200
        demo.send_signal(signal.SIGINT)
        assert demo.wait(HANG_GUARD) == 0
        assert demo.stderr.read() == ""
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(page[0])
