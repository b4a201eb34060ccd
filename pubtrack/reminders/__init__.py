"""Duties to messages, and messages to people."""
