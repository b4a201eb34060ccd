"""What is owed, under which policy, and where it stands today."""
