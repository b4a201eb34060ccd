"""What people answer, turned into decisions."""
