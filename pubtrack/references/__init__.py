"""Confirmed works to the reference lists that the provider gets."""
