"""Lets moto_server keep connections open.

Its own server, werkzeug's, closes the connection after each request. With PYTHONPATH set to this folder,
Python runs this file first, and moto gets this server instead. Requests then take half the time.
Every request has a Content-Length: aws-endpoint.ts reads bodies to their end before it sends them on.
"""

import io
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

try:
    from werkzeug import serving
except ImportError:  # Another Python, such as the one of a version manager.
    serving = None


def handler_of(app):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Status, headers and body leave in one packet.
        wbufsize = -1
        disable_nagle_algorithm = True

        def answer(self):
            length = self.headers.get("content-length") or "0"
            path, _, query = self.path.partition("?")
            host, port = self.server.server_address
            environ = {
                "REQUEST_METHOD": self.command,
                "SCRIPT_NAME": "",
                "PATH_INFO": unquote(path, "latin-1"),
                "QUERY_STRING": query,
                "REQUEST_URI": self.path,
                "RAW_URI": self.path,
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "CONTENT_LENGTH": length,
                "REMOTE_ADDR": self.client_address[0],
                "SERVER_NAME": host,
                "SERVER_PORT": str(port),
                "SERVER_PROTOCOL": self.request_version,
                "wsgi.version": (1, 0),
                "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(self.rfile.read(int(length))),
                "wsgi.errors": sys.stderr,
                "wsgi.multithread": True,
                "wsgi.multiprocess": False,
                "wsgi.run_once": False,
            }
            for name, value in self.headers.items():
                key = name.upper().replace("-", "_")
                if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                    environ["HTTP_" + key] = value
            sent = []
            body = b"".join(app(environ, lambda status, headers, _=None: sent.extend((status, headers))))
            status, headers = sent[-2:]
            code, _, reason = status.partition(" ")
            self.send_response_only(int(code), reason)
            isHead = self.command == "HEAD"
            for name, value in headers:
                if isHead or name.lower() != "content-length":
                    self.send_header(name, value)
            if not isHead:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if isHead else body)
            self.wfile.flush()

        do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = answer

        def log_message(self, *_):
            pass

    return Handler


def run_simple(host, port, app, **_):
    server = ThreadingHTTPServer((host, port), handler_of(app))
    server.daemon_threads = True
    server.serve_forever()


if serving:
    serving.run_simple = run_simple
