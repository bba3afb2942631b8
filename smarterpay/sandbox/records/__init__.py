"""The records the provider keeps, one file for each kind of thing; knows no rule."""
