"""Numbers of <linux/fcntl.h> for sealing memory; Python names these from 3.13 on only."""

from __future__ import annotations

F_ADD_SEALS = 1033
F_GET_SEALS = 1034
F_SEAL_SHRINK = 0x0002
F_SEAL_GROW = 0x0004
