"""Works and projects to matches with evidence."""
