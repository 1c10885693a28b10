"""The old place of these names; import them from tests.harness."""

from tests.harness import *  # noqa: F403
