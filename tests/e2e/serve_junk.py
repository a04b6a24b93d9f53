#!/usr/bin/env python3
"""Sends requests that nobody should send, drawn at random, to a server on this machine.

    serve_junk.py PORT N ID

Fails if the server stops taking connections.
"""
import random
import socket
import sys

port, n, clip = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rng = random.Random(8642)
HOST = f"127.0.0.1:{port}"
METHODS = ["GET", "POST", "DELETE", "HEAD", "PUT", "OPTIONS", "TRACE", "FOO", ""]
PATHS = ["/", "/api/status", "/api/clips", f"/api/clips/{clip}", f"/api/clips/{clip}/media",
         f"/api/clips/{clip}/asks/1", f"/api/clips/{clip}/export?ask=1&as=json", "/api/ask", "/api/asks",
         "/api/words", "/api/feedback", "/api/runs/1", "/api/evals/x", "/api/evals/..%2fx",
         "/api/clips/%00", "/%", "/api/clips/" + "a" * 500, "*", "http://x/", "/api/asks?q=%ff%fe&q=&&="]
HEADERS = ["Range: bytes=0-", "Range: bytes=5-1", "Range: bytes=-", "Range: " + "9" * 200,
           "Content-Type: application/json", "Content-Type: multipart/form-data",
           "Content-Type: multipart/form-data; boundary=x", "Transfer-Encoding: chunked",
           "Content-Length: 7", "Content-Length: -1", "Content-Length: 99999999999999999999",
           "Expect: 100-continue", "Cookie: avqa_token=" + "x" * 300, "Authorization: Bearer ",
           "Origin: http://" + HOST, "Origin: \xff", "X: " + "y" * 40000, "Connection: close", ": x", "\x00"]
BODIES = [b"", b"{", b"{}", b"[" * 5000, b'{"question":"' + b"\\u0000" * 50 + b'"}', b'{"question":"a\xff"}',
          b'{"clip":"%s","question":"where is this?","explain":7,"choices":[1,{}]}' % clip.encode(),
          b'{"clip":"%s","ask":1e99,"verdict":"right"}' % clip.encode(),
          b"--x\r\nContent-Disposition: form-data; name=\"clip\"; filename=\"../../a\"\r\n\r\nabc\r\n--x--\r\n",
          b"--x\r\nContent-Disposition: form-data\r\n\r\nabc", b"--x\r\n" * 100, bytes(range(256)) * 20,
          b"7\r\nabcdefg\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"7\r\nabc"]


def make_request():
    body = rng.choice(BODIES)
    lines = [f"{rng.choice(METHODS)} {rng.choice(PATHS)} {rng.choice(['HTTP/1.1'] * 8 + ['HTTP/1.0', 'HTTP/9', ''])}"]
    if rng.random() < 0.9:
        lines.append(f"Host: {HOST}")
    lines += rng.sample(HEADERS, rng.randint(0, 4))
    if rng.random() < 0.6:
        lines.append(f"Content-Length: {len(body)}")
    request = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
    if rng.random() < 0.3:
        request = bytearray(request)
        for _ in range(rng.randint(1, 8)):
            request[rng.randrange(len(request))] = rng.randrange(256)
    return bytes(request[:rng.randrange(len(request) + 1)] if rng.random() < 0.2 else request)


for k in range(n):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as s:
        try:
            s.sendall(make_request())
            if rng.random() < 0.5:
                s.shutdown(socket.SHUT_WR)
            s.settimeout(0.1)
            while s.recv(65536):
                pass
        except OSError:
            pass  # it hung up, or says nothing to half a request
