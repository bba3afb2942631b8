"""Tests of the customer file: from bytes to valid rows and explained rejects."""
