"""What a file holds that is no picture that can be read, told by how it begins."""

BEGIN = 512  # bytes that are looked at

VIDEO = ("it is a video", "give its frames: ffmpeg -i VIDEO frames/%05d.png")
SOUND = ("it is a sound", "")
ARCHIVE = ("it is an archive", "unpack it")
AS_PNG = "save it as PNG or JPEG"
HEIC = ("it is HEIC", "pip install 'zoo865[heic]'")
AVIF = ("it is AVIF", "")
HEIC_BRANDS = (b"heic", b"heim", b"heis", b"heix", b"hevc", b"hevm", b"hevs", b"hevx", b"mif1", b"msf1")
# (where, what stands there, what it is and what to do)
MARKS = (
    (0, b"version https://git-lfs", ("it is a pointer of Git LFS, not the file", "git lfs pull")),
    (0, b"%PDF-", ("it is a PDF", "save its pages as PNG")),
    (0, b"%!PS", ("it is PostScript", AS_PNG)),
    (0, b"8BPS", ("it is a file of Photoshop", AS_PNG)),
    (0, b"\xff\x0a", ("it is JPEG XL", AS_PNG)),
    (0, b"\x00\x00\x00\x0cJXL ", ("it is JPEG XL", AS_PNG)),
    (0, b"\x93NUMPY", ("it is an array of NumPy", "from Python: predictor.predict(np.load(FILE))")),
    *((4, b"ftyp" + brand, HEIC) for brand in HEIC_BRANDS),
    (4, b"ftypavif", AVIF),
    (4, b"ftypavis", AVIF),
    (4, b"ftyp", VIDEO),
    (0, b"\x1aE\xdf\xa3", VIDEO),
    (8, b"AVI ", VIDEO),
    (0, b"\x00\x00\x01\xba", VIDEO),
    (0, b"\x00\x00\x01\xb3", VIDEO),
    (0, b"FLV\x01", VIDEO),
    (0, b"0&\xb2u\x8ef\xcf\x11", VIDEO),
    (8, b"WAVE", SOUND),
    (0, b"ID3", SOUND),
    (0, b"OggS", SOUND),
    (0, b"fLaC", SOUND),
    (0, b"PK\x03\x04", ARCHIVE),
    (0, b"\x1f\x8b", ARCHIVE),
    (0, b"7z\xbc\xaf", ARCHIVE),
    (0, b"Rar!", ARCHIVE),
    *((0, mark, ("it is a TIFF of a kind that is not read", "save it with 8 or 16 bits")) for mark in (b"II", b"MM\0")),
    (0, b"\xff\xd8\xff", ("it is a damaged JPEG", "")),
    (0, b"\x89PNG", ("it is a damaged PNG", "")),
    (0, b"GIF8", ("it is a damaged GIF", "")),
    (8, b"WEBP", ("it is a damaged WebP", "")),
)


def kind_of(head: bytes) -> tuple[str, str]:
    """What a file is, and what to do about it, or "" where that is not known.

    Args:
        head: the first `BEGIN` bytes of the file.
    """
    if not head:
        return "it is empty", ""
    for at, mark, said in MARKS:
        if head.startswith(mark, at):
            return said
    try:
        # The last character may be cut in two.
        text = head.decode("utf-8", "strict" if len(head) < BEGIN else "ignore").lstrip("\ufeff \t\r\n").lower()
    except UnicodeDecodeError:
        return "it is no picture", ""
    if not text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        return "it is no picture", ""
    if text.startswith(("<!doctype html", "<html")):
        return "it is an HTML page", "fetch it again: a server that refuses a file sends a page"
    return ("it is an SVG drawing", AS_PNG) if "<svg" in text else ("it is a text", "")
