"""Photos of an inventory: looked into, turned upright, made smaller, and written anew without what a camera hides in them."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from parkmgr.errors import N_, Objection, Refused

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST = 1600
"""Pixels of the longer side, as it is kept."""
FORMATS = ("JPEG", "PNG", "WEBP")

TOO_LARGE = Objection("housing.photo_too_large", N_("The photo is larger than 5 MB."), "photo")
NO_IMAGE = Objection("housing.photo_unreadable", N_("The photo cannot be read. It is a JPEG, PNG or WebP picture."), "photo")
TOO_MANY_PIXELS = Objection("housing.photo_pixels", N_("The photo has more than 50 million pixels."), "photo")


def cleaned(content: bytes) -> bytes:
    """Return the photo as a JPEG without metadata, at most LONGEST pixels long.

    Raises:
        Refused: it is no picture of FORMATS, or is too large.
    """
    if len(content) > MOST_BYTES:
        raise Refused([TOO_LARGE])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refused([TOO_MANY_PIXELS])
                picture.verify()
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                upright = ImageOps.exif_transpose(picture).convert("RGB")
                upright.thumbnail((LONGEST, LONGEST))
                plain = Image.new("RGB", upright.size)
                plain.paste(upright)
                out = io.BytesIO()
                plain.save(out, "JPEG", quality=82, optimize=True)
                return out.getvalue()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused([TOO_MANY_PIXELS]) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise Refused([NO_IMAGE]) from None
