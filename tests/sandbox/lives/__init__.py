"""Random lives of a sandbox: calls, time and faults in any order, and what must hold after each."""
