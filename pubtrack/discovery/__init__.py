"""Sources to works and sightings."""
