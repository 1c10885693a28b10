"""Numbers in, judgement out: pure."""
