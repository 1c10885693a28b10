"""Numbers in, verdict out: pure."""
