# Runs a command at a terminal of its own and types into it.
#   typed.py [EXPECT TYPE]... -- COMMAND...
# Types each text (with Python's escapes) once the terminal has shown EXPECT behind what it
# showed before. Prints what the terminal showed, and ends with the command's status.
import os
import pty
import select
import sys
import time

at = sys.argv.index("--")
steps = list(zip(sys.argv[1:at:2], sys.argv[2:at:2]))
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[at + 1], sys.argv[at + 1:])
shown, seen = b"", 0
deadline = time.monotonic() + 120
while time.monotonic() < deadline:
    if steps and steps[0][0].encode() in shown[seen:]:
        seen = shown.index(steps[0][0].encode(), seen) + len(steps[0][0].encode())
        os.write(fd, steps.pop(0)[1].encode().decode("unicode_escape").encode("latin-1"))
    if not select.select([fd], [], [], 0.2)[0]:
        continue
    try:
        piece = os.read(fd, 4096)
    except OSError:  # the other end is closed
        piece = b""
    if not piece:
        break
    shown += piece
else:
    os.kill(pid, 9)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
