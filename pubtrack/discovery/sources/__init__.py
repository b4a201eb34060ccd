"""Where publications are found: one module a source."""
