"""Ways out: one module a channel."""
