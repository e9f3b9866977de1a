"""`chroma run` without the Python client: the Rust server straight from its bindings, up in a fifth of the time.

Run as `python -m service.supervise.chroma_main run --path FOLDER --host 127.0.0.1 --port N`. This is always the Rust
server: the Python one (CVE-2026-45829) cannot be reached from here.
"""

from __future__ import annotations

import sys

import chromadb_rust_bindings


def main() -> None:
    chromadb_rust_bindings.cli(["chroma", *sys.argv[1:]])


if __name__ == "__main__":
    main()
