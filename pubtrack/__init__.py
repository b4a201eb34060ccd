"""pubtrack: publications of microdata projects, found, read, listed and, when overdue, asked about."""

__version__ = "0.1.0"
