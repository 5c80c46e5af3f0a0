"""A developer's first agent, from the page's own text, in an empty folder."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from pathlib import Path

import orjson
import pytest

PAGE = Path(__file__).resolve().parents[2] / "bots" / "README.md"


@pytest.mark.slow
async def test_an_agent_with_a_tool_is_made_tested_and_tried(tmp_path: Path) -> None:
    story = re.search(r"<!-- story: agent -->\n```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert story is not None
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "MODEL": ""}
    began = time.monotonic()
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-e", "-c", story[1]),
        cwd=tmp_path,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await shell.communicate()
    assert shell.returncode == 0, err.decode()
    lines = out.decode().splitlines()
    assert '"nothing is known of Sunday yet"' in lines
    assert "2 passed, 0 failed" in lines
    (reply,) = orjson.loads(lines[-1])["replies"]
    assert reply["text"] == "The tool says: nothing is known of this yet."
    print(f"{time.monotonic() - began:.1f} s from nothing to an agent that answers")
