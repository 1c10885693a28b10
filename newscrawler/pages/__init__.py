"""A response in, data out: no I/O, no clock of its own."""
