"""The simulated clock, what waits for its hour, and the order of the day (section 12)."""
