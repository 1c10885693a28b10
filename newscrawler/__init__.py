"""RT's world news as a dataset: discovery, extraction, revisions."""

__version__ = "1.0.0"
