"""Jiqun: annotated Chinese news of industrial clusters, and the toolkit that makes it."""

__version__ = "0.1.0"
