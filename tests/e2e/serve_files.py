# Serves a folder's files over HTTP on a free port of 127.0.0.1, which it prints, well and
# badly, by the first part of the path:
#   /ok/F       parts of it too        /whole/F    never a part
#   /cut/F      breaks off each time after a third of it, going on where it was asked to
#   /stuck/F    breaks off without a byte
#   /moved/F    is at /ok/F            /away/F     is at ftp://
#   /late/F     a byte, and then nothing
# Prints each request's line and range to standard error.
import http.server
import os
import re
import sys
import time


class Files(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        how, name = self.path.strip("/").split("/", 1)
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        print(how, name, asked[1] if asked else 0, file=sys.stderr, flush=True)
        if how in ("moved", "away"):
            self.send_response(302)
            self.send_header("Location", f"/ok/{name}" if how == "moved" else f"ftp://127.0.0.1/{name}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path = os.path.join(sys.argv[1], os.path.basename(name))
        if not os.path.exists(path):
            self.send_error(404)
            return
        with open(path, "rb") as f:
            data = f.read()
        first = int(asked[1]) if asked and how != "whole" else 0
        if first >= len(data) > 0 and asked and how != "whole":
            self.send_error(416)
            return
        self.send_response(206 if asked and how != "whole" else 200)
        if asked and how != "whole":
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        piece = data[first:]
        if how == "cut" and len(piece) > len(data) // 3:
            piece = piece[:len(data) // 3]
            self.close_connection = True
        if how == "stuck":
            piece = b""
            self.close_connection = True
        if how == "late":
            self.wfile.write(piece[:1])
            self.wfile.flush()
            time.sleep(60)
            return
        self.wfile.write(piece)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
