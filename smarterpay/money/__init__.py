"""The rules of money that need no database, network or clock of their own: accounts, moves."""
