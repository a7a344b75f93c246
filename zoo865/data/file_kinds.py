"""What a file is that cannot be read as a picture, judged by its first bytes."""

BEGIN = 512  # bytes that are looked at

VIDEO = "it is a video: extract its frames with ffmpeg -i VIDEO %05d.png"
SOUND = "it is an audio file"
ARCHIVE = "it is an archive: unpack it"
HEIC = "it is HEIC: pip install 'zoo865[heic]' to read it"
AVIF = "it is AVIF"
JPEG_XL = "it is JPEG XL: save it as PNG or JPEG"
OTHER_TIFF = "it is an unsupported kind of TIFF: save it with 8 or 16 bits"
HEIC_BRANDS = (b"heic", b"heim", b"heis", b"heix", b"hevc", b"hevm", b"hevs", b"hevx", b"mif1", b"msf1")
# (where, what stands there, what it is)
MARKS = (
    (0, b"version https://git-lfs", "it is a Git LFS pointer, not the file: git lfs pull"),
    (0, b"%PDF-", "it is a PDF: save its pages as PNG"),
    (0, b"%!PS", "it is PostScript: save it as PNG"),
    (0, b"8BPS", "it is a Photoshop file: save it as PNG"),
    (0, b"\xff\x0a", JPEG_XL),
    (0, b"\x00\x00\x00\x0cJXL ", JPEG_XL),
    (0, b"\x93NUMPY", "it is a NumPy array: give np.load(FILE)"),
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
    (0, b"II*\0", OTHER_TIFF),
    (0, b"MM\0*", OTHER_TIFF),
    (0, b"\xff\xd8\xff", "it is a damaged JPEG"),
    (0, b"\x89PNG", "it is a damaged PNG"),
    (0, b"GIF8", "it is a damaged GIF"),
    (8, b"WEBP", "it is a damaged WebP"),
)


def kind_of(head: bytes) -> str:
    """What a file is, and what to do about it where something can be done; "" where it is not known.

    Args:
        head: the first `BEGIN` bytes of the file.
    """
    if not head:
        return "it is empty"
    if said := next((said for at, mark, said in MARKS if head.startswith(mark, at)), ""):
        return said
    try:
        # The last character may be cut in two.
        text = head.decode("utf-8", "strict" if len(head) < BEGIN else "ignore").lstrip("\ufeff \t\r\n").lower()
    except UnicodeDecodeError:
        return ""
    if not text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        return ""
    if text.startswith(("<!doctype html", "<html")):
        return "it is an HTML page, probably of a failed download"
    return "it is an SVG drawing: save it as PNG" if "<svg" in text else "it is a text file"


def foreign_kind(head: bytes) -> str:
    """What a file is that ought to be text, "it is a PNG"; "" where it is not known.

    Args:
        head: its first bytes, `BEGIN` or more.
    """
    # Without the advice, which is about pictures; and what is damaged where a picture is sought may well be whole.
    said = kind_of(head[:BEGIN]).partition(":")[0].replace("damaged ", "")
    return "" if said == "it is a text file" else said
