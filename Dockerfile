# avqa-pipe on Debian 12. The first stage builds, the second has what running needs:
#   docker build -t avqa-pipe .
#   docker run --rm -v "$PWD:/clips:ro" -v avqa:/data avqa-pipe ask /clips/clip.mp4 which instrument sounds first?
FROM debian:12-slim AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src
COPY setup ./
RUN CI=1 ./setup --minimal && rm -rf /var/lib/apt/lists/*
COPY . .
# Each library that the programs are linked to, as the Debian package that has it: what the second
# stage installs. dpkg knows files by the names they had before /lib moved to /usr/lib.
RUN meson setup /build --prefix=/usr --buildtype=release -Dstrip=true -Dtoyband=disabled -Dhdf5=disabled -Dtests=disabled \
    && ninja -C /build \
    && DESTDIR=/out meson install -C /build --no-rebuild \
    && find /out/usr/bin /out/usr/lib* -type f \( -perm /111 -o -name "*.so*" \) -exec ldd {} + | awk '$3 ~ /^\// {print $3}' \
        | while read -r lib; do dpkg -S "*${lib#/usr}" || dpkg -S "*$(realpath "$lib" | sed 's,^/usr,,')"; done \
        | cut -d: -f1 | sort -u > /out/packages

FROM debian:12-slim
RUN --mount=type=bind,from=build,source=/out/packages,target=/tmp/packages \
    apt-get update -q \
    && xargs -a /tmp/packages apt-get install -y -q --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 avqa \
    && install -d -o avqa -g avqa /data
COPY --from=build /out/usr /usr
USER avqa
ENV XDG_DATA_HOME=/data
VOLUME /data
WORKDIR /home/avqa
ENTRYPOINT ["/usr/bin/avqa-pipe"]
CMD ["help"]
