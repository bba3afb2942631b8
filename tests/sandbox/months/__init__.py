"""Months of Bacs work beside a model of it: a second reading of sections 7 and 10 to 13."""
