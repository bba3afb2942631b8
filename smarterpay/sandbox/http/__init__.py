"""Everything around an operation: checks in their order, keys, limits, faults, fields, lists."""
