"""One month on one page."""
