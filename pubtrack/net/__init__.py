"""The only doors out."""
