"""Encrypts personal data at rest; knows nothing of where the bytes are kept."""

import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEY_FILE_NAME = "journal.key"


class CannotDecrypt(Exception):
    """Stored data was encrypted under a key that this process does not have.

    Put the old key behind the new one in `SMARTERPAY_ENCRYPTION_KEYS`, comma-separated.
    """


class Cipher:
    """Fernet with rotation: the first key encrypts, every key decrypts."""

    def __init__(self, keys: list[str]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ValueError(
                "an encryption key is not a Fernet key (32 bytes, URL-safe base64)"
            ) from error

    def encrypt(self, clear: bytes) -> bytes:
        """Encrypt `clear` under the newest key."""
        return self._fernet.encrypt(clear)

    def decrypt(self, stored: bytes) -> bytes:
        """Give back the clear bytes; raises `CannotDecrypt`."""
        try:
            return self._fernet.decrypt(stored)
        except InvalidToken as error:
            raise CannotDecrypt(
                "journal data cannot be decrypted with the keys in use; "
                "add the key it was written with to SMARTERPAY_ENCRYPTION_KEYS"
            ) from error

    def __repr__(self) -> str:
        return "Cipher(...)"


def cipher_from(keys: str | None, home: Path) -> Cipher:
    """The cipher of the comma-separated `keys`, or of the key file under `home`.

    The file is made on first use, readable by its owner only. Two processes that start at once
    end with the same key, because the file is created exclusively.
    """
    if keys:
        return Cipher([key.strip() for key in keys.split(",") if key.strip()])
    path = home / KEY_FILE_NAME
    if not path.exists():
        _create_key_file(path)
    return Cipher([path.read_text("ascii").strip()])


def _create_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written beside and linked into place: a reader never sees a half-written key.
    descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    _make_durable(path.parent)


def _make_durable(folder: Path) -> None:
    """Put the folder's entries on the disk: without its key, the journal cannot be read again."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
