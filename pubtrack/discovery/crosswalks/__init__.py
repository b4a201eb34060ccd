"""A source's record to a work: one table a format. Pure."""
