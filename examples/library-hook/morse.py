"""A codec: ``"sos".encode("morse") == b"... --- ..."``."""

import codecs
import string

CODES = """
.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..
----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.
""".split()
ENCODING = dict(zip(string.ascii_lowercase + string.digits, CODES))
ENCODING[" "] = "/"
DECODING = {code: letter for letter, code in ENCODING.items()}


def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    """Encode letters, digits and spaces; raises UnicodeEncodeError for anything else."""
    for position, letter in enumerate(text.lower()):
        if letter not in ENCODING:
            raise UnicodeEncodeError("morse", text, position, position + 1, "no such letter in Morse code")
    return " ".join([ENCODING[letter] for letter in text.lower()]).encode("ascii"), len(text)


def decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
    """Decode what `encode` wrote; raises LookupError for a code that doesn't exist."""
    return "".join([DECODING[code] for code in bytes(data).decode("ascii").split()]), len(data)


def find(name: str) -> codecs.CodecInfo | None:
    """Answer the codec registry."""
    return codecs.CodecInfo(encode, decode, name="morse") if name == "morse" else None


def __at_import__():
    codecs.register(find)


__at_import__()
