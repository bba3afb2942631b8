"""Finds out in one streaming pass how a file is encoded; knows nothing of CSV."""

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from smarterpay.intake.unreadable import UnreadableFile

_CHUNK: Final = 1 << 18
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII: Final = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "is a spreadsheet workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "is an old spreadsheet workbook"),
    (b"%PDF", "is a PDF document"),
    (b"\x1f\x8b", "is compressed"),
)
_SAVE_AS = "Open it in the spreadsheet and save it as 'CSV UTF-8'."


@dataclass(frozen=True)
class FileText:
    """How to open the file as text, and what it was when it was examined."""

    encoding: str
    """`utf-8`, `utf-8-sig` (with a byte order mark), `utf-16` or `cp1252`."""
    sha256: str
    stamp: tuple[int, ...]
    """Device, inode, bytes and time of change, to notice a file that changes under us."""


def examine_text(path: Path) -> FileText:
    """Encoding and SHA-256 (hex) of the file, read once in chunks of 256 KiB.

    UTF-8, UTF-8 and UTF-16 with a byte order mark are recognised by their bytes; anything else
    must be Windows-1252 throughout. Raises `UnreadableFile` for a file that is missing, not a
    regular file, empty, not text, or of mixed encodings: a letter is never guessed.
    """
    with open_file(path) as file:
        start = file.read(_CHUNK)
        _refuse_other_formats(start)
        file.seek(0)
        digest = hashlib.sha256()
        encoding = _encoding(_hashed(file, digest), start)
        return FileText(encoding, digest.hexdigest(), file_stamp(file))


def open_file(path: Path) -> BinaryIO:
    """The regular file, opened for reading bytes. Raises `UnreadableFile`."""
    try:
        # A pipe without a writer must not hang us before we can see that it is one.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _O_BINARY)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable file name"
        raise UnreadableFile(f"The file cannot be opened: {reason}.") from None
    kind = os.fstat(descriptor)
    if not stat.S_ISREG(kind.st_mode):
        os.close(descriptor)
        what = "a folder" if stat.S_ISDIR(kind.st_mode) else "not a regular file"
        raise UnreadableFile(f"The path is {what}. Name a CSV file; save a pipe's output first.")
    return open(descriptor, "rb")


_O_BINARY: Final = getattr(os, "O_BINARY", 0)


def file_stamp(file: BinaryIO) -> tuple[int, ...]:
    """What changes when somebody writes to the file or puts another in its place."""
    state = os.fstat(file.fileno())
    return (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)


def _hashed(file: BinaryIO, digest: "hashlib._Hash") -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        yield chunk


def _refuse_other_formats(start: bytes) -> None:
    if not start.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile("The file is empty, or starts with nothing but blanks.")
    for magic, what in _NOT_TEXT:
        if start.startswith(magic):
            raise UnreadableFile(f"The file {what}, not CSV. {_SAVE_AS}")
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnreadableFile(f"The file is UTF-32, which is not supported. {_SAVE_AS}")


def _encoding(chunks: Iterator[bytes], start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _decode_strictly(chunks, "utf-16")
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        _decode_strictly(chunks, "utf-8-sig")
        return "utf-8-sig"
    return _without_mark(chunks)


def _decode_strictly(chunks: Iterator[bytes], encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            _refuse_nul(text, line)
            line += text.count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise UnreadableFile(
            f"The file starts as {encoding.upper()} but stops being so about line {line} or soon "
            f"after. {_SAVE_AS}"
        ) from None


def _without_mark(chunks: Iterator[bytes]) -> str:
    utf8 = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    windows = codecs.getincrementaldecoder("cp1252")()
    is_windows = True
    has_utf8_letters = False
    first_bad_line = 0
    line = 1
    for chunk in _and_end(chunks):
        text = utf8.decode(chunk, final=not chunk)
        _refuse_nul(text, line)
        if not text.isascii():
            bad = _NOT_UTF8.search(text)
            if bad and not first_bad_line:
                first_bad_line = line + text.count("\n", 0, bad.start())
            has_utf8_letters = has_utf8_letters or _BEYOND_ASCII.search(text) is not None
        line += text.count("\n")
        is_windows = is_windows and _decodes(windows, chunk)
    if not first_bad_line:
        return "utf-8"
    if has_utf8_letters or not is_windows:
        raise UnreadableFile(
            f"Line {first_bad_line} is not UTF-8, and the file as a whole is not Windows-1252 "
            f"either, so letters would come out wrong. {_SAVE_AS}"
        )
    return "cp1252"


def _and_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_nul(text: str, line: int) -> None:
    if "\0" in text:
        at = line + text.count("\n", 0, text.index("\0"))
        raise UnreadableFile(
            f"Line {at} holds a zero byte, so the file is not plain text, or is UTF-16 without a "
            f"byte order mark. {_SAVE_AS}"
        )
