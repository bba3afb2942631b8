"""Requests and records of SmarterPay's resources, one file per resource; knows no HTTP."""
