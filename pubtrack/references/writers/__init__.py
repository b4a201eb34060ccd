"""A list of references in one format: one module a format."""
