"""Card charges, releases, refunds and repeats (section 8)."""
