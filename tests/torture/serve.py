"""The process that is killed: a desk's store, turns, outbox and webhooks, and nothing else.

python -m tests.torture.serve FOLDER PORT
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from frontdesk.app import RunningDesk
from frontdesk.desk import webhooks
from frontdesk.settings import Settings


async def serve(root: Path, port: int) -> None:
    desk = RunningDesk(Settings(root=root, port=port, environ=dict(os.environ)))
    await desk.start()
    app = Starlette(routes=webhooks.routes(desk))
    config = uvicorn.Config(
        app, port=port, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=3
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await desk.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
