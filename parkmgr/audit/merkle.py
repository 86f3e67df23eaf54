"""The Merkle tree hash of a list that grows. Pure. Source: RFC 6962, section 2.1."""

from __future__ import annotations

import hashlib

_LEAF, _NODE = b"\x00", b"\x01"


class Tree:
    """The tree of what was added so far; it keeps one hash for each power of two in its size."""

    def __init__(self) -> None:
        self._whole: list[tuple[int, bytes]] = []
        """Height and hash of the complete trees, the largest first."""
        self.size = 0

    def add(self, data: bytes) -> None:
        """The list ends with *data* now."""
        node, height = hashlib.sha256(_LEAF + data).digest(), 0
        while self._whole and self._whole[-1][0] == height:
            _height, left = self._whole.pop()
            node, height = hashlib.sha256(_NODE + left + node).digest(), height + 1
        self._whole.append((height, node))
        self.size += 1

    @classmethod
    def of(cls, size: int, peaks: str) -> Tree:
        """Return the tree of *size* things that had these peaks."""
        tree = cls()
        heights = [height for height in reversed(range(size.bit_length())) if size >> height & 1]
        tree._whole = [(height, bytes.fromhex(node)) for height, node in zip(heights, peaks.split(), strict=True)]
        tree.size = size
        return tree

    @property
    def peaks(self) -> str:
        """The hashes (hex, a space between) of the complete trees that it is made of, the largest first: all that is needed to go on."""
        return " ".join(node.hex() for _height, node in self._whole)

    def root(self) -> str:
        """Return the hash of the whole list (hex)."""
        if not self._whole:
            return hashlib.sha256(b"").hexdigest()
        node = self._whole[-1][1]
        for _height, left in reversed(self._whole[:-1]):
            node = hashlib.sha256(_NODE + left + node).digest()
        return node.hex()
