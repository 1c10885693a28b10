"""The clock again, in a process whose ledger knows one migration more: as after an upgrade of the program.

Naming ``tests.slow.crash_tests.upgraded.now`` as NEWSCRAWLER_TEST_CLOCK makes every
existing ledger one of an older version.
"""

from __future__ import annotations

from newscrawler.ledger.database import Database
from tests.clock import now
from tests.slow.crash_tests.later import LATER

__all__ = ["now"]

_defaults = Database.__init__.__kwdefaults__
assert _defaults is not None
_defaults["migrations"] = LATER
