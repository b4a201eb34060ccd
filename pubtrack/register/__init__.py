"""Files to projects and people."""
