"""The file of the frozen answers: one line each, sorted; compressed where it is over two megabytes."""

import gzip
import json
import pathlib

HERE = pathlib.Path(__file__).parent
LARGEST = 2_000_000


def _path(folder):
    plain, packed = folder / "answers.jsonl", folder / "answers.jsonl.gz"
    return packed if packed.exists() else plain


def read(folder=HERE):
    """(host, {unit: {what was asked: answer}}); both empty where nothing is frozen."""
    path = _path(folder)
    if not path.exists():
        return {}, {}
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    host, *lines = map(json.loads, text.decode().splitlines())
    units = {}
    for unit, asked, answer in lines:
        units.setdefault(unit, {})[asked] = answer
    return host, units


def write(host, units, folder=HERE):
    """Replaces the whole file; returns its path and size."""
    lines = sorted([unit, asked, answer] for unit, found in units.items() for asked, answer in found.items())
    text = "".join(f"{json.dumps(each, separators=(',', ':'), ensure_ascii=False)}\n" for each in [host, *lines])
    content = text.encode()
    folder.mkdir(parents=True, exist_ok=True)
    _path(folder).unlink(missing_ok=True)
    if len(content) > LARGEST:
        content = gzip.compress(content, mtime=0)
        path = folder / "answers.jsonl.gz"
    else:
        path = folder / "answers.jsonl"
    path.write_bytes(content)
    return path, len(content)
