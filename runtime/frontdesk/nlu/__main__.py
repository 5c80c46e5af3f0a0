"""`python -m frontdesk.nlu FOLDER [embeddings]`: train in a process of its own: nobody who is served waits.

Examples come on stdin as a JSON list of [sentence, label]; the model goes into the folder, which is empty;
every line of stdout is progress, `[what, share]`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from frontdesk.nlu.encoder import shared_encoder
from frontdesk.nlu.train import Example, train


def main(folder: str, *besides: str) -> None:
    """Train what stdin holds."""
    examples = [Example(text, label) for text, label in orjson.loads(sys.stdin.buffer.read())]
    train(examples, _tell, shared_encoder() if "embeddings" in besides else None).save(Path(folder))


def _tell(what: str, share: float) -> None:
    sys.stdout.buffer.write(orjson.dumps([what, share]) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
