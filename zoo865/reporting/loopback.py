"""The server behind the page of `label`: on this machine's loopback alone, for whoever knows the address."""

import json
import operator
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from zoo865.errors import ZooError
from zoo865.reporting.label import KEYS, Labelling
from zoo865.reporting.page import page_of

HOST = "127.0.0.1"
LONGEST = 1000  # bytes of a request's body


class LabelServer(ThreadingHTTPServer):
    """Serves the page, the pictures and takes the answers.

    The address holds a word that nobody can guess, and requests must name this host: pages of other sites, which a
    browser may be showing at the same time, can neither read pictures nor move them.

    Args:
        port: 0 takes a free one.

    Attributes:
        labelling: what is labelled; set before it serves.

    Raises:
        ZooError: the port is in use or invalid.
    """

    daemon_threads = True
    labelling: Labelling

    def __init__(self, port: int = 0):
        try:
            super().__init__((HOST, port), Handler)
        except (OSError, OverflowError) as error:
            raise ZooError(f"cannot use port {port}: {error}", "omit --port to use a free one") from error
        self.word = secrets.token_urlsafe(16)

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.server_port}/{self.word}/"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: LabelServer

    def do_GET(self):
        """The page, the picture that is next, or a picture's pixels."""
        what, labelling = self._asked(), self.server.labelling
        if what is None:
            return
        if what == "":
            keys = list(zip(KEYS, labelling.class_names, strict=False))
            self._send(page_of("label.html.jinja", labelling=labelling, keys=keys).encode(), "text/html; charset=utf-8")
        elif what == "next":
            self._send_json(labelling.next())
        elif what.startswith("picture/") and what[8:].isdigit() and int(what[8:]) < len(labelling.names):
            try:
                self._send(labelling.picture(int(what[8:])), "image/png")
            except ZooError:  # gone, or no picture any more
                self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self):
        """An answer: {"index", "label"}, {"index", "skip": true}, {"undo": true} or {"done": true}."""
        if self._asked() != "answer":
            return
        try:
            said = json.loads(self.rfile.read(min(LONGEST, int(self.headers.get("Content-Length", 0)))))
            if "undo" in said:
                self.server.labelling.undo()
            elif "done" in said:
                threading.Thread(target=self.server.shutdown).start()
            elif "skip" in said:
                self.server.labelling.skip(operator.index(said["index"]))
            else:
                self.server.labelling.answer(operator.index(said["index"]), operator.index(said["label"]))
        except (ValueError, KeyError, TypeError):
            self.send_error(HTTPStatus.BAD_REQUEST)
        except ZooError as error:
            self._send_json({"error": f"{error.message}; {error.hint}"}, HTTPStatus.CONFLICT)
        else:
            self._send_json(self.server.labelling.next())

    def log_message(self, format, *arguments):
        """Says nothing."""

    def _asked(self) -> str | None:
        """What is asked for, behind the secret word; None, and an error sent, where that or the host is wrong."""
        _, word, what = (*self.path.split("/", 2), "", "")[:3]
        known = {f"{name}:{self.server.server_port}" for name in (HOST, "localhost")}
        if self.headers.get("Host") in known and secrets.compare_digest(word.encode(), self.server.word.encode()):
            return what
        self.send_error(HTTPStatus.FORBIDDEN)
        return None

    def _send_json(self, document, status=HTTPStatus.OK):
        self._send(json.dumps(document).encode(), "application/json", status)

    def _send(self, content: bytes, kind: str, status=HTTPStatus.OK):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
