"""A stand-in SmarterPay: both APIs on one port of this machine, for tests and demos."""
