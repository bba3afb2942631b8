"""The error for a file that cannot be read at all; knows nothing of rows."""


class UnreadableFile(Exception):
    """The file as a whole is refused: its text says what is wrong and what to do.

    The text names columns of ours, lines and byte positions, never what stands in a row.
    """
