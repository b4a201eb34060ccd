"""Two years of an office, day by day: the real stages, real servers, and people who answer, ignore, leave, bounce and correct."""
