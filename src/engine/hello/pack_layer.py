#!/usr/bin/env python3
"""The built-in image's only layer: a tar with the hello program as /hello, printed as the bytes of a C array."""
import io, sys, tarfile

data = io.BytesIO()
with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as tar, open(sys.argv[1], "rb") as program:
    info = tarfile.TarInfo("hello")
    info.mode = 0o755
    info.size = len(program.read())
    program.seek(0)
    tar.addfile(info, program)
# tarfile pads to 10 KiB; the format asks for two empty blocks.
used = 512 + (info.size + 511) // 512 * 512
print(",".join(str(byte) for byte in data.getvalue()[: used + 1024]))
