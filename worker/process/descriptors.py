"""How many files this process may have open."""

from __future__ import annotations

import resource

ENOUGH = 65_536
"""Far more than anything here opens; where a system allows a billion, some programs try them all.
"""


def allow_descriptors() -> int:
    """Raise the soft limit as far as the hard one lets us; the limit that then holds.

    Each question to the engine holds a descriptor in three processes, and each connection one. The
    soft limit is 1,024 on most systems, for programs that use select(2); none of ours does.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    wanted = max(soft, ENOUGH if unlimited else min(hard, ENOUGH))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
