"""The shipped demonstration: what it does, and its file of 60 customers."""
