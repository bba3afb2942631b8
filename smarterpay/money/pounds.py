"""How pence are shown to people."""


def in_pounds(pence: int) -> str:
    """`£1,234.50`; below zero with the sign in front."""
    sign = "-" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
